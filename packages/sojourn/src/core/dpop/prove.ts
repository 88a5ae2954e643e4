// Checking the proof of one request, whole: it is one, it is for this request, it is fresh, and it was not used before.
// In this order: what costs the store something comes last, and only for a proof that is otherwise good.

import type { PublicAlgorithm } from '../algorithms.ts'
import type { Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import type { KnownKeys } from '../proof-jws.ts'
import { useOnce, type OneUse } from '../single-use.ts'
import type { Instant, Milliseconds } from '../time.ts'
import { issueNonce, judgeNonce } from './nonce.ts'
import {
  judgeProof,
  proofFaults,
  readProof,
  type Proof,
  type ProofFault,
  type ProvenRequest,
} from './proof.ts'

/** A request with the values of its `DPoP` header fields, each for itself. */
export interface ProofRequest extends ProvenRequest {
  readonly proofs: readonly string[]
}

/** A request whose sender has the key. */
export interface Proven {
  /** The thumbprint of the key. */
  readonly jkt: string
  /** A nonce to send along in `DPoP-Nonce`, where the one that the client has is getting old. */
  readonly nonce?: string
}

/**
 * Checks a proof and uses it up. Rejects with `dpop_proof_invalid`, `dpop_nonce_required` or `store_unavailable`.
 * A Sojourn without the option `dpop` takes none.
 */
export async function prove<Claims, Data>(
  engine: Engine<Claims, Data>,
  { proofs, ...request }: ProofRequest,
): Promise<Proven> {
  const { settings, store } = engine
  const { dpop, issuer, environment, clockTolerance, keys } = settings
  const now = settings.clock()
  if (!dpop) throw rejected(engine, 'missing', now)
  const proof = onlyProof(proofs, dpop.algorithms, engine.proofKeys)
  if (typeof proof === 'string') throw rejected(engine, proof, now)
  const fault = judgeProof(proof, request, dpop.window, now)
  if (fault) throw rejected(engine, fault, now)
  const nonce = dpop.nonce ? judgeNonce(proof.nonce ?? '', keys, clockTolerance, now) : 'fresh'
  if (nonce === 'spent') throw new SojournError('dpop_nonce_required')
  if (!(await useOnce({ store, issuer, environment }, useOf(proof, dpop.window), now)))
    throw rejected(engine, 'replayed', now)
  engine.proofKeys.add(proof.algorithm, proof.key)
  return { jkt: proof.jkt, ...(nonce === 'aging' ? { nonce: issueNonce(keys, now) } : {}) }
}

/** As what a proof is noted: for as long as it would be taken. */
export function useOf(
  { jkt, jti, issuedAt }: Pick<Proof, 'jkt' | 'jti' | 'issuedAt'>,
  window: Milliseconds,
): OneUse {
  return { kind: 'dpop', whose: jkt, name: jti, until: issuedAt + window }
}

// Two are as good as none (step 1).
function onlyProof(
  proofs: readonly string[],
  algorithms: readonly PublicAlgorithm[],
  known: KnownKeys,
): Proof | ProofFault {
  const [proof] = proofs
  if (proof === undefined) return 'missing'
  return proofs.length > 1 ? 'several' : readProof(proof, algorithms, known)
}

function rejected<Claims, Data>(engine: Engine<Claims, Data>, reason: ProofFault, at: Instant): SojournError {
  engine.tell({ type: 'proof.rejected', level: 'warning', at, reason })
  return new SojournError('dpop_proof_invalid', { detail: proofFaults[reason] })
}
