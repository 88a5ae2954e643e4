// The data of one session as a store keeps it: AES-256-GCM with a fresh nonce at every write, under the key of its subject.
//
// What it belongs to is authenticated with it: the environment, the issuer, the subject (its digest), the session, the
// version of the entry and the version of its schema. Ciphertext that was moved to another session or subject, or put back
// from before a later change, does not open.

import { seal, unseal, type SecretKey } from './crypto.ts'
import type { RingPlace } from './data-ring.ts'
import type { Random } from './system.ts'

/** As it is kept: the name of its key, and nonce, ciphertext and tag in base64url. */
export type Sealed = readonly [key: string, text: string]

/** What the ciphertext belongs to. */
export interface DataContext extends RingPlace {
  readonly owner: string
  readonly sessionId: string
  /** Of the entry. */
  readonly version: number
  readonly schemaVersion: number
}

export function sealData(
  key: { readonly id: string; readonly secret: SecretKey },
  data: unknown,
  context: DataContext,
  random: Random,
): Sealed {
  return [key.id, seal(key.secret, random(12), JSON.stringify(data), bound(key.id, context))]
}

/** The data, or undefined if anything about it, or about what it belongs to, was changed. */
export function unsealData(
  secret: SecretKey,
  [key, text]: Sealed,
  context: DataContext,
): { readonly data: unknown } | undefined {
  const opened = unseal(secret, text, bound(key, context))
  return opened === undefined ? undefined : { data: JSON.parse(opened) as unknown }
}

// Each part with its length, so that no two lists collide.
function bound(
  key: string,
  { environment, issuer, owner, sessionId, version, schemaVersion }: DataContext,
): string {
  return ['session data', environment, issuer, owner, sessionId, `${version}`, `${schemaVersion}`, key]
    .map((part) => `${part.length}:${part}`)
    .join('')
}
