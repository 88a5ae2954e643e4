// What every route of the server is given, and how an answer is made.

import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { SojournError, type Sojourn } from 'sojourn'
import type { AuditTrail } from 'sojourn/audit'
import type { HttpHandler } from 'sojourn/fetch'

import type { ApiKeys } from '../apikeys/api-keys.ts'
import type { Role } from '../apikeys/role.ts'
import type { Judged } from '../doctor/verdict.ts'
import type { EventLog } from '../events/event-log.ts'
import type { Streams } from '../events/server-sent.ts'
import type { KeptHistory } from '../history/keep-history.ts'
import type { Receivers } from '../logout/receivers.ts'
import type { Life } from '../life.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Directory } from '../search/directory.ts'
import type { Siblings } from '../workers/siblings.ts'

export type Env = {
  Bindings: HttpBindings
  Variables: {
    /** The pattern of the route that answers. */
    route?: string
    /** Whether what was shown was refused, where the answer does not say so by itself. */
    hasBadCredentials?: boolean
  }
}
export type Request = Context<Env>

export interface Services {
  readonly sojourn: Sojourn
  readonly http: HttpHandler<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>
  readonly apiKeys: ApiKeys
  /** Where others say that a session is over. */
  readonly receivers: Receivers
  /** Whether relying parties hear of sessions that are over. */
  readonly tellsLogouts: boolean
  readonly life: Life
  /** What has happened lately. */
  readonly events: EventLog
  readonly metrics: Metrics
  /** The other processes of this server. */
  readonly siblings: Siblings
  /** The audit trail, unless it is off. */
  readonly audit: AuditTrail | undefined
  /** The streams of events that are open. */
  readonly streams: Streams
  /** All live sessions, to look through. */
  readonly directory: Directory
  /** What has happened over the last hours. */
  readonly history: KeptHistory
  /** What the doctor says of this server. */
  readonly doctor: () => Promise<readonly Judged[]>
}

/** Lets a request pass that carries an API key of this role, or of one that includes it; resolves to its name. */
export async function requireRole({ apiKeys }: Services, request: Request, role: Role): Promise<string> {
  const fields = request.env.incoming.headersDistinct.authorization ?? []
  if (fields.length > 1) throw new SojournError('credentials_ambiguous')
  const key = /^Bearer +(\S{1,256})$/i.exec(fields[0] ?? '')?.[1]
  const has = key === undefined ? undefined : await apiKeys.holderOf(key)
  if (has === undefined) {
    throw new SojournError(
      'api_key_required',
      key === undefined ? {} : { detail: 'The API key is not known.' },
    )
  }
  if (role === 'manage' && has.role !== 'manage')
    throw new SojournError('forbidden', { detail: 'This needs an API key with the role manage.' })
  return has.name
}

export function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  })
}

export function empty(): Response {
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
}
