import { Buffer } from 'node:buffer'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  generateJwk,
  headerOf,
  publicAlgorithms,
  publicJwk,
  signingKey,
  thumbprint,
  verifyingKey,
  type Jwk,
  type PublicAlgorithm,
  type VerifyingKey,
} from '../../src/core/algorithms.ts'
import { toDer } from '../../src/core/der.ts'
import { opened, orderOfP256, signerOf, withRS } from '../support/forge.ts'
import { base64urlAlphabet, editsOf } from '../support/secrets.ts'

const jwks = Object.fromEntries(
  publicAlgorithms.map((algorithm) => [algorithm, generateJwk(algorithm)]),
) as Record<PublicAlgorithm, Jwk>
const ec = jwks.ES256
const input = 'aGVhZGVy.cGF5bG9hZA'

function verifier(jwk: Jwk): VerifyingKey {
  const key = verifyingKey(jwk)
  if (typeof key === 'string') throw new Error(`The key ${key}`)
  return key
}

describe.each(publicAlgorithms)('%s', (algorithm) => {
  const jwk = jwks[algorithm]
  const key = signingKey(jwk)
  const signature = key.sign(input)

  it('signs what its public key verifies', () => {
    expect(verifier(publicJwk(jwk)).verify(input, signature)).toBe(true)
    expect(verifier(publicJwk(jwk)).verify(`${input}x`, signature)).toBe(false)
  })

  it('verifies what the runtime signs', () => {
    expect(verifier(jwk).verify(input, signerOf(jwk)(input).toString('base64url'))).toBe(true)
  })

  it('refuses the signature of another key', () => {
    const other = publicAlgorithms.find((name) => jwks[name]['kty'] === jwk['kty'] && name !== algorithm)
    const elsewhere = algorithm === 'ES256' ? generateJwk('ES256') : { ...jwks[other!], alg: algorithm }
    expect(verifier(elsewhere).verify(input, signature)).toBe(false)
  })

  it('refuses a signature of which one character was changed', () => {
    const own = verifier(jwk)
    for (let at = 0; at < signature.length; at += signature.length > 100 ? 97 : 1) {
      for (const edited of editsOf(signature, at, `${base64urlAlphabet}+/= \n`.slice(-12))) {
        expect(own.verify(input, edited)).toBe(false)
      }
    }
  })

  // Characters beyond Latin-1 were cut to their low byte, so that Ł was taken for A.
  it('refuses a text whose characters only end in the bytes that were signed', () => {
    const own = verifier(jwk)
    for (let at = 0; at < input.length; at++) {
      const lookalike = String.fromCharCode(input.charCodeAt(at) + 0x100)
      expect(own.verify(input.slice(0, at) + lookalike + input.slice(at + 1), signature)).toBe(false)
    }
  })

  it('refuses a signature that is cut, padded or empty, and never throws', () => {
    const own = verifier(jwk)
    for (const text of [
      '',
      'A',
      'AA',
      signature.slice(0, -4),
      `${signature}AAAA`,
      `${signature}=`,
      '\0',
      'é',
    ]) {
      expect(own.verify(input, text)).toBe(false)
    }
  })

  it('gives every token of the key the same header: algorithm, at+jwt and kid (R92)', () => {
    expect(key.header).toBe(headerOf(algorithm, key.kid))
    expect(key.header).toBe(verifier(jwk).header)
    const { header } = opened(`${key.header}.e30.`)
    expect(header).toEqual({ alg: algorithm, typ: 'at+jwt', kid: key.kid })
  })

  it('names a key by its thumbprint, so no two keys share a name', () => {
    expect(jwk['kid']).toBe(thumbprint(jwk, algorithm))
    expect(jwk['kid']).toBe(thumbprint(publicJwk(jwk), algorithm))
    expect(new Set(publicAlgorithms.map((name) => jwks[name]['kid'])).size).toBe(publicAlgorithms.length)
  })

  it('publishes the public members of a key, with kid, alg and use, and nothing else', () => {
    const members = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['e', 'n'] }[
      jwk['kty'] as 'EC' | 'OKP' | 'RSA'
    ]
    expect(Object.keys(publicJwk(jwk)).toSorted()).toEqual(
      ['alg', 'kid', 'kty', 'use', ...members].toSorted(),
    )
    expect(publicJwk({ ...jwk, oth: [], k: 'secret', ext: true })).toEqual(publicJwk(jwk))
  })

  it('takes a key for this algorithm only (A5, R79)', () => {
    const { alg: _, ...nameless } = jwk
    expect(verifyingKey(nameless)).toBe('names no supported alg')
    const foreign = publicAlgorithms.filter((name) => jwks[name]['kty'] !== jwk['kty'])
    for (const alg of foreign) expect(verifyingKey({ ...jwk, alg })).toBe(`is not a key for ${alg}`)
    for (const alg of [
      'HS256',
      'none',
      'RS1',
      algorithm.toLowerCase(),
      '',
      null,
      5,
      [algorithm],
      '__proto__',
      'constructor',
    ]) {
      expect(verifyingKey({ ...jwk, alg })).toBe('names no supported alg')
    }
  })

  it('takes no key that is meant for something else (R79)', () => {
    expect(typeof verifyingKey({ ...publicJwk(jwk), key_ops: ['verify'] })).toBe('object')
    expect(verifyingKey({ ...publicJwk(jwk), use: 'enc' })).toBe('is not for signatures')
    for (const operations of [['encrypt'], ['sign'], [], 'encrypt', 'verify', null]) {
      expect([operations, verifyingKey({ ...publicJwk(jwk), key_ops: operations })]).toEqual([
        operations,
        'is not for verifying',
      ])
    }
  })

  it('takes no key without a usable name (R91)', () => {
    for (const kid of [undefined, '', 5, {}, ['a'], null, 'k'.repeat(129)]) {
      expect(verifyingKey({ ...jwk, kid })).toBe('has no usable kid')
    }
  })
})

