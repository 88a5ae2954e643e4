// The rules of a session. Read this file first: everything else in Sojourn carries these rules somewhere.
//
// A session is an immutable value: the server's record of one sign-in on one device. The client holds a session
// token, whose generation grows by one with every rotation. All generations of a session share one secret, so the
// newest token can be handed out again to a client that asks twice: two tabs that refresh together, or an answer
// that got lost, are answered with the same token and harm nobody. A token that is further behind than any honest
// client can be has been copied, and the session ends.
//
// Whether an honest client can be that far behind depends on what we have seen. One sentence decides it: a generation is
// good until the overlap window has passed since something newer was first used. While nothing newer was seen in use,
// its successor is *pending*: the client may never have received it.
//
// These functions see a session, what was presented, the time and the policy, and return a decision. They read no
// clock, draw no randomness and know no store. `npm run model` explores every interleaving of a browser, a slow
// network, a fail-over and a thief against exactly these functions.

import type { Lifetimes, Policy } from './policy.ts'
import type { Instant, Milliseconds } from './time.ts'

/** How a client carries its credentials: in cookies, or in an Authorization header and a JSON body. */
export type Profile = 'cookie' | 'bearer'

/** What is known of the device, for the person's own device list. Never used to decide. */
export interface Device {
  /** A name to show, such as "Firefox on Linux". */
  readonly label?: string
  readonly userAgent?: string
  readonly ip?: string
  /** A class for limits, such as "phone" or "desktop". */
  readonly kind?: string
}

/** What the lifetime of a session depends on. */
export interface Lifespan {
  readonly profile: Profile
  readonly remember: boolean
  /** When the person last proved who they are (`auth_time`): at sign-in, and at a step-up. */
  readonly authenticatedAt: Instant
  /** When the person was last seen; background traffic does not count. */
  readonly lastSeenAt: Instant
}

/** The first time that a client was seen using a generation: by a refresh with it, or by an access token minted at it. */
export interface Use {
  readonly generation: number
  readonly at: Instant
}

/** How far the session token of a session has been rotated, and what the client was seen using. */
export interface Rotation {
  /** The newest generation that was issued. The first is 0. */
  readonly generation: number
  /** When it was issued. */
  readonly issuedAt: Instant
  /** The latest generations that were seen in use, at most three, oldest first. */
  readonly uses: readonly Use[]
  /** A digest of the Idempotency-Key for which the newest generation was issued. */
  readonly issuedFor?: string
  /** Set by a step-up: no generation below it is exchanged for the better credentials. */
  readonly floor?: Floor
}

/** Under which no earlier generation is exchanged, and what to go back to if the step-up was never received. */
export interface Floor {
  readonly generation: number
  readonly raisedAt: Instant
  readonly before: Proof
}

/** How, and how well, a person has proved who they are. */
export interface Proof {
  /** When they did (`auth_time`). */
  readonly authenticatedAt: Instant
  /** How: RFC 8176 authentication methods. */
  readonly amr: readonly string[]
  /** What the proof is worth: the authentication context class. */
  readonly acr?: string
  /** A risk note has made it doubtful who is there: until a step-up the proof is not fresh, however recent it is. */
  readonly isDoubted?: true
}

/** What its credentials are worth nothing without. */
export interface Binding {
  /** The thumbprint of the client's key (RFC 7638, RFC 9449 §6.1); absent where whoever has the token may use it. */
  readonly jkt?: string
  /** Where a browser has the key (DBSC): what its proofs are checked with. */
  readonly deviceKey?: DeviceKey
}

/** The key of a device, as a browser has registered it. */
export interface DeviceKey {
  readonly algorithm: 'ES256' | 'RS256'
  readonly jwk: Readonly<Record<string, unknown>>
  /** The generation that was handed out with the registration: whoever uses it knows of the binding. */
  readonly from: number
}

/** Which identity provider signed the person in, and what it calls its own session and the person (OpenID Connect Core §2). */
export interface Idp {
  /** `iss` of its ID token. */
  readonly issuer: string
  /** `sid` of its ID token: its own session, which it names when that ends (Back-Channel Logout 1.0 §2.4). */
  readonly sid?: string
  /** `sub` of its ID token, which need not be the application's name for the person. */
  readonly subject?: string
}

