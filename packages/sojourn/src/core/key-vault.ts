// The entry in the store that keeps the key ring of an application: one for all its nodes.
//
// Private keys are sealed, under each of the configured secrets. Whichever of them a node has opens the ring, so a new
// secret may come and an old one may go while nodes with either are running.

import type { KeyRing } from './key-ring.ts'
import { seal, unseal } from './crypto.ts'
import type { DerivedKeys } from './secrets.ts'
import { ownerOf } from './session-token.ts'
import type { Entry } from './store.ts'
import type { Random } from './system.ts'
import type { Instant, Milliseconds } from './time.ts'

/** Whose ring it is, and what opens it. */
export interface Vault {
  readonly issuer: string
  readonly environment: string
  /** Newest first. */
  readonly keys: readonly DerivedKeys[]
  readonly random: Random
}

// An entry that must not be swept: it is written anew with every rotation.
const keptFor = 400 * 24 * 3_600_000

function vaultOwner({ issuer, environment }: Vault): string {
  return ownerOf(`keys ${environment} ${issuer}`, 'signing keys')
}

/** Where the ring is kept. No session has an id that ends like this. */
export function vaultId(vault: Vault): string {
  return `${vaultOwner(vault)}________`
}

/** The entry that keeps a ring until `rotateEvery` has passed, and long after. */
export function closeVault(
  vault: Vault,
  ring: KeyRing,
  { version, now, rotateEvery }: { version: number; now: Instant; rotateEvery: Milliseconds },
): Entry {
  const id = vaultId(vault)
  const text = JSON.stringify(ring)
  const sealed = vault.keys.map(({ vaultKey }) => seal(vaultKey, vault.random(12), text, id))
  return {
    id,
    owner: vaultOwner(vault),
    version,
    expiresAt: now + keptFor + rotateEvery,
    state: JSON.stringify({ t: 'keys', sealed }),
  }
}

/**
 * The ring in an entry, and whether the newest secret opens it. Empty if no secret does: its tokens cannot be minted or
 * trusted any more.
 */
export function openVault(
  vault: Vault,
  entry: Entry,
): { readonly ring: KeyRing; readonly isCurrent: boolean } {
  const { sealed } = JSON.parse(entry.state) as { sealed: readonly string[] }
  for (const { vaultKey } of vault.keys) {
    const text = sealed.map((ring) => unseal(vaultKey, ring, entry.id)).find((ring) => ring !== undefined)
    if (text !== undefined)
      return { ring: JSON.parse(text) as KeyRing, isCurrent: vaultKey === vault.keys[0]?.vaultKey }
  }
  return { ring: [], isCurrent: false }
}
