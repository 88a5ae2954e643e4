import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asBuffer, decode, encode, encodeText } from '../../src/core/base64url.ts'
import { base64urlAlphabet, editsOf } from '../support/secrets.ts'

const bytes = fc.uint8Array({ maxLength: 200 })

describe('base64url (R84)', () => {
  it('spells the examples of RFC 4648 §10, without their padding', () => {
    const spelled = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => encodeText(text))
    expect(spelled).toEqual(['', 'Zg', 'Zm8', 'Zm9v', 'Zm9vYg', 'Zm9vYmE', 'Zm9vYmFy'])
  })

  it('uses - and _ where base64 uses + and /', () => {
    expect(encode(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('-_-_')
  })

  it('reads back whatever bytes it wrote', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decode(encode(value))).toEqual(Buffer.from(value))
      }),
    )
  })

  it('writes text as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(asBuffer(decode(encodeText(text))!).toString('utf8')).toBe(text)
      }),
    )
  })

  it('has one spelling for any bytes: whatever it reads, it would write', () => {
    const texts = fc.string({
      unit: fc.constantFrom(...Array.from(`${base64urlAlphabet}=+/ \né`)),
      maxLength: 12,
    })
    fc.assert(
      fc.property(texts, (text) => {
        const read = decode(text)
        expect(read === undefined || encode(read) === text).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['padding', 'Zg=='],
    ['one character of padding', 'Zm8='],
    ['a space', 'Zm 9v'],
    ['a space at the end', 'Zm9v '],
    ['a line break', 'Zm9v\n'],
    ['the plus of base64', '+_-_'],
    ['the slash of base64', '-/-_'],
    ['a character that is none of its own', 'Zm9é'],
    ['a zero byte', 'Zm9v\0'],
    ['a lone last character', 'Zm9vY'],
  ])('refuses %s', (_, text) => {
    expect(decode(text)).toBeUndefined()
  })

  it('refuses stray bits in the last character', () => {
    const readable = editsOf('Zg', 1, base64urlAlphabet).filter((text) => decode(text) !== undefined)
    // The last character of one byte carries two bits: 4 of 64 characters are spellings, and one of those is ours.
    expect(readable).toEqual(['ZA', 'ZQ', 'Zw'])
  })

  it('sees the same memory as a Buffer, not a copy', () => {
    const value = new Uint8Array([0, 1, 2, 3]).subarray(1)
    asBuffer(value)[0] = 9
    expect(value[0]).toBe(9)
  })
})
