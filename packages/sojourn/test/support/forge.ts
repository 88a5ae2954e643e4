// A forger's workshop: JSON Web Signatures with any header, any payload and any key, made with the runtime alone, so
// that nothing of what is tested has a hand in its own test.

import { Buffer } from 'node:buffer'
import { constants, createHmac, createPrivateKey, sign, type KeyObject } from 'node:crypto'
import type { Jwk, PublicAlgorithm } from '../../src/core/algorithms.ts'

export type Signer = (input: string) => Buffer

/** Text, bytes or any value as JSON, in base64url. */
export function segment(content: unknown): string {
  const bytes = Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content)
  return Buffer.from(bytes as string).toString('base64url')
}

/** The compact form of a header and a payload, with the signature that `signer` makes over both. */
export function jws(header: unknown, payload: unknown, signer: Signer): string {
  return signed(`${segment(header)}.${segment(payload)}`, signer)
}

/** A text of two segments with its signature. */
export function signed(input: string, signer: Signer): string {
  return `${input}.${signer(input).toString('base64url')}`
}

export function hs256(secret: Uint8Array | string): Signer {
  return (input) => createHmac('sha256', secret).update(input).digest()
}

/** Signs with a private JWK as its algorithm, or the one named, says. */
export function signerOf(jwk: Jwk, algorithm: PublicAlgorithm = jwk['alg'] as PublicAlgorithm): Signer {
  return signerWith(createPrivateKey({ key: jwk, format: 'jwk' }), algorithm)
}

function signerWith(key: KeyObject, algorithm: PublicAlgorithm): Signer {
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants
  return (input) => {
    const data = Buffer.from(input)
    switch (algorithm) {
      case 'EdDSA':
      case 'Ed25519':
        return sign(null, data, key)
      case 'ES256':
        return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
      case 'RS256':
        return sign('sha256', data, { key, padding: RSA_PKCS1_PADDING })
      case 'PS256':
        return sign('sha256', data, { key, padding: RSA_PKCS1_PSS_PADDING, saltLength: 32 })
    }
  }
}

/** The three segments of a token, and what the first two say. */
export function opened(token: string): {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  segments: readonly [string, string, string]
} {
  const segments = token.split('.') as unknown as readonly [string, string, string]
  const [header, payload] = segments.map((text) => Buffer.from(text, 'base64url').toString())
  return { header: JSON.parse(header!), payload: JSON.parse(payload!), segments }
}

/** The order of P-256: a valid s and this order less s sign the same. */
export const orderOfP256 = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

/** The r and s of an ES256 signature, changed. */
export function withRS(
  signature: Buffer,
  change: (r: bigint, s: bigint) => readonly [bigint, bigint],
): Buffer {
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map((half) =>
    BigInt(`0x${half.toString('hex')}`),
  )
  const changed = change(numbers[0]!, numbers[1]!)
  return Buffer.from(changed.map((number) => number.toString(16).padStart(64, '0')).join(''), 'hex')
}
