// Asking the store what a token is worth at this moment (RFC 7662), for access tokens and session tokens alike.

import { findKept, type Engine } from '../engine.ts'
import { expiry, idleExpiry, present, type Session } from '../session.ts'
import { readSessionToken, sessionTokenPrefix } from '../session-token.ts'
import type { Instant } from '../time.ts'
import { authenticate } from './verify.ts'

/** The answer to an introspection; of an inactive token nothing is told but that (RFC 7662 §2.2). */
export type Introspection<Claims, Data> =
  | { readonly active: false }
  | {
      readonly active: true
      readonly kind: 'access' | 'session'
      readonly session: Session<Claims, Data>
      readonly expiresAt: Instant
      readonly issuedAt: Instant
      /** The `jti` of an access token. */
      readonly tokenId?: string
    }

/** Changes nothing: a session token that is introspected is neither rotated nor taken for a copy. */
export async function introspect<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
): Promise<Introspection<Claims, Data>> {
  if (typeof token !== 'string') return { active: false }
  const now = engine.settings.clock()
  return token.startsWith(sessionTokenPrefix)
    ? ofSessionToken(engine, token, now)
    : ofAccessToken(engine, token, now)
}

async function ofSessionToken<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Promise<Introspection<Claims, Data>> {
  const { policy, keys } = engine.settings
  const presented = readSessionToken(token, keys)
  const kept = presented && (await findKept(engine, presented.sessionId))
  if (!kept) return { active: false }
  // Whoever asks is not its client, and has no key of it.
  const { jkt } = kept.session
  const asked = { generation: presented.generation, ...(jkt === undefined ? {} : { jkt }) }
  const { kind } = present(kept.session, asked, now, policy)
  if (kind !== 'rotated' && kind !== 'replayed') return { active: false }
  const { session } = kept
  return {
    active: true,
    kind: 'session',
    session,
    expiresAt: idleExpiry(session, policy),
    issuedAt: session.issuedAt,
  }
}

async function ofAccessToken<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Promise<Introspection<Claims, Data>> {
  const result = await authenticate(engine, token, now)
  if (!result.ok) return { active: false }
  const { access } = result
  const kept = await findKept(engine, access.sessionId)
  if (!kept || expiry(kept.session, now, engine.settings.policy)) return { active: false }
  if (access.claimsVersion < kept.session.claimsVersion) return { active: false }
  const { expiresAt, issuedAt, tokenId } = access
  return { active: true, kind: 'access', session: kept.session, expiresAt, issuedAt, tokenId }
}
