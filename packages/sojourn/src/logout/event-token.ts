// The security event token (RFC 8417) that says that a session was revoked: `session-revoked` of CAEP 1.0 §3.1, as the
// Shared Signals Framework 1.0 has it: typ `secevent+jwt`, the subject in `sub_id` (RFC 9493), no `sub` and no `exp`.

import type { EndReason } from '../core/events.ts'
import type { JwtClaims } from '../core/signed-jwt.ts'
import { numericDate, type Instant, type Milliseconds } from '../core/time.ts'
import { isDate, isFor, isName, isObject } from './trusted-issuers.ts'

/** The member of `events` that says so. */
const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

/** How long after it was made a token is still taken: whoever pushes it may have waited for us. */
const longestAge: Milliseconds = 24 * 3_600_000

/** The errors of RFC 8935 §2.4 that we answer with. */
export type EventError =
  | 'invalid_request'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'invalid_key'
  | 'access_denied'

/** Whose sessions are over: one, or all of a person. */
export interface EventSubject {
  readonly sid?: string
  readonly subject?: string
}

export type EventVerdict =
  | {
      readonly ok: true
      readonly id: string
      /** Absent where it tells of something else, which is no concern of ours. */
      readonly revoked?: EventSubject
      readonly goodUntil: Instant
    }
  | { readonly ok: false; readonly error: EventError; readonly reason: string }

/** Judges what a security event token says. */
export function judgeEventToken(
  claims: JwtClaims,
  { issuer, audience, tolerance }: { issuer: string; audience: string; tolerance: Milliseconds },
  now: Instant,
): EventVerdict {
  const { iat, jti, events } = claims
  const refuse = (reason: string, error: EventError = 'invalid_request'): EventVerdict => ({
    ok: false,
    error,
    reason,
  })
  if (!isFor(claims, audience)) return refuse('its aud is not us', 'invalid_audience')
  // An ID token or an access token has both, and must never be taken for this one (SSF 1.0 §4.1.1, RFC 8417 §4).
  for (const name of ['sub', 'exp', 'nonce'])
    if (Object.hasOwn(claims, name)) return refuse(`it has ${name}, which it must not`)
  if (!isDate(iat)) return refuse('it has no iat')
  if (iat > numericDate(now + tolerance)) return refuse('its iat is in the future')
  if (now >= iat * 1000 + longestAge + tolerance) return refuse('its iat is too long ago')
  if (!isName(jti)) return refuse('it has no jti')
  if (!isObject(events) || Object.keys(events).length !== 1) return refuse('it must tell of one event')
  const of = { ok: true, id: jti, goodUntil: iat * 1000 + longestAge + tolerance } as const
  const event = events[sessionRevoked]
  if (event === undefined) return of
  if (!isObject(event)) return refuse('its event is not an object')
  const { event_timestamp: happened } = event
  if (happened !== undefined && !(isDate(happened) && happened <= numericDate(now + tolerance)))
    return refuse('its event_timestamp is not a time in the past, in seconds')
  const revoked = subjectIn(claims['sub_id'], issuer)
  if (typeof revoked === 'string')
    return refuse(revoked, revoked === foreign ? 'access_denied' : 'invalid_request')
  return { ...of, revoked }
}

const foreign = 'its sub_id is a person of another issuer'

/** Whom a subject identifier (RFC 9493) names, or a sentence that says why that is not known. */
function subjectIn(value: unknown, issuer: string): EventSubject | string {
  if (!isObject(value)) return 'it has no sub_id'
  if (value['format'] === 'complex') return complexIn(value, issuer)
  return simpleIn(value, issuer)
}

// An opaque name is that of a session: of what else is revoked, others have names of their own format.
function simpleIn(value: Readonly<Record<string, unknown>>, issuer: string): EventSubject | string {
  const { format, id, iss, sub } = value
  if (format === 'opaque') return isName(id) ? { sid: id } : 'its sub_id has no id'
  if (format !== 'iss_sub') return 'the format of its sub_id is none of opaque, iss_sub and complex'
  if (!isName(iss) || !isName(sub)) return 'its sub_id has no iss or no sub'
  return iss === issuer ? { subject: sub } : foreign
}

// All members together say which sessions (SSF 1.0 §3.2). Of a device or a group we know no sessions, and all those of the
// person would be more than was said.
function complexIn(
  { format: _, session, user, tenant: __, ...others }: Readonly<Record<string, unknown>>,
  issuer: string,
): EventSubject | string {
  const [strange] = Object.keys(others)
  if (strange !== undefined)
    return `its sub_id names a ${strange.slice(0, 40)}, by which no session is known here`
  const parts = [session, user].filter((part) => part !== undefined)
  if (parts.length === 0) return 'its sub_id names neither a session nor a user'
  const found: { sid?: string; subject?: string } = {}
  for (const part of parts) {
    if (!isObject(part)) return 'a part of its sub_id is not an object'
    const simple = simpleIn(part, issuer)
    if (typeof simple === 'string') return simple
    const isAsNamed = part === session ? simple.sid !== undefined : simple.subject !== undefined
    if (!isAsNamed) return 'its sub_id must name a session as opaque and a user as iss_sub'
    Object.assign(found, simple)
  }
  return found
}

// ---------------------------------------------------------------------------------------------- ours

const entities: Readonly<Record<EndReason, 'user' | 'admin' | 'policy' | 'system'>> = {
  signed_out: 'user',
  signed_out_elsewhere: 'user',
  signed_out_at_provider: 'system',
  replaced: 'user',
  evicted: 'policy',
  revoked: 'admin',
  reused: 'policy',
  erased: 'admin',
  risk: 'policy',
  idle: 'policy',
  absolute: 'policy',
}

/** The claims of a security event token of ours. */
export function eventClaims(of: {
  readonly issuer: string
  readonly audience: string
  readonly id: string
  readonly sessionId: string
  readonly subject: string | undefined
  readonly reason: EndReason
  /** When the session ended. */
  readonly at: Instant
  /** When the token was made. */
  readonly now: Instant
}): JwtClaims {
  const { issuer, sessionId, subject, reason } = of
  const user = subject === undefined ? {} : { user: { format: 'iss_sub', iss: issuer, sub: subject } }
  return {
    iss: issuer,
    jti: of.id,
    iat: numericDate(of.now),
    aud: of.audience,
    sub_id: { format: 'complex', session: { format: 'opaque', id: sessionId }, ...user },
    events: {
      [sessionRevoked]: {
        event_timestamp: numericDate(of.at),
        initiating_entity: entities[reason],
        reason_admin: { en: reason },
      },
    },
  }
}
