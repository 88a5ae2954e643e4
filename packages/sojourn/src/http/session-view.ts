// How a session looks to its own person over HTTP (http-api.md): facts, no secret, no `data`.

import { idleExpiry, absoluteExpiry, type Device, type Profile, type Session } from '../core/session.ts'
import type { Policy } from '../core/policy.ts'
import { timestamp } from '../core/system.ts'

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

function deviceView({ label, userAgent, ip }: Device): SessionView['device'] {
  return { label: label ?? null, userAgent: userAgent ?? null, ip: ip ?? null }
}