/** The server's record of one sign-in on one device. */
export interface Session<Claims = unknown, Data = unknown> extends Lifespan, Rotation, Proof, Binding {
  /** The public name: safe in logs, URLs, the `sid` claim and device lists. */
  readonly id: string
  /** The user or service it belongs to; absent for an anonymous session. */
  readonly subject?: string
  readonly tenant?: string
  readonly createdAt: Instant
  /** Small facts that travel in access tokens. */
  readonly claims: Claims
  /** Counts the changes of `claims`; an access token with a lower one is stale. */
  readonly claimsVersion: number
  /** JSON that never leaves the server. */
  readonly data: Data
  readonly device: Device
  /** Where the latest refresh came from, if not from `device`: what the next one is compared with. */
  readonly lastSeenFrom?: Pick<Device, 'userAgent' | 'ip'>
  /** Its place in a status list; absent where there are none. */
  readonly status?: { readonly list: string; readonly index: number }
  /** Absent where the application itself has checked who it is. */
  readonly idp?: Idp
  /** Counts all changes; the store replaces a session only from the version before. */
  readonly version: number
}

// ---------------------------------------------------------------------------------------------- lifetime

/** The lifetimes that hold for a session: `remember` has its own, otherwise they follow the profile. */
export function lifetimesOf(session: Pick<Lifespan, 'profile' | 'remember'>, policy: Policy): Lifetimes {
  return session.remember ? policy.remember : policy[session.profile]
}

/** When the session ends if the person is not seen again. */
export function idleExpiry(session: Lifespan, policy: Policy): Instant {
  return Math.min(session.lastSeenAt + lifetimesOf(session, policy).idle, absoluteExpiry(session, policy))
}

/**
 * When the session ends whatever the person does, unless they prove anew who they are: activity moves the idle timer
 * only, a new proof moves both (NIST SP 800-63B-4 §5.2). Rotation moves neither.
 */
export function absoluteExpiry(session: Lifespan, policy: Policy): Instant {
  return session.authenticatedAt + lifetimesOf(session, policy).absolute
}

/** Why the session is over at this instant; undefined while it lives. The instant of expiry is already over. */
export function expiry(session: Lifespan, now: Instant, policy: Policy): 'idle' | 'absolute' | undefined {
  if (now >= absoluteExpiry(session, policy)) return 'absolute'
  return now >= idleExpiry(session, policy) ? 'idle' : undefined
}

/** When an access token minted now runs out: after its own lifetime, and never after the session. */
export function accessExpiry(session: Lifespan, now: Instant, policy: Policy): Instant {
  return Math.min(now + lifetimesOf(session, policy).access, idleExpiry(session, policy))
}

// ---------------------------------------------------------------------------------------------- rotation

/** What a client presents when it refreshes. */
export interface Presented {
  readonly generation: number
  /** A digest of its Idempotency-Key, if it sent one. */
  readonly idempotencyKey?: string
  /** Polling: the person is not there, so the idle time runs on. */
  readonly background?: boolean
  /** When the person was last seen with the access token that is exchanged, if somebody noticed. */
  readonly seenAt?: Instant
  /** The thumbprint of the key that the client has proved to have. */
  readonly jkt?: string
}

/** The decision about a presented session token. Only `rotated` and `replayed` hand out credentials. */
export type Presentation<S> =
  /** A new generation. */
  | { readonly kind: 'rotated'; readonly session: S }
  /** The newest generation once more; `session` is what to keep of it, where that is something new. */
  | { readonly kind: 'replayed'; readonly session?: S }
  /** Bound to a key that was not shown: nothing happens, whoever it is. */
  | { readonly kind: 'unproven' }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'expired'; readonly cause: 'idle' | 'absolute' }
  | { readonly kind: 'reused' }

/** What the rules of rotation look at. */
export type Rotating = Lifespan & Rotation & Proof & Binding

// Enough to tell for every generation that can still be good when something newer was first used.
const rememberedUses = 3

