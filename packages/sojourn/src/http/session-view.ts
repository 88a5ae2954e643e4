// How a session looks to its own person over HTTP (http-api.md): facts, no secret, no `data`.

import { idleExpiry, absoluteExpiry, type Device, type Profile, type Session } from '../core/session.ts'
import type { Policy } from '../core/policy.ts'
import { timestamp } from '../core/system.ts'
import type { Instant } from '../core/time.ts'

export interface SessionView {
  readonly id: string
  readonly subject: string | null
  readonly profile: Profile
  readonly createdAt: string
  readonly authenticatedAt: string
  readonly lastSeenAt: string
  /** When it ends whatever happens. */
  readonly expiresAt: string
  /** When it ends if its person is not seen again. */
  readonly idleExpiresAt: string
  readonly claims: unknown
  readonly amr: readonly string[]
  readonly acr: string | null
  readonly device: {
    readonly label: string | null
    readonly userAgent: string | null
    readonly ip: string | null
  }
  readonly current?: boolean
}

/** A session as its own client is told of it: with what is left, so that nobody needs a right clock to know. */
export interface OwnSessionView extends SessionView {
  /** Seconds until `expiresAt`. */
  readonly expiresIn: number
  /** Seconds until `idleExpiresAt`. */
  readonly idleExpiresIn: number
}

export function viewOf(session: Session, policy: Policy, current?: boolean): SessionView {
  return {
    id: session.id,
    subject: session.subject ?? null,
    profile: session.profile,
    createdAt: timestamp(session.createdAt),
    authenticatedAt: timestamp(session.authenticatedAt),
    lastSeenAt: timestamp(session.lastSeenAt),
    expiresAt: timestamp(absoluteExpiry(session, policy)),
    idleExpiresAt: timestamp(idleExpiry(session, policy)),
    claims: session.claims,
    amr: session.amr,
    acr: session.acr ?? null,
    device: deviceView(session.device),
    ...(current === undefined ? {} : { current }),
  }
}

export function ownViewOf(session: Session, policy: Policy, now: Instant, current?: boolean): OwnSessionView {
  return {
    ...viewOf(session, policy, current),
    expiresIn: secondsUntil(absoluteExpiry(session, policy), now),
    idleExpiresIn: secondsUntil(idleExpiry(session, policy), now),
  }
}

/** Whole seconds, never one too many. */
export function secondsUntil(instant: Instant, now: Instant): number {
  return Math.max(0, Math.floor((instant - now) / 1000))
}

function deviceView({ label, userAgent, ip }: Device): SessionView['device'] {
  return { label: label ?? null, userAgent: userAgent ?? null, ip: ip ?? null }
}
