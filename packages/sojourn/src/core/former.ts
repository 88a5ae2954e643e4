// What is kept of the session ids of another session layer, while their holders move in. Such an id is a secret that
// signs in, so nothing here leads back to it: the store has a digest, under which it is found, and the digest of a
// secret that is derived from it, which is the id of a session of ours as any other is.

import { Buffer } from 'node:buffer'

import { sha256, sha256Text } from './crypto.ts'
import { sessionIdOf, type SessionSecret } from './session-token.ts'
import type { Entry } from './store.ts'
import type { Instant } from './time.ts'

/** Where a former session id leads. It stays as long as the id could be shown, so that none is brought in twice. */
export interface Pointer {
  readonly id: string
  readonly version: number
  readonly expiresAt: Instant
  readonly sessionId: string
  /** Where it was brought from. */
  readonly source: string
  /** Whether its session was written; one that is gone although it was has ended. */
  readonly isMade: boolean
}

interface State {
  readonly t: 'former'
  readonly s: string
  readonly f: string
  readonly m?: 1
}

// No session has an id that ends like this, and no subject has the owner.
const suffix = '________'

/** Under which id the pointer of a former session id is kept. */
export function pointerId(issuer: string, name: string): string {
  return sha256Text(`former session ${issuer.length}:${issuer}${name}`).slice(0, 24) + suffix
}

/** The digest by which a pointer says where it was brought from. */
export function sourceMark(source: string): string {
  return sha256Text(`former source ${source}`).slice(0, 16)
}

export function pointerEntry(pointer: Pointer): Entry {
  const { id, version, expiresAt, sessionId, source, isMade } = pointer
  const state: State = { t: 'former', s: sessionId, f: source, ...(isMade ? { m: 1 } : {}) }
  return { id, owner: id.slice(0, -suffix.length), version, expiresAt, state: JSON.stringify(state) }
}

/** The pointer in an entry; undefined for an entry of another kind. */
export function pointerIn({ id, version, expiresAt, state }: Entry): Pointer | undefined {
  const { t, s, f, m } = JSON.parse(state) as Partial<State>
  if (t !== 'former') return undefined
  return { id, version, expiresAt, sessionId: s!, source: f!, isMade: m === 1 }
}

/**
 * The secret of the session that a former id leads to: the same on every node and in every request, so that however
 * many show the id at once, they are all handed the same session token. Whoever knows the id alone cannot make that
 * token: its mac takes the application's secret.
 */
export function formerSecret(tag: string, name: string): SessionSecret {
  return {
    tag: Buffer.from(tag.slice(0, 8), 'base64url'),
    secret: sha256(`former secret ${name}`).subarray(0, 24),
  }
}

/** The id of the session of an owner, or of one with an id of that owner, to which a former id leads. */
export function formerSessionId(tag: string, name: string): string {
  return sessionIdOf(formerSecret(tag, name))
}
