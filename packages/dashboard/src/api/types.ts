// The answers of the server, as its OpenAPI document has them.

import type { ClientSession } from 'sojourn/client'

export interface Caller {
  /** The public name of the API key. */
  readonly key: string
  readonly name: string
  readonly role: 'manage' | 'read'
  readonly issuer: string
  readonly environment: string
  readonly version: string
  readonly hasAudit: boolean
}

/** As in `sojourn/client`, but for what is counted from now: a list is looked at for longer. */
export interface Session extends Omit<ClientSession, 'expiresIn' | 'idleExpiresIn' | 'claims'> {
  readonly claims: Readonly<Record<string, unknown>>
}

export interface WholeSession extends Session {
  readonly tenant: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly version: number
}

export interface Found<T> {
  readonly items: readonly T[]
  readonly total: number
  readonly complete: boolean
}

export interface Subject {
  readonly subject: string
  readonly sessions: number
  readonly tenants: readonly string[]
  readonly firstSignInAt: string
  readonly lastSeenAt: string
}

export interface Stats {
  readonly entries: { readonly live: number; readonly expired: number } | null
  readonly bytes: number | null
  readonly feedLagSeconds: number
  readonly lastSweep: { readonly at: string; readonly removed: number; readonly tookSeconds: number } | null
}

export interface Stretch {
  readonly at: string
  readonly signIns: number
  readonly refreshes: number
  readonly replays: number
  readonly thefts: number
  readonly ended: number
  readonly refused: number
  readonly live: number | null
  readonly backlog: number | null
  readonly feedLagSeconds: number | null
}

export interface History {
  readonly stepSeconds: number
  readonly items: readonly Stretch[]
}

export interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly phase: 'next' | 'active' | 'retiring' | 'gone'
  readonly activeFrom: string | null
  readonly retiresAt: string | null
  readonly goneAt: string | null
}

/** An API key in the store: what is known of it, never the key. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly role: 'manage' | 'read'
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly expiresAt: string | null
}

export type Level = 'info' | 'warning' | 'critical'

export interface AuditRecord {
  readonly number?: number
  readonly type: string
  readonly level: Level
  readonly at: string
  readonly sessionId?: string
  readonly subject?: string
  readonly [fact: string]: unknown
}

export interface AuditPage {
  readonly items: readonly AuditRecord[]
  readonly next: string | null
}

export interface Verification {
  readonly ok: boolean
  readonly lines: number
  readonly redacted: number
  readonly faults: readonly { readonly kind: string; readonly number: number; readonly upTo?: number }[]
  readonly head: { readonly number: number; readonly mac: string } | null
}

export interface Explanation {
  readonly sessionId: string
  readonly subject: string | null
  readonly isLive: boolean
  readonly summary: string
  readonly ended: { readonly at: string; readonly reason: string } | null
  readonly story: readonly { readonly at: string; readonly text: string }[]
}

export interface Check {
  readonly id: string
  readonly kind: 'do' | "don't" | 'also'
  readonly title: string
  readonly verdict: 'pass' | 'fail' | 'not seen'
  readonly seen: string
  readonly remedy: string
}

/** How much is gone of each kind. */
export interface Erased {
  readonly sessions: number
  readonly providerLinks: number
  readonly formerIds: number
  /** null where no trail is kept. */
  readonly auditLines: number | null
}
