import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKnownTo, knowing } from '../../src/core/device-token.ts'
import { systemRandom } from '../../src/core/system.ts'
import { base64urlAlphabet, editsOf, keysFor } from '../support/secrets.ts'

const random = systemRandom()
const keys = keysFor()

describe('a device token', () => {
  it('knows whoever has signed in with it, and nobody else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (subject, other) => {
        const token = knowing(subject, undefined, keys, random)
        expect(isKnownTo(subject, token, keys)).toBe(true)
        expect(isKnownTo(other, token, keys)).toBe(subject === other)
      }),
    )
  })

  it('knows the latest four, and does not grow beyond them or by who comes back', () => {
    const people = ['a', 'b', 'c', 'd', 'e', 'f', 'e', 'f']
    const token = people.reduce<string | undefined>(
      (kept, one) => knowing(one, kept, keys, random),
      undefined,
    )
    expect(people.slice(0, 6).map((one) => isKnownTo(one, token, keys))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ])
    expect(token).toMatch(/^[A-Za-z0-9_-]{107}$/)
  })

  it('does not tell who its people are, nor that two browsers have the same person', () => {
    const tokens = Array.from({ length: 50 }, () => knowing('alice', undefined, keys, random))
    expect(new Set(tokens.map((token) => token.slice(22))).size).toBe(50)
  })

  it('goes on to be known under a newer secret, in whose name it is written next', () => {
    const token = knowing('alice', undefined, keysFor(1), random)
    expect(isKnownTo('alice', token, keysFor(2, 1))).toBe(true)
    const next = knowing('alice', token, keysFor(2, 1), random)
    expect(isKnownTo('alice', next, keysFor(2))).toBe(true)
    expect(next).toHaveLength(token.length)
    expect(isKnownTo('alice', token, keysFor(2))).toBe(false)
  })

  it('after any edit of one character, and as anything else, knows nobody and is replaced', () => {
    const token = knowing('alice', undefined, keys, random)
    for (let at = 0; at < token.length; at++)
      for (const edited of editsOf(token, at, `${base64urlAlphabet}+/= \n`))
        expect(isKnownTo('alice', edited, keys)).toBe(false)
    for (const other of ['', 'AAAA', 'A'.repeat(22), token.slice(0, -1), `${token}A`, 'A'.repeat(100_000)]) {
      expect(isKnownTo('alice', other, keys)).toBe(false)
      expect(knowing('alice', other, keys, random)).toHaveLength(43)
    }
    expect(isKnownTo('alice', undefined, keys)).toBe(false)
  })
})
