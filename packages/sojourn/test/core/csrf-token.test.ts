import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCsrfToken, issueCsrfToken } from '../../src/core/csrf-token.ts'
import { requireKeys } from '../../src/core/secrets.ts'
import { issueSessionToken, newSecret, ownerOf, readSessionToken } from '../../src/core/session-token.ts'
import { systemRandom } from '../../src/core/system.ts'
import { base64urlAlphabet, editsOf, issuer, keysFor, secret } from '../support/secrets.ts'

const random = systemRandom()
const keys = keysFor()
const sessionId = 'AbCdEfGhIjKlMnOpQrStUvWxYz012345'

describe('a CSRF token', () => {
  it('is good for what it was issued for, and for nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (binding, other) => {
        const token = issueCsrfToken(binding, keys, random)
        expect(isCsrfToken(token, binding, keys)).toBe(true)
        expect(isCsrfToken(token, other, keys)).toBe(binding === other)
      }),
    )
  })

  it('is different on every ask, so that a compressed page betrays nothing of it', () => {
    const tokens = Array.from({ length: 500 }, () => issueCsrfToken(sessionId, keys, random))
    expect(new Set(tokens.map((token) => token.slice(0, 20))).size).toBe(tokens.length)
    expect(new Set(tokens.map((token) => token.slice(-20))).size).toBe(tokens.length)
  })

  it('is 43 characters that need no escaping anywhere', () => {
    expect(issueCsrfToken(sessionId, keys, random)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('is refused after any edit of one character', () => {
    const token = issueCsrfToken(sessionId, keys, random)
    for (let at = 0; at < token.length; at++) {
      for (const edited of editsOf(token, at, `${base64urlAlphabet}+/= \n`)) {
        expect(isCsrfToken(edited, sessionId, keys)).toBe(false)
      }
    }
  })

  it('is refused when it is not one at all, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(isCsrfToken(text, sessionId, keys)).toBe(false)
      }),
    )
    expect(isCsrfToken('A'.repeat(43), sessionId, keys)).toBe(false)
  })

  it('does not let the random part flow into the binding', () => {
    // Were they joined without a border, a token for "b…" could be cut out of one for "ab…".
    const token = issueCsrfToken('ab', keys, () => new Uint8Array(16).fill('a'.charCodeAt(0)))
    expect(isCsrfToken(token, 'aab', keys)).toBe(false)
    expect(isCsrfToken(token, 'b', keys)).toBe(false)
  })

  it('outlives the replacement of the secret, until the old one is removed', () => {
    const token = issueCsrfToken(sessionId, keysFor(1), random)
    expect(isCsrfToken(token, sessionId, keysFor(2, 1))).toBe(true)
    expect(isCsrfToken(token, sessionId, keysFor(2))).toBe(false)
  })

  it('means nothing to another issuer or environment with the same secret', () => {
    const token = issueCsrfToken(sessionId, keys, random)
    expect(isCsrfToken(token, sessionId, requireKeys([secret()], 'https://other.example', 'test'))).toBe(
      false,
    )
    expect(isCsrfToken(token, sessionId, requireKeys([secret()], issuer, 'staging'))).toBe(false)
  })

  it('is never a session token, nor a session token one of these (A31, R93)', () => {
    const of = newSecret(ownerOf(issuer, 'alice'), random)
    const token = issueSessionToken(of, 0, keys)
    for (const cut of [token, token.slice(3), token.slice(3, 46), token.slice(-43)]) {
      expect(isCsrfToken(cut, sessionId, keys)).toBe(false)
    }
    expect(readSessionToken(`sj_${issueCsrfToken(sessionId, keys, random)}`, keys)).toBeUndefined()
  })
})
