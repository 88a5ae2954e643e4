import { Buffer } from 'node:buffer'
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deriveKey,
  equalSecrets,
  equalTexts,
  hmac,
  seal,
  sha256,
  sha256Text,
  unseal,
} from '../../src/core/crypto.ts'
import { base64urlAlphabet, editsOf } from '../support/secrets.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

describe('SHA-256', () => {
  it('agrees with the example of FIPS 180-4', () => {
    expect(hex(sha256('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('gives the same digest as text', () => {
    expect(sha256Text('abc')).toBe(createHash('sha256').update('abc').digest('base64url'))
  })
})

describe('HMAC-SHA-256', () => {
  it('agrees with RFC 4231, test case 2', () => {
    const mac = hmac(Buffer.from('Jefe'))(Buffer.from('what do ya want for nothing?'))
    expect(hex(mac)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })

  it('agrees with the runtime for every key of up to 64 bytes and every message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes, (key, data) => {
        expect(hex(hmac(key)(data))).toBe(createHmac('sha256', key).update(data).digest('hex'))
      }),
    )
  })

  it('gives a value of its own with each call', () => {
    const mac = hmac(Buffer.alloc(32))
    const first = mac(Buffer.from('first'))
    const kept = hex(first)
    mac(Buffer.from('second'))
    expect(hex(first)).toBe(kept)
  })

  it('leaves the key as it was given', () => {
    const key = Buffer.alloc(32, 7)
    hmac(key)(Buffer.from('data'))
    expect(key).toEqual(Buffer.alloc(32, 7))
  })
})

describe('comparing secrets', () => {
  it('knows equal bytes from different ones, whatever their lengths', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalSecrets(a, b)).toBe(Buffer.compare(a, b) === 0)
        expect(equalSecrets(a, Uint8Array.from(a))).toBe(true)
      }),
    )
  })

  it('knows equal texts from different ones, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(equalTexts(a, b)).toBe(a === b)
        expect(equalTexts(a, a)).toBe(true)
      }),
    )
  })

  it('sees a difference wherever it is', () => {
    const text = 'abcdefghijklmnop'
    for (let at = 0; at < text.length; at++) expect(equalTexts(text, editsOf(text, at, '#')[0]!)).toBe(false)
  })
})

describe('the time that a comparison takes (A40, R116)', () => {
  const same = 'A'.repeat(200_000)
  const early = `B${same.slice(1)}`
  const late = `${same.slice(1)}B`
  // By turns, so that whatever else the machine does slows down both.
  const ratio = (compare: (other: 'early' | 'late') => boolean): number => {
    const times = { early: Number.POSITIVE_INFINITY, late: Number.POSITIVE_INFINITY }
    for (let round = 0; round < 150; round++) {
      for (const other of ['early', 'late'] as const) {
        const began = performance.now()
        compare(other)
        if (round >= 50) times[other] = Math.min(times[other], performance.now() - began)
      }
    }
    return Math.max(times.early, times.late) / Math.min(times.early, times.late)
  }
  const texts = { early, late }

  it('does not tell where texts differ: a loop with a way out would be thousands of times faster', () => {
    expect(ratio((other) => equalTexts(same, texts[other]))).toBeLessThan(3)
  })

  it('does not tell where bytes differ', () => {
    const bytes = Buffer.from(same)
    const others = { early: Buffer.from(early), late: Buffer.from(late) }
    expect(ratio((other) => equalSecrets(bytes, others[other]))).toBeLessThan(3)
  })
})

describe('deriving keys', () => {
  it('gives 32 bytes, the same each time', () => {
    expect(deriveKey('secret', 'purpose')).toHaveLength(32)
    expect(deriveKey('secret', 'purpose')).toEqual(deriveKey('secret', 'purpose'))
  })

  it('gives different keys to different secrets and purposes, however the parts are cut', () => {
    const keys = [
      deriveKey('secret', 'ab', 'c'),
      deriveKey('secret', 'a', 'bc'),
      deriveKey('secret', 'abc'),
      deriveKey('secret', 'abc', ''),
      deriveKey('secret', '2:ab1:c'),
      deriveKey('other', 'ab', 'c'),
    ]
    expect(new Set(keys.map(hex)).size).toBe(keys.length)
  })
})

describe('sealing', () => {
  const key = deriveKey('secret', 'vault')
  const nonce = Buffer.alloc(12, 1)

  it('opens what it sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(unseal(key, seal(key, nonce, text, context), context)).toBe(text)
      }),
    )
  })

  it('does not show what it sealed', () => {
    expect(Buffer.from(seal(key, nonce, 'attack at dawn', ''), 'base64url').includes('attack')).toBe(false)
  })

  it('opens nothing under another key or in another context', () => {
    const sealed = seal(key, nonce, 'text', 'context')
    expect(unseal(deriveKey('other', 'vault'), sealed, 'context')).toBeUndefined()
    expect(unseal(key, sealed, 'contexts')).toBeUndefined()
  })

  it('opens nothing of which one character was changed', () => {
    const sealed = seal(key, nonce, 'text', 'context')
    for (let at = 0; at < sealed.length; at++) {
      for (const edited of editsOf(sealed, at, base64urlAlphabet))
        expect(unseal(key, edited, 'context')).toBeUndefined()
    }
  })

  it('opens nothing that is cut short, and never throws', () => {
    const sealed = seal(key, nonce, 'text', 'context')
    for (let length = 0; length < sealed.length; length++) {
      expect(unseal(key, sealed.slice(0, length), 'context')).toBeUndefined()
    }
    expect(unseal(key, 'not base64url!', 'context')).toBeUndefined()
  })
})