/** Decides about a session token whose mac has been checked. The order of the questions matters. */
export function present<S extends Rotating>(
  session: S,
  presented: Presented,
  now: Instant,
  policy: Policy,
): Presentation<S> {
  // First, so that a copy of the token neither learns nor ends anything.
  if (session.jkt !== undefined && session.jkt !== presented.jkt) {
    return isBindingLost(session, presented.generation)
      ? presentUnbound(session, presented, now, policy)
      : { kind: 'unproven' }
  }
  const cause = expiry(session, now, policy)
  if (cause) return { kind: 'expired', cause }

  const { generation } = presented
  const { floor, uses } = session
  const within = (since: Instant): boolean => now - since < policy.overlap
  // Older than all that we remember: something newer was used, longer ago than we can tell.
  if (uses.length === rememberedUses && generation < uses[0]!.generation) return { kind: 'reused' }
  const newer = uses.find((use) => use.generation > generation)
  if (newer && !within(newer.at)) return { kind: 'reused' }
  if (floor && generation < floor.generation) {
    // The answer to the step-up may still be on its way.
    if (newer || within(floor.raisedAt)) return { kind: 'superseded' }
    // It was lost. The person goes on as before it, never with what they did not receive.
    const before = lifted(session)
    const over = expiry(before, now, policy)
    if (over) return { kind: 'expired', cause: over }
    return { kind: 'replayed', session: issued(used(before, generation, now), presented, now) }
  }
  // The newest; or one that is ahead of the store, which has lost a rotation in a fail-over: the mac proves that we
  // issued it.
  if (generation >= session.generation) return { kind: 'rotated', session: rotated(session, presented, now) }
  if (!newer && !isPatient(session, presented, within)) return { kind: 'reused' }
  return replayed(session, presented, now, policy)
}

// The answer to the registration never arrived: its generation was not seen in use, and here is one from before. The person
// goes on without the binding, as their browser does.
function isBindingLost({ deviceKey, uses }: Rotating, generation: number): boolean {
  if (!deviceKey || generation >= deviceKey.from) return false
  return !uses.some((use) => use.generation >= deviceKey.from)
}

function presentUnbound<S extends Rotating>(
  session: S,
  presented: Presented,
  now: Instant,
  policy: Policy,
): Presentation<S> {
  const { jkt: _, deviceKey: __, ...rest } = session
  const unbound = rest as unknown as S
  const decision = present(unbound, presented, now, policy)
  return decision.kind === 'replayed' && !decision.session ? { ...decision, session: unbound } : decision
}

/**
 * The session after its browser has registered a key: same id, and a new generation, by whose use it shows that it has
 * received the answer. `generation` is the one that was presented; `present` has accepted it.
 */
export function deviceBound<S extends Rotating>(
  session: S,
  generation: number,
  { jkt, ...key }: Omit<DeviceKey, 'from'> & { readonly jkt: string },
  now: Instant,
): S {
  const next = Math.max(generation, session.generation) + 1
  const base = issued(used(session, generation, now), { generation }, now)
  return { ...base, generation: next, jkt, deviceKey: { ...key, from: next } }
}

// With cookies every use of the successor reaches us, so a pending one has not been received: patience costs nothing.
// A bearer token may be in use at a resource server that we never hear of, so patience has to end.
function isPatient(session: Rotating, presented: Presented, within: (since: Instant) => boolean): boolean {
  if (session.profile === 'cookie' || within(session.issuedAt)) return true
  return session.issuedFor !== undefined && session.issuedFor === presented.idempotencyKey
}

// Whose answers are lost is not away: being handed the same token again counts as being seen, where that is worth writing
// down. Thirty requests that race are not.
function replayed<S extends Rotating>(
  session: S,
  presented: Presented,
  now: Instant,
  policy: Policy,
): Presentation<S> {
  const noted = used(session, presented.generation, now)
  const lastSeenAt = presenceAt(session, presented, now)
  const isSeen = lastSeenAt - session.lastSeenAt >= lifetimesOf(session, policy).idle / 10
  if (noted === session && !isSeen) return { kind: 'replayed' }
  return { kind: 'replayed', session: { ...noted, lastSeenAt } }
}

// When the person was last there, now that this was presented.
function presenceAt(session: Lifespan, { background, seenAt = 0 }: Presented, now: Instant): Instant {
  return Math.max(session.lastSeenAt, background ? seenAt : now)
}

function rotated<S extends Rotating>(session: S, presented: Presented, now: Instant): S {
  const next = issued(used(session, presented.generation, now), presented, now)
  return { ...next, generation: presented.generation + 1 }
}

