// What an application may say about DPoP, and the reading of it.

import { publicAlgorithms, type PublicAlgorithm } from '../algorithms.ts'
import { milliseconds, type Duration, type Milliseconds } from '../time.ts'

/** Sessions of the bearer profile that are bound to a key of the client (RFC 9449). */
export interface DpopOptions {
  /** Whether every bearer session must be bound. Default: false; those are whose sign-in shows a proof. */
  readonly required?: boolean
  /** Whether a proof must hold a nonce of ours (RFC 9449 §8, §9). Default: true. */
  readonly nonce?: boolean
  /** How far `iat` of a proof may be from our time, both ways. Default: 60 seconds; at most 10 minutes. */
  readonly window?: Duration
  /** Algorithms of proofs. Default: all public ones, ES256, EdDSA, Ed25519, RS256 and PS256. */
  readonly algorithms?: readonly PublicAlgorithm[]
}

export interface DpopSettings {
  readonly required: boolean
  readonly nonce: boolean
  readonly window: Milliseconds
  readonly algorithms: readonly PublicAlgorithm[]
}

const longestWindow = 600_000

/** Reads the options; every fault is added to `faults`. */
export function readDpopOptions(options: DpopOptions, faults: string[]): DpopSettings {
  const { required = false, nonce = true, algorithms = publicAlgorithms } = options
  const window = milliseconds(options.window ?? '60s')
  if (window === undefined || window < 1000 || window > longestWindow)
    faults.push('dpop.window is not a duration from 1s to 10m')
  if (typeof required !== 'boolean') faults.push('dpop.required must be true or false')
  if (typeof nonce !== 'boolean') faults.push('dpop.nonce must be true or false')
  const known: readonly unknown[] = publicAlgorithms
  const list: unknown = algorithms
  if (!Array.isArray(list) || list.length === 0 || !list.every((name) => known.includes(name)))
    faults.push(`dpop.algorithms must be some of ${publicAlgorithms.join(', ')}`)
  return { required, nonce, window: window ?? 60_000, algorithms }
}
