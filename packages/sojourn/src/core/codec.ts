// How a session is written into the opaque `state` of an entry, and read back. A store holds millions of them, so names
// are short, what is usual is left out, and of the times (whole milliseconds) all but the first are differences. The id,
// the version and the owner are the entry's own.

import type { Jwk } from './algorithms.ts'
import type { Sealed } from './data-cipher.ts'
import type { FactsOptions } from './schema.ts'
import {
  idleExpiry,
  lifetimesOf,
  type Device,
  type DeviceKey,
  type Idp,
  type Profile,
  type Rotation,
  type Session,
  type Use,
} from './session.ts'
import type { Policy } from './policy.ts'
import type { Entry } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'

export interface State {
  /** The kind of an entry that is no session. */
  readonly t?: unknown
  readonly sub?: string
  readonly ten?: string
  /** Absent: `cookie`. */
  readonly p?: Profile
  readonly r?: 1
  readonly jkt?: string
  /** The algorithm of the device's key, the key, and since which generation. */
  readonly dk?: readonly ['ES256' | 'RS256', Jwk, number]
  /** When the session was created. */
  readonly c: Instant
  /** How long after that the person last proved who they are. */
  readonly a?: Milliseconds
  /** How long after that the person was last seen. */
  readonly l?: Milliseconds
  readonly g?: number
  /** How long after the person was last seen the newest generation was issued: 0 unless there is background traffic. */
  readonly i?: Milliseconds
  /** For each use how many generations ago, and how long before `i`, one after the other: small numbers. */
  readonly u?: readonly number[]
  readonly f?: string
  readonly fl?: Session['floor']
  readonly amr?: readonly string[]
  readonly acr?: string
  /** The proof has become doubtful. */
  readonly x?: 1
  readonly cl?: unknown
  readonly cv?: number
  readonly d?: unknown
  /** In the place of `d`: the data, encrypted. */
  readonly e?: Sealed
  readonly dev?: KeptDevice
  /** Where the latest refresh came from. */
  readonly from?: KeptSight
  /** Its place in a status list. */
  readonly st?: readonly [list: string, index: number]
  /** Issuer, `sid` and `sub` of an identity provider; empty where it gave none. */
  readonly op?: readonly [issuer: string, sid: string, subject: string]
  readonly sv?: number
}

interface KeptDevice {
  readonly l?: string
  readonly ua?: string
  readonly ip?: string
  readonly k?: string
}

interface KeptSight {
  readonly ua?: string
  readonly ip?: string
  /** The browser of the sign-in: people change networks far more often than browsers, and a header is long. */
  readonly s?: 1
}

/** The entry that keeps a session; with `sealed` it has that in the place of its data. */
export function entryOf(
  session: Session,
  owner: string,
  policy: Policy,
  schemaVersion: number,
  sealed?: Sealed,
): Entry {
  return {
    id: session.id,
    owner,
    version: session.version,
    expiresAt: keptUntil(session, policy),
    state: JSON.stringify(stateOf(session, schemaVersion, sealed)),
  }
}

// Stores index the time of expiry, and moving an index costs more than the rest of a refresh. So it moves in steps of
// a tenth of the idle time, never earlier than the session: the rules read the exact time from the state.
/** From when on the entry of a session may be forgotten. */
export function keptUntil(session: Session, policy: Policy): Instant {
  const step = Math.max(1, Math.floor(lifetimesOf(session, policy).idle / 10))
  return Math.ceil(idleExpiry(session, policy) / step) * step
}

