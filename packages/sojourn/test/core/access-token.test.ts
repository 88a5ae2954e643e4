import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  longestAccessToken,
  mintAccessToken,
  newTokenId,
  reservedClaims,
  verifyAccessToken,
  type Access,
  type AccessClaims,
  type Rejection,
} from '../../src/core/access-token.ts'
import {
  generateJwk,
  signingKey,
  verifyingKey,
  type SigningKey,
  type VerifyingKey,
} from '../../src/core/algorithms.ts'
import { derivedSigningKeys } from '../../src/core/signing-keys.ts'
import { systemRandom } from '../../src/core/system.ts'
import { base64urlAlphabet, editsOf, issuer, keysFor } from '../support/secrets.ts'

const keys = derivedSigningKeys(keysFor())
const hs256 = keys.signer()
const seconds = 1_800_000_000
const now = seconds * 1000
const tolerance = 10_000
const audience = 'https://api.example'
const expected = { issuer, audience, tolerance }

const claims: AccessClaims = {
  iss: issuer,
  sub: 'alice',
  aud: audience,
  client_id: 'web',
  iat: seconds,
  exp: seconds + 300,
  jti: 'AAAAAAAAAAAAAAAAAAAAAA',
  sid: 'AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  gen: 3,
  ver: 2,
  auth_time: seconds - 60,
  amr: ['pwd', 'otp'],
  acr: 'aal2',
}

const minted = (change: Partial<AccessClaims> = {}, key: SigningKey = hs256): string =>
  mintAccessToken({ ...claims, ...change }, key)

function verdict(token: string, at = now): Access | Rejection {
  const result = verifyAccessToken(token, (header) => keys.verifier(header), expected, at)
  return result.ok ? result.access : result.reason
}

describe('an access token', () => {
  it('tells the application what it was minted with', () => {
    expect(verdict(minted({ role: 'admin' }))).toEqual({
      sessionId: claims.sid,
      subject: 'alice',
      generation: 3,
      claims: { role: 'admin' },
      claimsVersion: 2,
      issuedAt: now,
      expiresAt: now + 300_000,
      authenticatedAt: now - 60_000,
      amr: ['pwd', 'otp'],
      acr: 'aal2',
      tokenId: claims.jti,
    })
  })

  it('tells no subject of an anonymous session', () => {
    const access = verdict(minted({ sub: claims.sid }))
    expect(access).not.toHaveProperty('subject')
    expect(access).toHaveProperty('sessionId', claims.sid)
  })

  it('carries whatever claims JSON can spell', () => {
    const names = fc.string({ unit: 'grapheme' }).filter((name) => !reservedClaims.has(name))
    const facts = fc.dictionary(names, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 })
    fc.assert(
      fc.property(facts, (own) => {
        const plain = JSON.parse(JSON.stringify(own)) as Record<string, unknown>
        expect(verdict(minted(plain))).toHaveProperty('claims', plain)
      }),
    )
  })

  it('is refused after any edit of one character: it has one spelling', () => {
    const token = minted()
    for (let at = 0; at < token.length; at++) {
      for (const edited of editsOf(token, at, `${base64urlAlphabet}+/= \n\0.Łé`)) {
        expect(typeof verdict(edited)).toBe('string')
      }
    }
  })

  it('is refused when it is cut anywhere, or goes on', () => {
    const token = minted()
    for (let length = 0; length < token.length; length++)
      expect(typeof verdict(token.slice(0, length))).toBe('string')
    for (const more of ['.', '.e30', 'A', '=', '\n', ' ', '\0'])
      expect(verdict(token + more)).toBe('signature')
    for (const before of [' ', '\t', 'Bearer ', '.']) expect(typeof verdict(before + token)).toBe('string')
  })

  it('is refused, and nothing is thrown, whatever text it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.base64String(), { maxLength: 6 }),
        (text, parts) => {
          expect(typeof verdict(text)).toBe('string')
          expect(typeof verdict(parts.join('.'))).toBe('string')
          expect(typeof verdict(`${hs256.header}.${parts.join('.')}`)).toBe('string')
        },
      ),
    )
  })

  it('has a random id of 128 bits, which no other token has (R101)', () => {
    const random = systemRandom()
    const ids = new Set(Array.from({ length: 100_000 }, () => newTokenId(random)))
    expect(ids.size).toBe(100_000)
    expect([...ids][0]).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('is refused before a byte of it is decoded when it is too long', () => {
    const asked: string[] = []
    const keyOf = (header: string): VerifyingKey | undefined => {
      asked.push(header)
      return undefined
    }
    const long = `${hs256.header}.${'A'.repeat(longestAccessToken)}.${'A'.repeat(43)}`
    expect(verifyAccessToken(long, keyOf, expected, now)).toEqual({ ok: false, reason: 'format' })
    expect(asked).toEqual([])
  })
})

describe('the time in an access token (R96, R97)', () => {
  it('ends at exp: that instant is already too late', () => {
    const token = minted()
    expect(verdict(token, now + 299_999)).toHaveProperty('subject', 'alice')
    expect(verdict(token, now + 300_000)).toBe('expired')
  })

  it('may begin a little ahead of our clock, and no further', () => {
    const token = minted({ iat: seconds, exp: seconds + 300 })
    expect(verdict(token, now - tolerance)).toHaveProperty('subject', 'alice')
    expect(verdict(token, now - tolerance - 1)).toBe('time')
  })

  it('begins at nbf where there is one', () => {
    expect(verdict(minted({ nbf: seconds }))).toHaveProperty('subject', 'alice')
    expect(verdict(minted({ nbf: seconds + 10 }))).toHaveProperty('subject', 'alice')
    expect(verdict(minted({ nbf: seconds + 11 }))).toBe('time')
    for (const nbf of ['0', null, -1, 0.5]) expect(verdict(minted({ nbf }))).toBe('time')
  })

  it('never runs backwards: exp comes after iat', () => {
    expect(verdict(minted({ iat: seconds, exp: seconds }))).toBe('time')
    expect(verdict(minted({ iat: seconds + 5, exp: seconds + 4 }))).toBe('time')
  })
})

describe('a verifier', () => {
  it('asks for the key by the exact text of the header, once, and by nothing else', () => {
    const asked: string[] = []
    verifyAccessToken(minted(), (header) => void asked.push(header), expected, now)
    expect(asked).toEqual([hs256.header])
  })

  it('reads nothing of the payload before the signature is right (R105)', () => {
    const forged = `${hs256.header}.not-even-json.${'A'.repeat(43)}`
    expect(verdict(forged)).toBe('signature')
  })

  it('accepts the token of a key that signs differently, by its own header', () => {
    const jwk = generateJwk('ES256')
    const verifier = verifyingKey(jwk) as VerifyingKey
    const token = minted({}, signingKey(jwk))
    const byHeader = (header: string): VerifyingKey | undefined =>
      header === verifier.header ? verifier : keys.verifier(header)
    expect(verifyAccessToken(token, byHeader, expected, now)).toMatchObject({ ok: true })
    expect(verdict(token)).toBe('key')
  })
})
