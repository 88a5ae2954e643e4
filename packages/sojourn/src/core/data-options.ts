// Whether the data of sessions is encrypted at rest, and under which secrets: see docs/guides/data-encryption.md.
//
// What a secret gives here is not what the same text would give elsewhere, and another environment derives other keys. Yet
// the data has secrets of its own: whoever may sign tokens need not be able to read data, and each can be replaced alone.

import { deriveKey, sha256Text } from './crypto.ts'
import { usableSecrets } from './secrets.ts'
import { guarded } from './store-guard.ts'
import type { Browsable, Store, Sweepable } from './store.ts'
import { milliseconds, type Duration, type Milliseconds } from './time.ts'

/** Encrypts the `data` of sessions in the store: a key for each subject, kept wrapped by a secret. */
export interface EncryptionOptions {
  /**
   * Secrets of at least 32 random bytes in base64url, the newest first, and none of those in `secrets`. The newest wraps;
   * older ones still unwrap.
   */
  readonly secrets: readonly (string | undefined)[]
  /** Where the keys of subjects are kept, apart from the sessions. Default: the store of the sessions. */
  readonly keys?: Store
  /**
   * What is made of a session whose data is not encrypted: `read` takes it, and encrypts it at its next change; `refuse`
   * takes it for unreadable. Default: `read`.
   */
  readonly plain?: 'read' | 'refuse'
  /** How long data is encrypted under one key of a subject. Default: 90 days; at least 1 hour. */
  readonly rotateEvery?: Duration
}

/** What one secret gives. */
export interface MasterKey {
  /** Says in the store under which secret something was sealed. Nothing leads back from it. */
  readonly mark: string
  /** Wraps the keys of subjects. */
  readonly wrapping: Uint8Array
  /** From which the keys of anonymous sessions are derived: they have no subject. */
  readonly anonymous: Uint8Array
}

export interface EncryptionSettings {
  /** Newest first. */
  readonly masters: readonly MasterKey[]
  readonly keys: Store
  /** The same store as it was given, where it is another one than that of the sessions. */
  readonly apart: (Store & Partial<Sweepable & Browsable>) | undefined
  readonly plain: 'read' | 'refuse'
  readonly rotateEvery: Milliseconds
}

const shortestRotation = 3_600_000

export interface EncryptionContext {
  readonly store: Store
  readonly issuer: string
  readonly environment: string
  /** The secrets of tokens. */
  readonly others: readonly (string | undefined)[]
}

/** Reads the option; every fault is added to `faults`. */
export function readEncryption(
  options: EncryptionOptions,
  { store, issuer, environment, others }: EncryptionContext,
  faults: string[],
): EncryptionSettings {
  const { secrets, keys, plain = 'read', rotateEvery = '90d' } = options
  const usable = usableSecrets('encryption.secrets', secrets ?? [], faults)
  usable.forEach((secret, index) => {
    if (Array.isArray(others) && others.includes(secret))
      faults.push(`encryption.secrets[${index}] is one of secrets; data needs secrets of its own`)
  })
  if (plain !== 'read' && plain !== 'refuse') faults.push(`encryption.plain must be 'read' or 'refuse'`)
  const span = milliseconds(rotateEvery)
  if (span === undefined)
    faults.push(`encryption.rotateEvery is ${JSON.stringify(rotateEvery)}; write a duration such as '90d'`)
  else if (span < shortestRotation) faults.push('encryption.rotateEvery is shorter than 1h')
  const apart = keys === undefined || keys === store ? undefined : keys
  return {
    masters: usable.map((secret) => masterOf(secret, issuer, environment)),
    keys: guarded(apart ?? store),
    apart,
    plain,
    rotateEvery: span ?? shortestRotation,
  }
}

function masterOf(secret: string, issuer: string, environment: string): MasterKey {
  const key = (purpose: string): Uint8Array => deriveKey(secret, purpose, issuer, environment)
  return {
    mark: sha256Text(key('data mark')).slice(0, 8),
    wrapping: key('data key wrapping'),
    anonymous: key('data of anonymous sessions'),
  }
}