// The session with a newest generation that was issued now.
function issued<S extends Rotating>(session: S, presented: Presented, now: Instant): S {
  const { issuedFor: _, ...rest } = session
  const { idempotencyKey } = presented
  return {
    ...rest,
    issuedAt: now,
    ...(idempotencyKey === undefined ? {} : { issuedFor: idempotencyKey }),
    lastSeenAt: presenceAt(session, presented, now),
  } as unknown as S
}

/** Notes the first use of a generation; the same value if it, or something newer, was seen in use before. */
function used<S extends Rotation>(session: S, generation: number, now: Instant): S {
  const last = session.uses.at(-1)
  if (last && last.generation >= generation) return session
  return { ...session, uses: [...session.uses, { generation, at: now }].slice(-rememberedUses) }
}

/** Whether the newest generation was not yet seen in use: the client may not have received it. */
export function isPending(session: Rotation): boolean {
  return (session.uses.at(-1)?.generation ?? -1) < session.generation
}

/**
 * Notes that the client was seen with an access token of this generation, and its person, unless they were `background`
 * traffic. Undefined when there is nothing worth writing down: the time of being seen moves in steps of a tenth of the
 * idle time.
 */
export function seen<S extends Lifespan & Rotation>(
  session: S,
  { generation, background = false }: Presented,
  now: Instant,
  policy: Policy,
): S | undefined {
  const noted = generation <= session.generation ? used(session, generation, now) : session
  const step = lifetimesOf(session, policy).idle / 10
  const isSeen = !background && now - session.lastSeenAt >= step
  if (noted === session && !isSeen) return undefined
  return { ...noted, lastSeenAt: background ? session.lastSeenAt : Math.max(now, session.lastSeenAt) }
}

/**
 * The session after its person has proved more: same id, new generation, and a floor under the ones before.
 * `generation` is the one that was presented with the proof; `present` has accepted it.
 */
export function steppedUp<S extends Rotating>(
  session: S,
  generation: number,
  proof: Omit<Proof, 'authenticatedAt'>,
  now: Instant,
): S {
  const base = session.floor && generation < session.floor.generation ? lifted(session) : session
  const { isDoubted, ...trusted } = base
  const { authenticatedAt, amr, acr } = base
  const next = Math.max(generation, session.generation) + 1
  return {
    ...issued(used(trusted as unknown as S, generation, now), { generation }, now),
    generation: next,
    amr: [...new Set([...amr, ...proof.amr])],
    ...(proof.acr === undefined ? {} : { acr: proof.acr }),
    authenticatedAt: now,
    floor: {
      generation: next,
      raisedAt: now,
      before: {
        authenticatedAt,
        amr,
        ...(acr === undefined ? {} : { acr }),
        ...(isDoubted ? { isDoubted } : {}),
      },
    },
  }
}

// The session as it was proved before its step-up.
function lifted<S extends Rotating>(session: S): S {
  const { floor, acr: _, isDoubted: __, ...rest } = session
  return { ...rest, ...floor?.before } as unknown as S
}

// ---------------------------------------------------------------------------------------------- freshness and limits

/** Since when a proof counts where freshness is asked for: one that has become doubtful, never. */
export function provedAt({ authenticatedAt, isDoubted }: Proof): Instant {
  return isDoubted ? 0 : authenticatedAt
}

/** Whether the person has proved who they are within the last `span`. */
export function isFresh(authenticatedAt: Instant, now: Instant, span: Milliseconds): boolean {
  return now - authenticatedAt < span
}

/**
 * The sessions of a subject beyond the limit. `evict` ends the oldest, `refuse` the newest. Sessions of other device
 * kinds do not count when the limit is per kind. The order is total, so that all nodes agree whom it hits.
 */
export function surplus<S extends Pick<Session, 'id' | 'createdAt' | 'device'>>(
  sessions: readonly S[],
  kind: string | undefined,
  limit: Policy['limit'],
): readonly S[] {
  if (!limit) return []
  const counted = limit.perKind ? sessions.filter((session) => session.device.kind === kind) : sessions
  const oldestFirst = [...counted].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  const over = Math.max(0, oldestFirst.length - limit.count)
  return limit.onLimit === 'evict' ? oldestFirst.slice(0, over) : oldestFirst.slice(limit.count)
}
