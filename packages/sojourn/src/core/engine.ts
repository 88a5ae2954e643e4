// What all verbs share: the settings, the keys, and the way from a session to its entry and back. An operation reads
// the clock once, at its top, and passes the instant on.

import { AccessCache } from './access-cache.ts'
import { accessOf, mintAccessToken, newTokenId, type Access, type AccessClaims } from './access-token.ts'
import { entryOf, sessionOf } from './codec.ts'
import { SojournError } from './errors.ts'
import { teller, type EndReason, type Listener } from './events.ts'
import type { Notice, Subscription } from './feed.ts'
import type { Settings } from './options.ts'
import { accessExpiry, expiry, idleExpiry, type Session } from './session.ts'
import { issueSessionToken, type SessionSecret } from './session-token.ts'
import { derivedSigningKeys, sharedSigningKeys, type SigningKeys } from './signing-keys.ts'
import type { Entry, Store } from './store.ts'
import { numericDate, type Instant } from './time.ts'
import { Verdicts } from './verdicts.ts'

/** A session with the owner of its entry. */
export interface Kept<Claims, Data> {
  readonly session: Session<Claims, Data>
  readonly owner: string
}

export interface Engine<Claims, Data> {
  readonly settings: Settings<Claims, Data>
  readonly store: Store
  readonly keys: SigningKeys
  readonly verdicts: Verdicts
  /** Tokens whose generation the store knows to be in use. */
  readonly authenticated: AccessCache
  /** Tokens of which only the signature was checked. */
  readonly verified: AccessCache
  readonly subscription: Subscription
  readonly tell: Listener
}

// An access token may have been minted just before the notice, by a node whose clock is a little ahead.
const verdictSlack = 60_000

export function startEngine<Claims, Data>(settings: Settings<Claims, Data>): Engine<Claims, Data> {
  const { policy, clock } = settings
  const tell = teller(settings.listeners)
  const store = guarded(settings.store)
  const longestAccess = Math.max(policy.cookie.access, policy.bearer.access, policy.remember.access)
  const verdicts = new Verdicts(longestAccess + verdictSlack)
  const authenticated = new AccessCache(settings.cacheSize)
  const verified = new AccessCache(settings.cacheSize)
  const forget = (): void => {
    authenticated.clear()
    verified.clear()
  }
  const keys = keysFor(settings, store, tell, forget)
  const heed = (notice: Notice): void => {
    if (notice.kind === 'keys') keys.invalidate()
    else verdicts.note(notice, clock())
  }
  // A node that has just started must know whose access tokens have lost their worth before it did.
  const subscription = settings.feed.follow(heed, clock() - longestAccess - verdictSlack)
  return { settings, store, keys, verdicts, authenticated, verified, subscription, tell }
}

function keysFor(
  settings: Settings<never, never> | Settings<unknown, unknown>,
  store: Store,
  tell: Listener,
  forget: () => void,
): SigningKeys {
  const { algorithm, issuer, environment, keys, schedule, random } = settings as Settings<unknown, unknown>
  if (algorithm === 'HS256') return derivedSigningKeys(keys)
  return sharedSigningKeys({ algorithm, issuer, environment, keys, store, schedule, random, tell, forget })
}

/** The store, with whatever it throws turned into `store_unavailable` and the cause kept. */
function guarded(store: Store): Store {
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (cause) {
      throw new SojournError('store_unavailable', { cause, retryAfter: 1 })
    }
  }
  return {
    insert: (entry) => guard(store.insert(entry)),
    find: (id) => guard(store.find(id)),
    replace: (entry) => guard(store.replace(entry)),
    remove: (id) => guard(store.remove(id)),
    list: (owner) => guard(store.list(owner)),
    removeAll: (owner, except) => guard(store.removeAll(owner, except)),
  }
}

// ---------------------------------------------------------------------------------------------- reading and writing

export async function findKept<Claims, Data>(
  engine: Engine<Claims, Data>,
  id: string,
): Promise<Kept<Claims, Data> | undefined> {
  const entry = await engine.store.find(id)
  return entry && keptIn(engine, entry)
}

export function keptIn<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
): Kept<Claims, Data> | undefined {
  try {
    const session = sessionOf(entry, engine.settings.facts)
    return session && { session, owner: entry.owner }
  } catch {
    // Its person signs in again; everybody else's requests go on.
    engine.tell({
      type: 'session.unreadable',
      level: 'critical',
      at: engine.settings.clock(),
      sessionId: entry.id,
    })
    return undefined
  }
}

export function entryFor<Claims, Data>(
  { settings }: Engine<Claims, Data>,
  { session, owner }: Kept<Claims, Data>,
): Entry {
  return entryOf(session, owner, settings.policy, settings.facts.schemaVersion ?? 1)
}

