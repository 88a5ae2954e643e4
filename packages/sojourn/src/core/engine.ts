// What all verbs share: the settings, the keys, and the way from a session to its entry and back. An operation reads
// the clock once, at its top, and passes the instant on.

import { AccessCache } from './access-cache.ts'
import { entryOf, keptUntil, schemaVersionIn, sessionIn, sessionOf, stateIn, type State } from './codec.ts'
import { DataKeys, lockedError, type Opened } from './data-keys.ts'
import { SojournError } from './errors.ts'
import { teller, type Actor, type EndReason, type Listener, type UnreadableReason } from './events.ts'
import type { Notice, Subscription } from './feed.ts'
import { forgetLinks } from './idp-links.ts'
import { LiveSessions } from './live.ts'
import type { Settings } from './options.ts'
import { expiry, type Session } from './session.ts'
import { derivedSigningKeys, sharedSigningKeys, type SigningKeys } from './signing-keys.ts'
import { StatusLists } from './status-lists.ts'
import { ProofKeys } from './proof-keys.ts'
import { guarded, orUnavailable } from './store-guard.ts'
import type { Entry, Store } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'
import { Verdicts } from './verdicts.ts'

/** A session with the owner of its entry. */
export interface Kept<Claims, Data> {
  readonly session: Session<Claims, Data>
  readonly owner: string
  /** The key under which its data was encrypted; absent where it was not. */
  readonly dataKey?: string
}

export interface Engine<Claims, Data> {
  readonly settings: Settings<Claims, Data>
  readonly store: Store
  readonly keys: SigningKeys
  /** Undefined where data is not encrypted. */
  readonly dataKeys: DataKeys | undefined
  readonly verdicts: Verdicts
  /** Undefined where there are none. */
  readonly statusLists: StatusLists | undefined
  /** The caches of this moment. Whoever verifies takes them first: what is forgotten meanwhile is not brought back. */
  readonly caches: () => Caches
  readonly subscription: Subscription
  /** The sessions on which something open stands at this node. */
  readonly live: LiveSessions<Claims, Data>
  /** Keys of clients that were proved here before. */
  readonly proofKeys: ProofKeys
  readonly tell: Listener
  /** Tells that the feed is interrupted, as often as is useful to somebody. */
  readonly tellStale: (now: Instant) => void
}

/** What this node has verified before. */
interface Caches {
  /** Tokens whose generation the store knows to be in use. */
  readonly authenticated: AccessCache
  /** Tokens of which only the signature was checked. */
  readonly verified: AccessCache
}

// An access token may have been minted just before the notice, by a node whose clock is a little ahead.
const verdictSlack = 60_000

export function startEngine<Claims, Data>(settings: Settings<Claims, Data>): Engine<Claims, Data> {
  const { policy, clock, cacheSize } = settings
  const tell = teller(settings.listeners)
  const store = guarded(settings.store)
  const longestAccess = Math.max(policy.cookie.access, policy.bearer.access, policy.remember.access)
  const verdicts = new Verdicts(longestAccess + verdictSlack)
  const emptyCaches = (): Caches => ({
    authenticated: new AccessCache(cacheSize),
    verified: new AccessCache(cacheSize),
  })
  let caches = emptyCaches()
  const forget = (): void => {
    caches = emptyCaches()
  }
  const keys = keysFor(settings, store, tell, forget)
  const heed = (notice: Notice): void => {
    if (notice.kind === 'keys') keys.invalidate()
    else verdicts.note(notice, clock())
    // A drop of keys is told by their id.
    if (notice.kind === 'ended') dataKeys?.forget(notice.sessionId)
    live.heed(notice)
  }
  const live = new LiveSessions<Claims, Data>({
    settings,
    find: async (id) => (await findKept(engine, id))?.session,
    verdict: (id, claimsVersion) => verdicts.on(id, claimsVersion),
    isFeedFresh: (now) => isFeedFresh(engine, now),
  })
  const dataKeys = dataKeysFor(settings, (now) => isFeedFresh(engine, now))
  // A node that has just started must know whose access tokens have lost their worth before it did.
  const subscription = settings.feed.follow(heed, clock() - longestAccess - verdictSlack)
  const tellStale = staleTeller(settings, subscription, tell)
  const engine: Engine<Claims, Data> = {
    settings,
    store,
    keys,
    dataKeys,
    verdicts,
    statusLists: statusListsFor(settings, store, keys, longestAccess + verdictSlack),
    caches: () => caches,
    subscription,
    live,
    proofKeys: new ProofKeys(),
    tell,
    tellStale,
  }
  return engine
}

