// The logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): how an identity provider says that one of its sessions,
// or one of its people, has signed out. What of it is judged here is what it says; its signature has been checked before.

import type { JwtClaims } from '../core/signed-jwt.ts'
import { numericDate, type Instant, type Milliseconds } from '../core/time.ts'
import { isDate, isFor, isName, isObject } from './trusted-issuers.ts'

/** The member of `events` that makes a token a logout token. */
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** How old a token may be, whatever its `exp` says. */
const longestAge: Milliseconds = 300_000

/** What we say of our own: §2.5 recommends at most two minutes. */
const goodFor = 120

export type LogoutVerdict =
  | {
      readonly ok: true
      readonly id: string
      readonly sid?: string
      readonly subject?: string
      /** When it could not be presented again anyway. */
      readonly goodUntil: Instant
    }
  | { readonly ok: false; readonly reason: string }

/** Judges a logout token as §2.6 has it, in its order. */
export function judgeLogoutToken(
  claims: JwtClaims,
  { audience, tolerance }: { readonly audience: string; readonly tolerance: Milliseconds },
  now: Instant,
): LogoutVerdict {
  const { iat, exp, jti, sub, sid, events } = claims
  const refuse = (reason: string): LogoutVerdict => ({ ok: false, reason })
  if (!isFor(claims, audience)) return refuse('its aud is not our client_id')
  if (!isDate(iat) || !isDate(exp)) return refuse('it has no iat or no exp')
  if (iat > numericDate(now + tolerance)) return refuse('its iat is in the future')
  if (now >= exp * 1000 + tolerance) return refuse('it has expired')
  if (now >= iat * 1000 + longestAge + tolerance) return refuse('its iat is too long ago')
  const names = [sub, sid].filter((name) => name !== undefined)
  if (names.length === 0) return refuse('it has neither sub nor sid')
  if (!names.every(isName)) return refuse('its sub or sid is not a name')
  if (!isObject(events) || !isObject(events[logoutEvent])) return refuse('its events have no logout')
  // An ID token has one, and must never be taken for a logout token.
  if (Object.hasOwn(claims, 'nonce')) return refuse('it has a nonce')
  if (!isName(jti)) return refuse('it has no jti')
  return {
    ok: true,
    id: jti,
    ...(sid === undefined ? {} : { sid: sid as string }),
    ...(sub === undefined ? {} : { subject: sub as string }),
    goodUntil: Math.min(exp * 1000, iat * 1000 + longestAge) + tolerance,
  }
}

/** The claims of a logout token of ours. */
export function logoutClaims(of: {
  readonly issuer: string
  readonly audience: string
  readonly id: string
  readonly sessionId: string
  readonly subject: string | undefined
  readonly now: Instant
}): JwtClaims {
  const iat = numericDate(of.now)
  return {
    iss: of.issuer,
    ...(of.subject === undefined ? {} : { sub: of.subject }),
    aud: of.audience,
    iat,
    exp: iat + goodFor,
    jti: of.id,
    sid: of.sessionId,
    events: { [logoutEvent]: {} },
  }
}
