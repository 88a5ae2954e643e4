// Access tokens as everybody is given them: of a usual size, signed by us, with one key for all. For those we are
// measured beside they are JWTs like any other.

import { createPrivateKey, createPublicKey, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

import { createSojourn, type Algorithm, type PublicAlgorithm, type Sojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'

import { mintAccessToken, type AccessClaims } from '../../../packages/sojourn/src/core/access-token.ts'
import {
  generateJwk,
  publicJwk,
  signingKey,
  type Jwk,
  type SigningKey,
} from '../../../packages/sojourn/src/core/algorithms.ts'
import { derivedSigningKeys } from '../../../packages/sojourn/src/core/signing-keys.ts'

export const issuer = 'https://app.example'
export const audience = 'https://api.example'

/** A key in the forms in which all of them want it. */
export interface TokenKey {
  readonly algorithm: Algorithm
  /** Ours, to sign with. */
  readonly signer: SigningKey
  /** The application whose secret it comes from, for HS256. */
  readonly sojourn: Sojourn
  /** The public key, for the others. */
  readonly jwk: Jwk
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

// So few are remembered that none of the tokens that come by turns is seen a second time.
const remembered = 256
export const manyTokens = 1024

export function tokenKey(algorithm: Algorithm, cacheSize = remembered): TokenKey {
  const sojourn = createSojourn({
    issuer,
    audience,
    environment: 'bench',
    secrets: [randomBytes(32).toString('base64url')],
    store: memoryStore(),
    cacheSize,
  })
  if (algorithm === 'HS256') {
    const secret = createSecretKey(sojourn.settings.keys[0]!.accessKey)
    const signer = derivedSigningKeys(sojourn.settings.keys).signer()
    return { algorithm, signer, sojourn, jwk: {}, privateKey: secret, publicKey: secret }
  }
  const jwk = generateJwk(algorithm satisfies PublicAlgorithm)
  const jwkOf = { key: jwk, format: 'jwk' } as const
  return {
    algorithm,
    signer: signingKey(jwk),
    sojourn,
    jwk: publicJwk(jwk),
    privateKey: createPrivateKey(jwkOf),
    publicKey: createPublicKey({ ...jwkOf, key: publicJwk(jwk) }),
  }
}

/** The claims of one token, 442 bytes of JSON, from `now` on for an hour. */
export function claimsOf(number: number, now = Math.floor(Date.now() / 1000)): AccessClaims {
  return {
    iss: issuer,
    sub: `5f0c8a52-7d1e-4b52-9a57-${String(number).padStart(12, '0')}`,
    aud: audience,
    client_id: 'web',
    iat: now,
    exp: now + 3600,
    jti: randomBytes(16).toString('base64url'),
    sid: randomBytes(24).toString('base64url'),
    gen: 3,
    ver: 1,
    auth_time: now - 60,
    amr: ['pwd', 'otp'],
    role: 'member',
    plan: 'pro',
    tenant: 'acme-industries',
    permissions: ['orders:read', 'orders:write', 'invoices:read'],
    locale: 'en-GB',
  }
}

export interface Token {
  readonly text: string
  readonly subject: string
}

export function token(key: TokenKey, number: number): Token {
  const claims = claimsOf(number)
  return { text: mintAccessToken(claims, key.signer), subject: claims.sub }
}

/** Tokens that everybody must refuse. */
export function badTokens(key: TokenKey): Readonly<Record<string, string>> {
  const good = claimsOf(0)
  const [header, payload, signature] = mintAccessToken(good, key.signer).split('.') as [
    string,
    string,
    string,
  ]
  const other = mintAccessToken({ ...good, sub: 'somebody else' }, key.signer).split('.')[1]!
  return {
    'another payload': `${header}.${other}.${signature}`,
    'another signature': `${header}.${payload}.${flipped(signature)}`,
    expired: mintAccessToken({ ...good, iat: good.iat - 7200, exp: good.iat - 3600 }, key.signer),
    'another audience': mintAccessToken({ ...good, aud: 'https://other.example' }, key.signer),
    'another issuer': mintAccessToken({ ...good, iss: 'https://other.example' }, key.signer),
  }
}

function flipped(signature: string): string {
  return `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
}
