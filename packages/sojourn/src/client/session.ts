// What the client knows of its session, as `GET /session` tells it (docs: the HTTP contract). Facts to show, none to
// decide by: what somebody may do is decided by the server.

import { isRecord } from './problem.ts'

export interface ClientSession {
  readonly id: string
  readonly subject: string | null
  readonly profile: 'cookie' | 'bearer'
  readonly createdAt: string
  readonly authenticatedAt: string
  readonly lastSeenAt: string
  /** When it ends whatever happens, and in how many seconds from when the server answered. */
  readonly expiresAt: string
  readonly expiresIn: number
  /** When it ends if its person is not seen again, and in how many seconds. */
  readonly idleExpiresAt: string
  readonly idleExpiresIn: number
  readonly claims: unknown
  readonly amr: readonly string[]
  readonly acr: string | null
  readonly device: {
    readonly label: string | null
    readonly userAgent: string | null
    readonly ip: string | null
  }
}

/** Why there is no session any more. */
export type SignOutReason =
  | 'signed_out' // by its own person, in this browser
  | 'idle' // not seen for too long
  | 'absolute' // its whole time is up
  | 'reused' // its token was copied, so it was ended for everybody
  | 'ended' // from elsewhere: another device, an administrator, another sign-in

/** The session in an answer; undefined if that is not what there is. */
export function readSession(value: unknown): ClientSession | undefined {
  if (!isRecord(value)) return undefined
  const { id, expiresIn, idleExpiresIn } = value
  const isWhole = typeof id === 'string' && isSpan(expiresIn) && isSpan(idleExpiresIn)
  return isWhole ? (value as unknown as ClientSession) : undefined
}

export function isSpan(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1e10
}