/** Whether what the feed has told of ended sessions can be relied on at this instant. */
export function isFeedFresh<Claims, Data>(
  { subscription, settings }: Engine<Claims, Data>,
  now: Instant,
): boolean {
  return now - subscription.upToDateAt(now) <= settings.feedPatience
}

function statusListsFor(
  settings: Settings<never, never> | Settings<unknown, unknown>,
  store: Store,
  keys: SigningKeys,
  keepFor: Milliseconds,
): StatusLists | undefined {
  const { statusList, issuer, environment, random, schedule } = settings as Settings<unknown, unknown>
  if (!statusList) return undefined
  // Its key is published for as long as it is good.
  const goodFor = Math.max(statusList.ttl, Math.min(statusList.ttl * 5, schedule.retireAfter))
  return new StatusLists({ ...statusList, goodFor, keepFor, keys, store, issuer, environment, random })
}

function dataKeysFor(
  settings: Settings<never, never> | Settings<unknown, unknown>,
  isFresh: (now: Instant) => boolean,
): DataKeys | undefined {
  const { encryption, issuer, environment, policy, cacheSize, random } = settings as Settings<
    unknown,
    unknown
  >
  if (!encryption) return undefined
  const longestLife = Math.max(policy.cookie.absolute, policy.bearer.absolute, policy.remember.absolute)
  const isFeedFresh = isFresh
  return new DataKeys({ ...encryption, issuer, environment, longestLife, cacheSize, random, isFeedFresh })
}

/** The session with a place in a status list, if there are any and it has none. */
export async function withPlace<Claims, Data>(
  { statusLists }: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  now: Instant,
): Promise<Session<Claims, Data>> {
  return statusLists && !session.status ? { ...session, status: await statusLists.newPlace(now) } : session
}

function staleTeller(
  { feedPatience }: Settings<never, never> | Settings<unknown, unknown>,
  subscription: Subscription,
  tell: Listener,
): (now: Instant) => void {
  let toldAt = -Infinity
  return (now) => {
    if (now - toldAt < feedPatience) return
    toldAt = now
    tell({ type: 'feed.stale', level: 'warning', at: now, behind: now - subscription.upToDateAt(now) })
  }
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

// ---------------------------------------------------------------------------------------------- reading and writing

/**
 * The session of that id. One whose data cannot be read is none: that is told, and its person signs in again. But where
 * only the secret for it is missing here, that is nobody's end: rejects with `data_locked`.
 */
export async function findKept<Claims, Data>(
  engine: Engine<Claims, Data>,
  id: string,
): Promise<Kept<Claims, Data> | undefined> {
  const entry = await engine.store.find(id)
  const read = entry && (await readEntry(engine, entry))
  if (read === 'locked') throw lockedError()
  return typeof read === 'string' ? undefined : read
}

/** The session in an entry; undefined for an entry of another kind, and for one that cannot be read, which is told. */
export async function keptIn<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
): Promise<Kept<Claims, Data> | undefined> {
  const read = await readEntry(engine, entry)
  return typeof read === 'string' ? undefined : read
}

/** The same without its data, for those who end or count sessions: whether that can be read is not asked. */
export function bareIn<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
): Kept<unknown, unknown> | undefined {
  try {
    const session = sessionOf<unknown, unknown>(entry, {})
    return session && { session, owner: entry.owner }
  } catch {
    return tellUnreadable(engine, entry, 'spoilt')
  }
}

export async function findBare<Claims, Data>(
  engine: Engine<Claims, Data>,
  id: string,
): Promise<Kept<unknown, unknown> | undefined> {
  const entry = await engine.store.find(id)
  return entry && bareIn(engine, entry)
}

async function readEntry<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
): Promise<Kept<Claims, Data> | UnreadableReason | undefined> {
  const { owner } = entry
  try {
    const state = stateIn(entry)
    if (!state) return undefined
    const opened = await openData(engine, entry, state)
    if (opened.kind !== 'plain' && opened.kind !== 'opened') {
      tellUnreadable(engine, entry, opened.kind)
      return opened.kind
    }
    const session = sessionIn(entry, state, engine.settings.facts, opened.data)
    return { session, owner, ...(opened.kind === 'plain' ? {} : { dataKey: opened.key }) }
  } catch (error) {
    // The store, or the keys in it, cannot be asked now: that says nothing of the session.
    if (error instanceof SojournError) throw error
    // Its person signs in again; everybody else's requests go on.
    tellUnreadable(engine, entry, 'spoilt')
    return 'spoilt'
  }
}

