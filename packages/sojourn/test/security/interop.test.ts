// What others make of our tokens, and what we make of the examples in the standards.

import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createVerifier as fastVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { customFetch, validateJwtAccessToken } from 'oauth4webapi'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  publicAlgorithms,
  signingKey,
  thumbprint,
  verifyingKey,
  type Jwk,
} from '../../src/core/algorithms.ts'
import { decode, encode } from '../../src/core/base64url.ts'
import { createSojourn, type Sojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { issuer, secret } from '../support/secrets.ts'

const audience = 'https://api.example'
const said = {
  iss: issuer,
  aud: audience,
  sub: 'alice',
  client_id: 'web',
  role: 'reader',
  acr: 'aal2',
  amr: ['pwd'],
}

async function minted(
  algorithm: (typeof publicAlgorithms)[number] | 'HS256',
): Promise<{ sojourn: Sojourn; token: string }> {
  const sojourn = createSojourn({
    issuer,
    audience,
    clientId: 'web',
    secrets: [secret()],
    store: memoryStore(),
    algorithm,
  })
  const issued = await sojourn.create({
    subject: 'alice',
    amr: ['pwd'],
    acr: 'aal2',
    claims: { role: 'reader' },
  })
  return { sojourn, token: issued.accessToken }
}

describe.each(publicAlgorithms)('a token signed with %s', (algorithm) => {
  let token: string
  let jwks: JSONWebKeySet

  beforeAll(async () => {
    const made = await minted(algorithm)
    token = made.token
    jwks = (await made.sojourn.keys.jwks()) as unknown as JSONWebKeySet
  })

  it('is verified by jose with our JWK set', async () => {
    const options = { issuer, audience, typ: 'at+jwt', algorithms: [algorithm] }
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), options)
    expect(payload).toMatchObject(said)
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: jwks.keys[0]!.kid })
  })

  it('is verified by oauth4webapi as an access token of RFC 9068 (R94)', async () => {
    const server = { issuer, jwks_uri: `${issuer}/session/jwks.json` }
    const request = new Request(audience, { headers: { authorization: `Bearer ${token}` } })
    const answer = async (): Promise<Response> => Response.json(jwks)
    const claims = await validateJwtAccessToken(server, request, audience, {
      [customFetch]: answer,
      signingAlgorithms: [algorithm],
    })
    expect(claims).toMatchObject(said)
  })
})

describe.each(['RS256', 'PS256', 'ES256'] as const)('a token signed with %s', (algorithm) => {
  it('is verified by jsonwebtoken', async () => {
    const { sojourn, token } = await minted(algorithm)
    const { keys } = await sojourn.keys.jwks()
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' })
    expect(jsonwebtoken.verify(token, key, { algorithms: [algorithm], issuer, audience })).toMatchObject(said)
  })
})

describe.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('a token signed with %s', (algorithm) => {
  it('is verified by fast-jwt', async () => {
    const { sojourn, token } = await minted(algorithm)
    const { keys } = await sojourn.keys.jwks()
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const verify = fastVerifier({ key, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience })
    expect(verify(token)).toMatchObject(said)
  })
})

describe('a token signed with HS256', () => {
  it('is verified by jose, jsonwebtoken and fast-jwt, given the derived key', async () => {
    const { sojourn, token } = await minted('HS256')
    const key = Buffer.from(sojourn.settings.keys[0]!.accessKey)
    expect((await jwtVerify(token, key, { issuer, audience, typ: 'at+jwt' })).payload).toMatchObject(said)
    expect(jsonwebtoken.verify(token, key, { algorithms: ['HS256'], issuer, audience })).toMatchObject(said)
    expect(fastVerifier({ key, algorithms: ['HS256'] })(token)).toMatchObject(said)
  })
})

// ---------------------------------------------------------------------------------------------- the standards' examples

interface Example {
  readonly input: { readonly alg: string; readonly key: Jwk; readonly payload: string }
  readonly signing: { readonly 'sig-input': string; readonly sig: string; readonly protected_b64u: string }
}

function vector(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/jose-cookbook/${path}`, import.meta.url), 'utf8'))
}

const exampleIn = (path: string): Example => vector(path) as Example
const keyIn = (path: string): Jwk => vector(path) as Jwk

function verifies(jwk: Jwk, { signing }: Example): boolean {
  const key = verifyingKey(jwk)
  if (typeof key === 'string') throw new Error(`The key ${key}`)
  return key.verify(signing['sig-input'], signing.sig)
}

describe('the examples of RFC 7520', () => {
  const rs256 = exampleIn('jws/4_1.rsa_v15_signature.json')

  it('§4.1: the RS256 signature is verified, with the key of §3.3 (R109)', () => {
    expect(verifies({ ...keyIn('jwk/3_3.rsa_public_key.json'), alg: 'RS256' }, rs256)).toBe(true)
    expect(verifies({ ...rs256.input.key, alg: 'PS256' }, rs256)).toBe(false)
  })

  it('§4.1: the RS256 signature is the one that we make, with the key of §3.4', () => {
    const key = signingKey({ ...keyIn('jwk/3_4.rsa_private_key.json'), alg: 'RS256' })
    expect(key.sign(rs256.signing['sig-input'])).toBe(rs256.signing.sig)
  })

  it('§4.2 and §4.3: keys for algorithms that we do not have are refused, whatever else they could do', () => {
    for (const path of ['jws/4_2.rsa-pss_signature.json', 'jws/4_3.ecdsa_signature.json']) {
      const { alg, key } = exampleIn(path).input
      expect(verifyingKey({ ...key, alg })).toBe('names no supported alg')
    }
    expect(verifyingKey({ ...keyIn('jwk/3_1.ec_public_key.json'), alg: 'ES256' })).toBe(
      'is not a key for ES256',
    )
  })

  it('its base64url is the one that we read and write (R84)', () => {
    const { protected_b64u: header, sig } = rs256.signing
    for (const text of [header, sig]) expect(encode(decode(text)!)).toBe(text)
    expect(decode(`${sig}=`)).toBeUndefined()
  })
})

describe('the examples of RFC 8037', () => {
  const ed25519 = exampleIn('curve25519/jws.json')
  const key = { ...ed25519.input.key, kid: 'rfc8037' }

  it('A.4 and A.5: the signature is the one that we make, and is verified under both names (R108)', () => {
    for (const alg of ['EdDSA', 'Ed25519']) {
      expect(verifies({ ...key, alg }, ed25519)).toBe(true)
      expect(signingKey({ ...key, alg }).sign(ed25519.signing['sig-input'])).toBe(ed25519.signing.sig)
    }
  })

  it('A.3: the thumbprint is the one in the standard (R115)', () => {
    expect(thumbprint(key, 'EdDSA')).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })
})

describe('the example of RFC 7638 §3.1', () => {
  const key: Jwk = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  }

  it('has the thumbprint in the standard, whatever else is in the key and in whatever order (R115)', () => {
    expect(thumbprint(key, 'RS256')).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
    expect(thumbprint({ alg: 'PS256', e: key['e'], use: 'sig', n: key['n'], kty: 'RSA' }, 'PS256')).toBe(
      thumbprint(key, 'RS256'),
    )
  })
})
