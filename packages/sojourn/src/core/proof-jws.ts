// A proof of possession: a JWS that somebody makes with a key of their own, which comes with it or was noted before. What
// DPoP (RFC 9449) and DBSC have in common; whether the key is the right one, and what the proof is for, is judged by them.

import { thumbprint, verifyingKey, type Jwk, type PublicAlgorithm, type VerifyingKey } from './algorithms.ts'
import { decode } from './base64url.ts'
import { parseObject } from './json.ts'

/** A JWS whose header is fit; nothing is known of its signature yet. */
export interface OpenedProof {
  readonly algorithm: PublicAlgorithm
  /** The key in the header, as it stands there. */
  readonly jwk: unknown
  readonly isSignedBy: (key: VerifyingKey) => boolean
  /** The payload; undefined if it is no JSON object. To be read after the signature. */
  readonly claims: () => Readonly<Record<string, unknown>> | undefined
}

/** A public key and its thumbprint (RFC 7638). */
export interface ProofKey {
  readonly jwk: Jwk
  readonly jkt: string
  readonly key: VerifyingKey
}

const longestProof = 4096
// Keys of 4,096 bits. A longer one, or one with a large exponent, would let a stranger keep us busy.
const longestModulus = 683
const longestExponent = 6
const longestCoordinate = 43

/** Opens a proof of this `typ`, or says what is wrong with its form. Never throws. */
export function openProof(
  text: string,
  typ: string,
  algorithms: readonly PublicAlgorithm[],
): OpenedProof | 'format' | 'type' | 'algorithm' | 'header' {
  const parts = text.length > longestProof ? [] : text.split('.')
  const [head = '', body = '', signature = ''] = parts
  const header = objectIn(head)
  if (parts.length !== 3 || !header) return 'format'
  if (header['typ'] !== typ) return 'type'
  const { alg, jwk } = header
  if (!isOneOf(algorithms, alg)) return 'algorithm'
  if (Object.hasOwn(header, 'crit')) return 'header'
  return {
    algorithm: alg,
    jwk,
    isSignedBy: (key) => key.verify(`${head}.${body}`, signature),
    claims: () => objectIn(body),
  }
}

function isOneOf(algorithms: readonly PublicAlgorithm[], alg: unknown): alg is PublicAlgorithm {
  return (algorithms as readonly unknown[]).includes(alg)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function objectIn(segment: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decode(segment)
  if (!bytes) return undefined
  try {
    return parseObject(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

/** What knows keys from before. */
export interface KnownKeys {
  find(algorithm: PublicAlgorithm, jkt: string): ProofKey | undefined
}

/** The public key that a JWK is for this algorithm; undefined if it is none, too weak, too large, or not only public. */
export function proofKeyOf(
  jwk: unknown,
  algorithm: PublicAlgorithm,
  known?: KnownKeys,
): ProofKey | undefined {
  if (!isPublicJwk(jwk, algorithm)) return undefined
  const jkt = thumbprint(jwk, algorithm)
  const before = known?.find(algorithm, jkt)
  if (before) return before
  const key = verifyingKey({ ...jwk, kid: jkt, alg: algorithm })
  return typeof key === 'string' ? undefined : { jwk, jkt, key }
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

function isPublicJwk(jwk: unknown, alg: PublicAlgorithm): jwk is Jwk {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return false
  const members = jwk as Readonly<Record<string, unknown>>
  if (privateMembers.some((name) => Object.hasOwn(members, name))) return false
  if (members['alg'] !== undefined && members['alg'] !== alg) return false
  const { n, e, x, y } = members
  if (!isUpTo(longestModulus, n) || !isUpTo(longestExponent, e)) return false
  return isUpTo(longestCoordinate, x) && isUpTo(longestCoordinate, y)
}

function isUpTo(most: number, part: unknown): boolean {
  return part === undefined || (typeof part === 'string' && part.length <= most)
}
