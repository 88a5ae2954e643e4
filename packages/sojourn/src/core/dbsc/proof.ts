// The proof of a device (DBSC Proof JWT Syntax): a JWT of type `dbsc+jwt` whose `jti` is a challenge of ours. At the
// registration it brings the key in its header; later it has none there, and the key is the one that was noted then: a
// proof that brings its own would prove nothing. Claims that we do not know, such as `aud`, are left alone.

import type { Jwk, PublicAlgorithm } from '../algorithms.ts'
import { openProof, proofKeyOf, type ProofKey } from '../proof-jws.ts'

/** The algorithms that the standard has. */
export const deviceAlgorithms = ['ES256', 'RS256'] as const

export type DeviceAlgorithm = (typeof deviceAlgorithms)[number]

/** What is wrong with the proof of a device; nothing of it is a secret. */
export const deviceFaults = {
  missing: 'Secure-Session-Response must be a structured field string with a proof.',
  format: 'The proof is not a JWS in compact form, of at most 4096 characters.',
  type: 'The typ of the proof must be dbsc+jwt.',
  algorithm: 'The alg of the proof must be one of those that were offered.',
  header: 'The header of the proof has crit, which is not understood here.',
  key: 'At a registration the header of the proof needs a public jwk for its alg; at a refresh it must have none.',
  signature: 'The signature of the proof is not by the key of the device.',
  payload: 'The proof needs jti, and no authorization, because none was asked for.',
  challenge: 'The jti of the proof is no challenge for this session, or was used before.',
  bound: 'The session is bound to a device already.',
  session: 'Sec-Secure-Session-Id must be a structured field string that names the session of the cookies.',
} as const

export type DeviceFault = keyof typeof deviceFaults

export interface DeviceProof {
  readonly algorithm: DeviceAlgorithm
  readonly challenge: string
  /** The key that came with it, at a registration. */
  readonly key?: ProofKey
}

/** Reads the proof of a registration, and checks it with the key in it. Never throws. */
export function readRegistration(
  text: string,
  algorithms: readonly DeviceAlgorithm[],
): (DeviceProof & { readonly key: ProofKey }) | DeviceFault {
  const opened = openProof(text, 'dbsc+jwt', algorithms)
  if (typeof opened === 'string') return opened
  const key = proofKeyOf(opened.jwk, opened.algorithm)
  if (!key) return 'key'
  if (!opened.isSignedBy(key.key)) return 'signature'
  const challenge = challengeIn(opened.claims())
  return challenge === undefined ? 'payload' : { algorithm: asDevice(opened.algorithm), challenge, key }
}

/** Reads the proof of a refresh, and checks it with the key that the session is bound to. Never throws. */
export function readRefresh(
  text: string,
  bound: { readonly algorithm: DeviceAlgorithm; readonly jwk: Jwk },
): DeviceProof | DeviceFault {
  const opened = openProof(text, 'dbsc+jwt', [bound.algorithm])
  if (typeof opened === 'string') return opened
  const key = opened.jwk === undefined ? proofKeyOf(bound.jwk, bound.algorithm) : undefined
  if (!key) return 'key'
  if (!opened.isSignedBy(key.key)) return 'signature'
  const challenge = challengeIn(opened.claims())
  return challenge === undefined ? 'payload' : { algorithm: bound.algorithm, challenge }
}

function asDevice(algorithm: PublicAlgorithm): DeviceAlgorithm {
  return algorithm === 'RS256' ? 'RS256' : 'ES256'
}

function challengeIn(claims: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (!claims || Object.hasOwn(claims, 'authorization')) return undefined
  const { jti } = claims
  return typeof jti === 'string' ? jti : undefined
}
