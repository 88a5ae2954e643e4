// The signature algorithms of access tokens, as data. The code below this table never names one, so there is nothing
// to confuse: a key knows its algorithm, and a token never chooses.

import { Buffer } from 'node:buffer'
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'

import { decode, encode } from './base64url.ts'
import { sha256Text } from './crypto.ts'
import { fromDer, toDer } from './der.ts'

/** Algorithms whose tokens anybody can verify with the public key. `EdDSA` (RFC 8037) and `Ed25519` (RFC 9864) differ in name only. */
export type PublicAlgorithm = 'ES256' | 'EdDSA' | 'Ed25519' | 'RS256' | 'PS256'

/** `HS256` is for a single application that verifies its own tokens. */
export type Algorithm = 'HS256' | PublicAlgorithm

/** A JSON Web Key (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>>

/** Signs the text of a JWS (RFC 7515 §5.1). */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** The first segment of every token signed with it. */
  readonly header: string
  /** The signature of `header.payload`, as base64url. */
  sign(input: string): string
}

/** Verifies the text of a JWS. */
export interface VerifyingKey {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly header: string
  verify(input: string, signature: string): boolean
}

interface Scheme {
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly crv?: string
  /** The public members of its JWK, in the order of RFC 7638 §3.2. */
  readonly thumbprintMembers: readonly string[]
  readonly generate: () => KeyObject
  readonly sign: (data: Uint8Array, key: KeyObject) => Uint8Array
  readonly verify: (data: Uint8Array, signature: Uint8Array, key: KeyObject) => boolean
}

const ed25519: Scheme = {
  kty: 'OKP',
  crv: 'Ed25519',
  thumbprintMembers: ['crv', 'kty', 'x'],
  generate: () => generateKeyPairSync('ed25519', {}).privateKey,
  sign: (data, key) => sign(null, data, key),
  verify: (data, signature, key) => signature.length === 64 && verify(null, data, key, signature),
}

const rsa = {
  kty: 'RSA',
  thumbprintMembers: ['e', 'kty', 'n'],
  generate: () => generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
} as const

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

// A key that is passed by itself, and not in an object of options, takes the runtime half the time. So it is left with its
// defaults where these are what the algorithm says: DER for ECDSA, PKCS #1 v1.5 (RFC 8017 §8.2) for RSA.

const schemes: Readonly<Record<PublicAlgorithm, Scheme>> = {
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    thumbprintMembers: ['crv', 'kty', 'x', 'y'],
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    // DER, converted here, takes half the time of asking the runtime for the JWS form.
    sign: (data, key) => fromDer(sign('sha256', data, key)),
    verify: (data, signature, key) =>
      signature.length === 64 && verify('sha256', data, key, toDer(signature)),
  },
  EdDSA: ed25519,
  Ed25519: ed25519,
  RS256: {
    ...rsa,
    sign: (data, key) => sign('sha256', data, key),
    verify: (data, signature, key) => verify('sha256', data, key, signature),
  },
  PS256: {
    ...rsa,
    sign: (data, key) => sign('sha256', data, { key, ...pss }),
    verify: (data, signature, key) => verify('sha256', data, { key, ...pss }, signature),
  },
}

/** The algorithms that have a public key. */
export const publicAlgorithms = Object.keys(schemes) as readonly PublicAlgorithm[]

/** The protected header that every access token of a key has, to the letter (RFC 9068 §2.1). */
export function headerOf(algorithm: Algorithm, kid: string): string {
  return Buffer.from(JSON.stringify({ alg: algorithm, typ: 'at+jwt', kid }), 'utf8').toString('base64url')
}

/** A new private key as a JWK, with its `alg` and its thumbprint (RFC 7638) as `kid`. */
export function generateJwk(algorithm: PublicAlgorithm): Jwk {
  const jwk = schemes[algorithm].generate().export({ format: 'jwk' })
  return { ...jwk, kid: thumbprint(jwk, algorithm), alg: algorithm, use: 'sig' }
}

/** The SHA-256 thumbprint of a public or private JWK (RFC 7638 §3). */
export function thumbprint(jwk: Jwk, algorithm: PublicAlgorithm): string {
  const members = schemes[algorithm].thumbprintMembers.map((name) => [name, jwk[name]])
  return sha256Text(JSON.stringify(Object.fromEntries(members)))
}

/** The public members of a JWK and nothing else, ready to be published. */
export function publicJwk(jwk: Jwk): Jwk {
  const algorithm = jwk['alg'] as PublicAlgorithm
  const members = schemes[algorithm].thumbprintMembers.map((name) => [name, jwk[name]])
  return { ...(Object.fromEntries(members) as Jwk), kid: jwk['kid'], alg: algorithm, use: 'sig' }
}

/** The signing key of a private JWK that `generateJwk` made. */
export function signingKey(jwk: Jwk): SigningKey {
  const algorithm = jwk['alg'] as PublicAlgorithm
  const kid = jwk['kid'] as string
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const scheme = schemes[algorithm]
  return {
    kid,
    algorithm,
    header: headerOf(algorithm, kid),
    sign: (input) => encode(scheme.sign(Buffer.from(input, 'utf8'), key)),
  }
}

/**
 * The verifying key of a JWK, or a sentence that says why it is unfit: a key is for one algorithm, which it must name
 * itself (RFC 8725 §3.1), and must be as strong as that algorithm demands (RFC 7518 §3.3).
 */
export function verifyingKey(jwk: Jwk): VerifyingKey | string {
  const { alg, kid, use, key_ops: operations } = jwk
  if (typeof kid !== 'string' || kid === '' || kid.length > 128) return 'has no usable kid'
  if (typeof alg !== 'string' || !Object.hasOwn(schemes, alg)) return 'names no supported alg'
  const algorithm = alg as PublicAlgorithm
  const scheme = schemes[algorithm]
  if (jwk['kty'] !== scheme.kty || jwk['crv'] !== scheme.crv) return `is not a key for ${algorithm}`
  if (use !== undefined && use !== 'sig') return 'is not for signatures'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'is not for verifying'
  }
  const key = importPublic(publicJwk(jwk))
  if (!key) return 'is not a valid key'
  const weakness = scheme.kty === 'RSA' ? rsaWeakness(key) : undefined
  if (weakness) return weakness
  return {
    kid,
    algorithm,
    header: headerOf(algorithm, kid),
    verify: (input, signature) => {
      const bytes = decode(signature)
      return bytes !== undefined && scheme.verify(Buffer.from(input, 'utf8'), bytes, key)
    },
  }
}

function importPublic(jwk: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

function rsaWeakness(key: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 2048) return 'has fewer than 2048 bits'
  return publicExponent < 3n || publicExponent % 2n === 0n ? 'has a weak exponent' : undefined
}