function stateOf(session: Session, schemaVersion: number, sealed: Sealed | undefined): State {
  const { subject, tenant, remember, uses, issuedFor, floor, amr, acr, createdAt, lastSeenAt } = session
  const { authenticatedAt, generation, issuedAt } = session
  return {
    ...(subject === undefined ? {} : { sub: subject }),
    ...(tenant === undefined ? {} : { ten: tenant }),
    ...(session.profile === 'cookie' ? {} : { p: session.profile }),
    ...(remember ? { r: 1 as const } : {}),
    ...(session.jkt === undefined ? {} : { jkt: session.jkt }),
    ...(session.deviceKey ? { dk: keptKey(session.deviceKey) } : {}),
    c: createdAt,
    ...(authenticatedAt === createdAt ? {} : { a: authenticatedAt - createdAt }),
    ...(lastSeenAt === createdAt ? {} : { l: lastSeenAt - createdAt }),
    ...(generation === 0 ? {} : { g: generation }),
    ...(issuedAt === lastSeenAt ? {} : { i: issuedAt - lastSeenAt }),
    ...(uses.length === 0
      ? {}
      : { u: uses.flatMap((use) => [generation - use.generation, issuedAt - use.at]) }),
    ...(issuedFor === undefined ? {} : { f: issuedFor }),
    ...(floor === undefined ? {} : { fl: floor }),
    ...(amr.length === 0 ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
    ...(session.isDoubted ? { x: 1 as const } : {}),
    ...(isEmpty(session.claims) ? {} : { cl: session.claims }),
    ...(session.claimsVersion === 1 ? {} : { cv: session.claimsVersion }),
    ...(sealed ? { e: sealed } : isEmpty(session.data) ? {} : { d: session.data }),
    ...(isEmpty(session.device) ? {} : { dev: keptDevice(session.device) }),
    ...(session.lastSeenFrom === undefined ? {} : { from: keptSight(session.lastSeenFrom, session.device) }),
    ...(session.status === undefined ? {} : { st: [session.status.list, session.status.index] as const }),
    ...(session.idp === undefined ? {} : { op: keptIdp(session.idp) }),
    ...(schemaVersion === 1 ? {} : { sv: schemaVersion }),
  }
}

function keptKey({ algorithm, jwk, from }: DeviceKey): NonNullable<State['dk']> {
  return [algorithm, jwk, from]
}

function keptDevice({ label, userAgent, ip, kind }: Device): KeptDevice {
  return {
    ...(label === undefined ? {} : { l: label }),
    ...(userAgent === undefined ? {} : { ua: userAgent }),
    ...(ip === undefined ? {} : { ip }),
    ...(kind === undefined ? {} : { k: kind }),
  }
}

type Sight = NonNullable<Session['lastSeenFrom']>

function keptSight({ userAgent, ip }: Sight, device: Device): KeptSight {
  const isSame = userAgent !== undefined && userAgent === device.userAgent
  return {
    ...(isSame ? { s: 1 as const } : userAgent === undefined ? {} : { ua: userAgent }),
    ...(ip === undefined ? {} : { ip }),
  }
}

function sightIn({ ua, ip, s }: KeptSight, device: KeptDevice): Sight {
  const userAgent = s === 1 ? device.ua : ua
  return { ...(userAgent === undefined ? {} : { userAgent }), ...(ip === undefined ? {} : { ip }) }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** What an entry says of a session; undefined for an entry of another kind. Throws for one that is spoilt. */
export function stateIn(entry: Entry): State | undefined {
  const state = JSON.parse(entry.state) as State
  if (state.t !== undefined) return undefined
  // Somebody else's, or spoilt: a session without its beginning would never end.
  if (typeof state.c !== 'number') throw new TypeError('The entry holds no session')
  return state
}

/** Whether an entry that can be read is of something else than a session. */
export function isOfOtherKind(entry: Entry): boolean {
  try {
    return (JSON.parse(entry.state) as State).t !== undefined
  } catch {
    return false
  }
}

/** The version of the schema in which the facts were written. */
export function schemaVersionIn({ sv = 1 }: State): number {
  return sv
}

/** The session of an entry and its state, with this data. Migrates facts of an earlier schema version. */
export function sessionIn<Claims, Data>(
  entry: Entry,
  state: State,
  facts: FactsOptions<Claims, Data>,
  data: unknown = state.d ?? {},
): Session<Claims, Data> {
  const from = schemaVersionIn(state)
  const kept = { claims: (state.cl ?? {}) as Claims, data: data as Data }
  const current = from < (facts.schemaVersion ?? 1) && facts.migrate ? facts.migrate(kept, from) : kept
  const lastSeenAt = state.c + (state.l ?? 0)
  const rotation = { generation: state.g ?? 0, issuedAt: lastSeenAt + (state.i ?? 0) }
  return {
    id: entry.id,
    ...(state.sub === undefined ? {} : { subject: state.sub }),
    ...(state.ten === undefined ? {} : { tenant: state.ten }),
    profile: state.p ?? 'cookie',
    remember: state.r === 1,
    ...(state.jkt === undefined ? {} : { jkt: state.jkt }),
    ...(state.dk ? { deviceKey: { algorithm: state.dk[0], jwk: state.dk[1], from: state.dk[2] } } : {}),
    createdAt: state.c,
    authenticatedAt: state.c + (state.a ?? 0),
    lastSeenAt,
    ...rotation,
    uses: usesIn(state.u ?? [], rotation),
    ...(state.f === undefined ? {} : { issuedFor: state.f }),
    ...(state.fl === undefined ? {} : { floor: state.fl }),
    amr: state.amr ?? [],
    ...(state.acr === undefined ? {} : { acr: state.acr }),
    ...(state.x === undefined ? {} : { isDoubted: true as const }),
    claims: current.claims,
    claimsVersion: state.cv ?? 1,
    data: current.data,
    device: deviceIn(state.dev ?? {}),
    ...(state.from === undefined ? {} : { lastSeenFrom: sightIn(state.from, state.dev ?? {}) }),
    ...(state.st === undefined ? {} : { status: { list: state.st[0], index: state.st[1] } }),
    ...(state.op === undefined ? {} : { idp: idpIn(state.op) }),
    version: entry.version,
  }
}

/** The same with what the entry shows of it by itself: data that is encrypted stays so, and reads as empty. */
export function sessionOf<Claims, Data>(
  entry: Entry,
  facts: FactsOptions<Claims, Data>,
): Session<Claims, Data> | undefined {
  const state = stateIn(entry)
  return state && sessionIn(entry, state, facts)
}

function usesIn(
  u: readonly number[],
  { generation, issuedAt }: Pick<Rotation, 'generation' | 'issuedAt'>,
): Use[] {
  const uses: Use[] = []
  for (let at = 0; at < u.length; at += 2)
    uses.push({ generation: generation - u[at]!, at: issuedAt - u[at + 1]! })
  return uses
}

function deviceIn({ l, ua, ip, k }: KeptDevice): Device {
  return {
    ...(l === undefined ? {} : { label: l }),
    ...(ua === undefined ? {} : { userAgent: ua }),
    ...(ip === undefined ? {} : { ip }),
    ...(k === undefined ? {} : { kind: k }),
  }
}

function keptIdp({ issuer, sid = '', subject = '' }: Idp): NonNullable<State['op']> {
  return [issuer, sid, subject]
}

function idpIn([issuer, sid, subject]: NonNullable<State['op']>): Idp {
  return { issuer, ...(sid === '' ? {} : { sid }), ...(subject === '' ? {} : { subject }) }
}
