// What may be used once, noted in the store when it is, so that no node takes it after another has (RFC 9449 §11.1). An
// entry is a digest, and is forgotten once its time is over. Its owner is of no subject, and its id is longer than that of
// any session.

import { sha256Text } from './crypto.ts'
import { ownerOf } from './session-token.ts'
import type { Store } from './store.ts'
import type { Instant } from './time.ts'

/** Where it is noted, and for which application. */
export interface UsedPlace {
  readonly store: Store
  readonly issuer: string
  readonly environment: string
}

/** What is used: unique by its three parts, and of no worth any more after `until`. */
export interface OneUse {
  readonly kind: 'dpop' | 'dbsc'
  readonly whose: string
  readonly name: string
  readonly until: Instant
}

/** Notes that something is used; resolves to false if it had been. */
export async function useOnce(
  { store, issuer, environment }: UsedPlace,
  { kind, whose, name, until }: OneUse,
  now: Instant,
): Promise<boolean> {
  const owner = ownerOf(`${kind} ${environment} ${issuer}`, whose)
  const id = owner + sha256Text(name)
  const expiresAt = Math.ceil(until) + 1
  const entry = { id, owner, version: 1, expiresAt, state: JSON.stringify({ t: kind }) }
  if (await store.insert(entry)) return true
  // A store without a clock keeps what has expired: the same name long after is something new.
  const kept = await store.find(id)
  if (!kept || kept.expiresAt > now) return false
  return store.replace({ ...entry, version: kept.version + 1 })
}