/** Puts the next state of a session in the place of the one it was made from. Undefined if that one is gone. */
export async function advanceKept<Claims, Data>(
  engine: Engine<Claims, Data>,
  kept: Kept<Claims, Data>,
  next: Session<Claims, Data>,
): Promise<Session<Claims, Data> | undefined> {
  const session = { ...next, version: kept.session.version + 1 }
  const done = await engine.store.replace(entryFor(engine, { session, owner: kept.owner }))
  return done ? session : undefined
}

/** The live sessions of a subject, in no particular order. */
export async function listLive<Claims, Data>(
  engine: Engine<Claims, Data>,
  owner: string,
  subject: string | undefined,
  now: Instant,
): Promise<readonly Session<Claims, Data>[]> {
  const entries = await engine.store.list(owner)
  return entries
    .map((entry) => keptIn(engine, entry)?.session)
    .filter((session) => session !== undefined)
    .filter((session) => session.subject === subject && !expiry(session, now, engine.settings.policy))
}

// ---------------------------------------------------------------------------------------------- credentials

/** Credentials, fresh from an operation. The tokens are getters, so that printing the value does not show them. */
export class Issued<Claims, Data> {
  readonly session: Session<Claims, Data>
  readonly outcome: 'created' | 'rotated' | 'replayed' | 'stepped_up'
  /** What the access token says. */
  readonly access: Access<Claims>
  /** When the session ends unless it is refreshed. */
  readonly expiresAt: Instant
  readonly #sessionToken: string
  readonly #accessToken: string

  constructor(of: {
    session: Session<Claims, Data>
    outcome: Issued<Claims, Data>['outcome']
    access: Access<Claims>
    expiresAt: Instant
    sessionToken: string
    accessToken: string
  }) {
    this.session = of.session
    this.outcome = of.outcome
    this.access = of.access
    this.expiresAt = of.expiresAt
    this.#sessionToken = of.sessionToken
    this.#accessToken = of.accessToken
  }

  /** The secret that the client keeps: the cookie of the cookie profile, the refresh token of the bearer profile. */
  get sessionToken(): string {
    return this.#sessionToken
  }

  /** The short JWT for requests (RFC 9068). */
  get accessToken(): string {
    return this.#accessToken
  }
}

/** The credentials of a session as it is now. */
export async function issue<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  secret: SessionSecret,
  outcome: Issued<Claims, Data>['outcome'],
  now: Instant,
): Promise<Issued<Claims, Data>> {
  const { settings, keys } = engine
  if (keys.isDue(now)) await keys.refresh(now)
  const claims = accessClaims(settings, session, now)
  return new Issued({
    session,
    outcome,
    access: accessOf(claims) as Access<Claims>,
    expiresAt: idleExpiry(session, settings.policy),
    sessionToken: issueSessionToken(secret, session.generation, settings.keys),
    accessToken: mintAccessToken(claims, keys.signer()),
  })
}

function accessClaims<Claims, Data>(
  { issuer, audience, clientId, policy, random }: Settings<Claims, Data>,
  session: Session<Claims, Data>,
  now: Instant,
): AccessClaims {
  const iat = numericDate(now)
  return {
    iss: issuer,
    sub: session.subject ?? session.id,
    aud: audience,
    client_id: clientId,
    iat,
    // Rounded down, so that no access token outlives its session, but never to nothing.
    exp: Math.max(iat + 1, numericDate(accessExpiry(session, now, policy))),
    jti: newTokenId(random),
    sid: session.id,
    gen: session.generation,
    ver: session.claimsVersion,
    auth_time: numericDate(session.authenticatedAt),
    ...(session.amr.length === 0 ? {} : { amr: session.amr }),
    ...(session.acr === undefined ? {} : { acr: session.acr }),
    ...session.claims,
  }
}

// ---------------------------------------------------------------------------------------------- telling

/** Whom an event is about. */
export function about(
  session: Session,
  at: Instant,
): { at: Instant; sessionId: string; subject?: string; tenant?: string } {
  return {
    at,
    sessionId: session.id,
    ...(session.subject === undefined ? {} : { subject: session.subject }),
    ...(session.tenant === undefined ? {} : { tenant: session.tenant }),
  }
}

export async function announce<Claims, Data>(
  engine: Engine<Claims, Data>,
  notices: readonly Notice[],
): Promise<void> {
  if (notices.length === 0) return
  // What we announce holds here at once, however long the feed takes to bring it back to us.
  for (const notice of notices) engine.verdicts.note(notice, notice.at)
  try {
    await engine.settings.feed.announce(notices)
  } catch (cause) {
    throw new SojournError('store_unavailable', { cause, retryAfter: 1 })
  }
}

/**
 * Ends one session: announce, remove, and only then return. A crash in between leaves the person signed out or the
 * caller unanswered, never signed in after an answer.
 */
export async function end<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  reason: EndReason,
  now: Instant,
): Promise<boolean> {
  await announce(engine, [{ kind: 'ended', sessionId: session.id, reason, at: now }])
  const removed = await engine.store.remove(session.id)
  if (removed) {
    const level = reason === 'reused' ? 'warning' : 'info'
    engine.tell({ type: 'session.ended', level, ...about(session, now), reason })
  }
  return removed
}