type Outcome = Opened | { readonly kind: 'plain'; readonly data: unknown } | { readonly kind: 'unencrypted' }

async function openData<Claims, D>(
  { dataKeys, settings }: Engine<Claims, D>,
  { id, owner, version }: Entry,
  state: State,
): Promise<Outcome> {
  if (state.e === undefined)
    return settings.encryption?.plain === 'refuse'
      ? { kind: 'unencrypted' }
      : { kind: 'plain', data: state.d ?? {} }
  if (!dataKeys) return { kind: 'locked' }
  const schemaVersion = schemaVersionIn(state)
  return dataKeys.open(state.e, { owner, sessionId: id, version, schemaVersion }, settings.clock())
}

function tellUnreadable<Claims, D>(
  { settings, verdicts, tell }: Engine<Claims, D>,
  { id }: Entry,
  reason: UnreadableReason,
): undefined {
  const at = settings.clock()
  const level = reason === 'erased' ? 'warning' : 'critical'
  // Whoever comes with its token is told why.
  if (reason === 'erased') verdicts.note({ kind: 'ended', sessionId: id, reason, at }, at)
  tell({ type: 'session.unreadable', level, at, sessionId: id, reason })
}

/** The entry of a session; undefined where the key of its data has been dropped since it was read. */
export async function entryFor<Claims, D>(
  { settings, dataKeys }: Engine<Claims, D>,
  { session, owner, dataKey }: Kept<Claims, D>,
): Promise<Entry | undefined> {
  const { policy, facts } = settings
  const { schemaVersion = 1 } = facts
  if (!dataKeys) return entryOf(session, owner, policy, schemaVersion)
  const { id: sessionId, subject, version, data } = session
  const of = { subject, owner, sessionId, version, schemaVersion }
  const until = keptUntil(session, policy)
  const sealed = await dataKeys.seal(data, of, { from: dataKey, until, now: settings.clock() })
  return sealed && entryOf(session, owner, policy, schemaVersion, sealed)
}

/**
 * Puts the next state of a session in the place of the one it was made from. Undefined if that one is gone, or its data
 * erased.
 */
export async function advanceKept<Claims, D>(
  engine: Engine<Claims, D>,
  kept: Kept<Claims, D>,
  next: Session<Claims, D>,
): Promise<Session<Claims, D> | undefined> {
  const session = { ...next, version: kept.session.version + 1 }
  const entry = await entryFor(engine, { ...kept, session })
  return entry && (await engine.store.replace(entry)) ? session : undefined
}

/** The live sessions of a subject without their data, in no particular order. */
export async function listLive<Claims, D>(
  engine: Engine<Claims, D>,
  owner: string,
  subject: string | undefined,
  now: Instant,
): Promise<readonly Session[]> {
  const entries = await engine.store.list(owner)
  return entries
    .map((entry) => bareIn(engine, entry)?.session)
    .filter((session) => session !== undefined)
    .filter((session) => session.subject === subject && !expiry(session, now, engine.settings.policy))
}

/** The sessions in entries, those that can be read. */
export async function sessionsIn<Claims, D>(
  engine: Engine<Claims, D>,
  entries: readonly Entry[],
): Promise<readonly Session<Claims, D>[]> {
  const kept = await Promise.all(entries.map((entry) => keptIn(engine, entry)))
  return kept.filter((one) => one !== undefined).map(({ session }) => session)
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
  for (const notice of notices) {
    engine.verdicts.note(notice, notice.at)
    engine.live.heed(notice)
  }
  await orUnavailable(() => engine.settings.feed.announce(notices))
}

/**
 * Ends one session: announce, remove, and only then return. A crash in between leaves the person signed out or the
 * caller unanswered, never signed in after an answer.
 */
export async function end<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session,
  reason: EndReason,
  now: Instant,
  actor?: Actor,
): Promise<boolean> {
  await announce(engine, [{ kind: 'ended', sessionId: session.id, reason, at: now }])
  await engine.statusLists?.invalidate(session, now)
  const removed = await engine.store.remove(session.id)
  await forgetLinks(engine, session)
  if (removed) {
    const level = reason === 'reused' || reason === 'risk' ? 'warning' : 'info'
    engine.tell({ type: 'session.ended', level, ...about(session, now), reason, ...by(actor) })
  }
  return removed
}

/** Who did it, as members of an event. */
export function by(actor: Actor | undefined): { readonly actor?: Actor } {
  return actor === undefined ? {} : { actor }
}