describe('RSA keys (A34, R82)', () => {
  it('are refused below 2048 bits', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const small = { ...publicKey.export({ format: 'jwk' }), kid: 'small' }
    for (const alg of ['RS256', 'PS256'])
      expect(verifyingKey({ ...small, alg })).toBe('has fewer than 2048 bits')
  })

  it('are refused with an exponent that signs for everybody', () => {
    for (const exponent of [0, 1, 2, 4]) {
      const e = Buffer.from([exponent]).toString('base64url')
      expect(typeof verifyingKey({ ...publicJwk(jwks.RS256), e })).toBe('string')
    }
    expect(verifyingKey({ ...publicJwk(jwks.RS256), e: 'AQ' })).toBe('has a weak exponent')
  })

  it('have at least 3072 bits when we make them', () => {
    expect(Buffer.from(jwks.RS256['n'] as string, 'base64url')).toHaveLength(384)
  })
})

describe('elliptic keys (A35, R83)', () => {
  it('are refused off the curve', () => {
    const y = Buffer.from(ec['y'] as string, 'base64url')
    y[31]! ^= 1
    expect(verifyingKey({ ...ec, y: y.toString('base64url') })).toBe('is not a valid key')
    expect(verifyingKey({ ...ec, x: Buffer.alloc(32).toString('base64url') })).toBe('is not a valid key')
  })

  it('are refused on another curve than the algorithm names', () => {
    for (const namedCurve of ['P-384', 'secp256k1']) {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve })
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'curve', alg: 'ES256' }
      expect(verifyingKey(jwk)).toBe('is not a key for ES256')
      expect(verifyingKey({ ...jwk, crv: 'P-256' })).toBe('is not a valid key')
    }
    expect(verifyingKey({ ...jwks.EdDSA, crv: 'X25519' })).toBe('is not a key for EdDSA')
  })

  it('are refused when a member is missing or is no text', () => {
    for (const member of ['x', 'y']) {
      for (const value of [undefined, '', 5, null, '!']) {
        expect(verifyingKey({ ...ec, [member]: value })).toBe('is not a valid key')
      }
    }
  })
})

describe('ECDSA signatures (A12, R83)', () => {
  const own = verifier(ec)
  const good = signerOf(ec)(input)
  const n = orderOfP256
  const spelled = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

  it.each([
    ['r and s are zero', withRS(good, () => [0n, 0n])],
    ['r is zero', withRS(good, (_, s) => [0n, s])],
    ['s is zero', withRS(good, (r) => [r, 0n])],
    ['r is the order', withRS(good, (_, s) => [n, s])],
    ['s is the order', withRS(good, (r) => [r, n])],
    ['both are the order', withRS(good, () => [n, n])],
    ['both are one', withRS(good, () => [1n, 1n])],
    ['r is one above the order', withRS(good, () => [n + 1n, 1n])],
    ['all bits are set', Buffer.alloc(64, 0xff)],
    ['it is DER', Buffer.from(toDer(good))],
    ['it has one byte more', Buffer.concat([good, Buffer.alloc(1)])],
    ['it has one byte less', good.subarray(0, 63)],
    ['it has the length of P-384', Buffer.concat([good, Buffer.alloc(32)])],
    ['it is empty', Buffer.alloc(0)],
  ])('are refused when %s', (_, signature) => {
    expect(own.verify(input, spelled(good))).toBe(true)
    expect(own.verify(input, spelled(signature))).toBe(false)
  })

  it('never use a nonce twice: 10,000 have different r (R110)', { timeout: 120_000 }, () => {
    const key = signingKey(ec)
    const seen = new Set(Array.from({ length: 10_000 }, () => key.sign('the same text').slice(0, 42)))
    expect(seen.size).toBe(10_000)
  })
})

describe('EdDSA and Ed25519', () => {
  it('are two names for the same signature, and each token has the one of its key (R108)', () => {
    const fully = { ...jwks.EdDSA, alg: 'Ed25519' }
    expect(verifier(fully).verify(input, signingKey(jwks.EdDSA).sign(input))).toBe(true)
    expect(verifier(fully).header).not.toBe(verifier(jwks.EdDSA).header)
  })
})
