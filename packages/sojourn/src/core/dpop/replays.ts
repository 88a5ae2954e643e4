// Proofs that were used, in the store, so that no node takes one that another has taken (RFC 9449 §11.1). An entry is a
// digest of key and `jti`, and is forgotten once the time of the proof is over. Its owner is of no subject, and its id is
// longer than that of any session.

import { sha256Text } from '../crypto.ts'
import { ownerOf } from '../session-token.ts'
import type { Store } from '../store.ts'
import type { Instant, Milliseconds } from '../time.ts'
import type { Proof } from './proof.ts'

/** Where used proofs are kept, and whose they are. */
export interface Replays {
  readonly store: Store
  readonly issuer: string
  readonly environment: string
}

/** Notes that a proof was used; resolves to false if it had been. */
export async function spend(
  { store, issuer, environment }: Replays,
  { jkt, jti, issuedAt }: Proof,
  window: Milliseconds,
  now: Instant,
): Promise<boolean> {
  const owner = ownerOf(`dpop ${environment} ${issuer}`, jkt)
  const id = owner + sha256Text(jti)
  const expiresAt = Math.ceil(issuedAt + window) + 1
  const entry = { id, owner, version: 1, expiresAt, state: '{"t":"dpop"}' }
  if (await store.insert(entry)) return true
  // A store without a clock keeps what has expired: the same `jti` long after is a new proof.
  const kept = await store.find(id)
  if (!kept || kept.expiresAt > now) return false
  return store.replace({ ...entry, version: kept.version + 1 })
}
