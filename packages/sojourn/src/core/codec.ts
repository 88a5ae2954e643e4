// How a session is written into the opaque `state` of an entry, and read back. Names are short because a store holds
// millions of them; times are whole milliseconds. The id, the version and the owner are the entry's own.

import type { FactsOptions } from './schema.ts'
import { idleExpiry, lifetimesOf, type Profile, type Session, type Use } from './session.ts'
import type { Policy } from './policy.ts'
import type { Entry } from './store.ts'
import type { Instant } from './time.ts'

interface State {
  readonly t: 's'
  readonly sub?: string
  readonly ten?: string
  readonly p: Profile
  readonly r?: 1
  readonly c: Instant
  readonly a?: Instant
  readonly l: Instant
  readonly g: number
  readonly i: Instant
  /** For each use how many generations ago, and how long before `i`, one after the other: small numbers. */
  readonly u?: readonly number[]
  readonly f?: string
  readonly fl?: Session['floor']
  readonly amr?: readonly string[]
  readonly acr?: string
  readonly cl?: unknown
  readonly cv?: number
  readonly d?: unknown
  readonly dev?: Session['device']
  readonly sv?: number
}

/** The entry that keeps a session. */
export function entryOf(session: Session, owner: string, policy: Policy, schemaVersion: number): Entry {
  return {
    id: session.id,
    owner,
    version: session.version,
    expiresAt: keptUntil(session, policy),
    state: JSON.stringify(stateOf(session, schemaVersion)),
  }
}

// Stores index the time of expiry, and moving an index costs more than the rest of a refresh. So it moves in steps of
// a tenth of the idle time, never earlier than the session: the rules read the exact time from the state.
function keptUntil(session: Session, policy: Policy): Instant {
  const step = Math.max(1, Math.floor(lifetimesOf(session, policy).idle / 10))
  return Math.ceil(idleExpiry(session, policy) / step) * step
}

function stateOf(session: Session, schemaVersion: number): State {
  const { subject, tenant, remember, uses, issuedFor, floor, amr, acr, device } = session
  return {
    t: 's',
    ...(subject === undefined ? {} : { sub: subject }),
    ...(tenant === undefined ? {} : { ten: tenant }),
    p: session.profile,
    ...(remember ? { r: 1 as const } : {}),
    c: session.createdAt,
    ...(session.authenticatedAt === session.createdAt ? {} : { a: session.authenticatedAt }),
    l: session.lastSeenAt,
    g: session.generation,
    i: session.issuedAt,
    ...(uses.length === 0
      ? {}
      : { u: uses.flatMap((use) => [session.generation - use.generation, session.issuedAt - use.at]) }),
    ...(issuedFor === undefined ? {} : { f: issuedFor }),
    ...(floor === undefined ? {} : { fl: floor }),
    ...(amr.length === 0 ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
    ...(isEmpty(session.claims) ? {} : { cl: session.claims }),
    ...(session.claimsVersion === 1 ? {} : { cv: session.claimsVersion }),
    ...(isEmpty(session.data) ? {} : { d: session.data }),
    ...(isEmpty(device) ? {} : { dev: device }),
    ...(schemaVersion === 1 ? {} : { sv: schemaVersion }),
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** The session in an entry; undefined for an entry of another kind. Migrates facts of an earlier schema version. */
export function sessionOf<Claims, Data>(
  entry: Entry,
  facts: FactsOptions<Claims, Data>,
): Session<Claims, Data> | undefined {
  const state = JSON.parse(entry.state) as State
  if (state.t !== 's') return undefined
  const from = state.sv ?? 1
  const kept = { claims: (state.cl ?? {}) as Claims, data: (state.d ?? {}) as Data }
  const current = from < (facts.schemaVersion ?? 1) && facts.migrate ? facts.migrate(kept, from) : kept
  return {
    id: entry.id,
    ...(state.sub === undefined ? {} : { subject: state.sub }),
    ...(state.ten === undefined ? {} : { tenant: state.ten }),
    profile: state.p,
    remember: state.r === 1,
    createdAt: state.c,
    authenticatedAt: state.a ?? state.c,
    lastSeenAt: state.l,
    generation: state.g,
    issuedAt: state.i,
    uses: usesIn(state),
    ...(state.f === undefined ? {} : { issuedFor: state.f }),
    ...(state.fl === undefined ? {} : { floor: state.fl }),
    amr: state.amr ?? [],
    ...(state.acr === undefined ? {} : { acr: state.acr }),
    claims: current.claims,
    claimsVersion: state.cv ?? 1,
    data: current.data,
    device: state.dev ?? {},
    version: entry.version,
  }
}

function usesIn({ u = [], g, i }: State): readonly Use[] {
  const uses: Use[] = []
  for (let at = 0; at < u.length; at += 2) uses.push({ generation: g - u[at]!, at: i - u[at + 1]! })
  return uses
}
