// A DPoP proof (RFC 9449 §4): a JWT that a client makes for one request, signed with a key that never leaves it. It says
// nothing about who somebody is, only that whoever sends this request has that key.
//
// The key comes with the proof, so the proof is worth nothing by itself: what counts is that its thumbprint is the one
// that the access token or the session is bound to.

import { Buffer } from 'node:buffer'

import type { PublicAlgorithm } from '../algorithms.ts'
import { sha256Text } from '../crypto.ts'
import { openProof, proofKeyOf, type KnownKeys, type ProofKey } from '../proof-jws.ts'
import type { Instant, Milliseconds } from '../time.ts'
import { normalTarget } from './target.ts'

/** What a proof says whose signature is right. */
export interface Proof {
  /** The thumbprint of its key (RFC 7638, SHA-256): 43 characters. */
  readonly jkt: string
  readonly key: ProofKey
  readonly algorithm: PublicAlgorithm
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly issuedAt: Instant
  /** The digest of the access token that goes with it. */
  readonly ath?: string
  readonly nonce?: string
}

/** What is wrong with a proof, and what to tell whoever makes the client: nothing of it is a secret. */
export const proofFaults = {
  missing: 'A DPoP proof is needed: send it in the header DPoP.',
  several: 'Send one DPoP header, with one proof.',
  format: 'The proof is not a JWS in compact form, of at most 4096 characters.',
  type: 'The typ of the proof must be dpop+jwt.',
  algorithm: 'The alg of the proof is not one of those that are accepted.',
  header: 'The header of the proof has crit, which is not understood here.',
  key: 'The jwk of the proof must be a public key for its alg, and nothing but public.',
  signature: 'The signature of the proof is not by the key in its jwk.',
  payload: 'The proof needs jti (1 to 255 characters), htm, htu and iat.',
  method: 'The htm of the proof is not the method of the request.',
  target: 'The htu of the proof is not the URL of the request.',
  time: 'The iat of the proof is too far from now.',
  token: 'The ath of the proof is not the digest of the access token.',
  other_key: 'The proof is by another key than the one that the token is bound to.',
  replayed: 'The jti of the proof was used before.',
} as const

export type ProofFault = keyof typeof proofFaults

const longestJti = 255

/** Reads a proof and checks its signature (RFC 9449 §4.3, steps 2 to 7). Never throws. */
export function readProof(
  text: string,
  algorithms: readonly PublicAlgorithm[],
  known?: KnownKeys,
): Proof | ProofFault {
  const opened = openProof(text, 'dpop+jwt', algorithms)
  if (typeof opened === 'string') return opened
  const own = proofKeyOf(opened.jwk, opened.algorithm, known)
  if (!own) return 'key'
  if (!opened.isSignedBy(own.key)) return 'signature'
  return factsIn(opened.claims(), own, opened.algorithm) ?? 'payload'
}

function factsIn(
  claims: Readonly<Record<string, unknown>> | undefined,
  own: ProofKey,
  algorithm: PublicAlgorithm,
): Proof | undefined {
  if (!claims) return undefined
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (!isText(jti) || jti.length > longestJti || !isText(htm) || !isText(htu)) return undefined
  if (typeof iat !== 'number' || !Number.isFinite(iat) || iat < 0) return undefined
  if ((ath !== undefined && !isText(ath)) || (nonce !== undefined && !isText(nonce))) return undefined
  return {
    jkt: own.jkt,
    key: own,
    algorithm,
    jti,
    htm,
    htu,
    issuedAt: iat * 1000,
    ...(ath === undefined ? {} : { ath }),
    ...(nonce === undefined ? {} : { nonce }),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The request that a proof must be for. */
export interface ProvenRequest {
  readonly method: string
  /** The URLs that the request may be known by; the query does not matter. */
  readonly targets: readonly string[]
  /** The access token that goes with the proof. */
  readonly accessToken?: string
  /** The key that the token is bound to. */
  readonly jkt?: string
}

/** Whether a proof is for this request (steps 8 to 12); its nonce and its being used before are judged elsewhere. */
export function judgeProof(
  proof: Proof,
  { method, targets, accessToken, jkt }: ProvenRequest,
  window: Milliseconds,
  now: Instant,
): ProofFault | undefined {
  if (proof.htm !== method) return 'method'
  const target = normalTarget(proof.htu)
  if (target === undefined || !targets.some((one) => normalTarget(one) === target)) return 'target'
  if (Math.abs(now - proof.issuedAt) > window) return 'time'
  if (accessToken !== undefined && proof.ath !== sha256Text(Buffer.from(accessToken, 'utf8'))) return 'token'
  return jkt === undefined || jkt === proof.jkt ? undefined : 'other_key'
}
