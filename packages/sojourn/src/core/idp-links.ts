// From the session of an identity provider to ours. When it says that one of its sessions has ended it names that session
// (`sid`), or the person (`sub`), and never ours. So a session that came from a provider has a link under each of the two:
// an entry of the store whose owner is a digest of the provider and the name, and which tells the id of our session. All
// links of a name are one `list` away, in every store and without a scan, and they expire with the session.
//
// A provider may say so while the person is on the way here with its ID token. So it leaves a mark under the name for some
// minutes, before it looks for links; and a sign-in looks for the mark after its link and its session are in the store.
// Whichever comes first, one of the two sees the other.

import type { Engine } from './engine.ts'
import { SojournError } from './errors.ts'
import { absoluteExpiry, type Idp, type Session } from './session.ts'
import { ownerOf } from './session-token.ts'
import type { Entry, Store } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'

type AnyEngine = Pick<Engine<never, never>, 'store'> & {
  readonly settings: Pick<Engine<never, never>['settings'], 'issuer' | 'environment' | 'policy'>
}

/** One name by which a provider may end sessions. */
interface Name {
  readonly kind: 'sid' | 'sub'
  readonly owner: string
}

interface Link {
  readonly t: 'idp'
  readonly id: string
  /** Whether the provider has told its `sid` too. */
  readonly sid?: 1
}

interface Mark {
  readonly t: 'idp ended'
  readonly at: Instant
}

// Longer than it takes from an ID token to a session here.
const markedFor: Milliseconds = 600_000
const longestName = 255
const attempts = 8

/** Throws `request_malformed` unless it names an issuer, and a session or a person of it. */
export function checkIdp(idp: Idp): void {
  const isName = (value: unknown): boolean =>
    typeof value === 'string' && value !== '' && value.length <= longestName && !/\p{Surrogate}/u.test(value)
  const { issuer, sid, subject } = (idp ?? {}) as Partial<Idp>
  const isRight =
    isName(issuer) &&
    (sid !== undefined || subject !== undefined) &&
    [sid, subject].every((name) => name === undefined || isName(name))
  if (isRight) return
  throw new SojournError('request_malformed', {
    detail: `idp must have an issuer, and a sid or a subject: text of 1 to ${longestName} characters.`,
  })
}

// ---------------------------------------------------------------------------------------------- links

/** Keeps the links of a session for as long as it can live. Nothing where no provider signed it in. */
export async function keepLinks(engine: AnyEngine, session: Session): Promise<void> {
  for (const { kind, owner } of namesOf(engine, session.idp)) {
    const link: Link = { t: 'idp', id: session.id, ...(session.idp?.sid === undefined ? {} : { sid: 1 }) }
    await keep(engine.store, {
      id: linkId(owner, session.id),
      owner,
      expiresAt: absoluteExpiry(session, engine.settings.policy),
      state: JSON.stringify(kind === 'sub' ? link : { t: 'idp', id: session.id }),
    })
  }
}

/** Forgets the links of a session that is over. Never rejects: what is left of them leads nowhere, and expires. */
export async function forgetLinks(engine: AnyEngine, session: Session): Promise<void> {
  for (const { owner } of namesOf(engine, session.idp))
    await engine.store.remove(linkId(owner, session.id)).catch(() => false)
}

/** The ids of the sessions that this names: by `sid` where it has one, else all of the person. */
export async function linkedTo(engine: AnyEngine, idp: Idp): Promise<readonly string[]> {
  const ids = new Set<string>()
  for (const { kind, owner } of namesOf(engine, idp)) {
    for (const { state } of await engine.store.list(owner)) {
      const link = JSON.parse(state) as Link | Mark
      if (link.t !== 'idp') continue
      // Of the person's other sessions only those that may be the one, because their `sid` was never told.
      if (kind === 'sid' || idp.sid === undefined || link.sid === undefined) ids.add(link.id)
    }
  }
  return [...ids]
}

// ---------------------------------------------------------------------------------------------- marks

/** Notes that the provider has ended what this names. */
export async function markSignedOut(engine: AnyEngine, idp: Idp, now: Instant): Promise<void> {
  const [{ owner }] = namesOf(engine, idp) as [Name]
  const state = JSON.stringify({ t: 'idp ended', at: now } satisfies Mark)
  await keep(engine.store, { id: markId(owner), owner, expiresAt: now + markedFor, state })
}

/** Whether the provider has ended, lately, the session that this one comes from, or all of its person until now. */
export async function wasSignedOut(engine: AnyEngine, session: Session): Promise<boolean> {
  for (const { kind, owner } of namesOf(engine, session.idp)) {
    const entry = await engine.store.find(markId(owner))
    if (!entry) continue
    const { at } = JSON.parse(entry.state) as Mark
    // A session of the provider ends once; a person may sign in again.
    if (session.createdAt < at + markedFor && (kind === 'sid' || session.createdAt <= at)) return true
  }
  return false
}

// ---------------------------------------------------------------------------------------------- names and entries

// The `sid` first: it says more.
function namesOf({ settings }: AnyEngine, idp: Idp | undefined): readonly Name[] {
  if (!idp) return []
  const { issuer, environment } = settings
  const realm = `idp ${environment} ${issuer}`
  const name = (kind: Name['kind'], value: string | undefined): readonly Name[] =>
    value === undefined
      ? []
      : [{ kind, owner: ownerOf(realm, `${idp.issuer.length}:${idp.issuer}${kind} ${value}`) }]
  return [...name('sid', idp.sid), ...name('sub', idp.subject)]
}

// The latter part of a session id is a digest of its secret, so it is nobody else's.
function linkId(owner: string, sessionId: string): string {
  return owner.slice(0, 8) + sessionId.slice(8)
}

// No session has an id that ends like this.
function markId(owner: string): string {
  return `${owner}________`
}

async function keep(store: Store, entry: Omit<Entry, 'version'>): Promise<void> {
  if (await store.insert({ ...entry, version: 1 })) return
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await store.find(entry.id)
    const version = (kept?.version ?? 0) + 1
    if (await (kept ? store.replace({ ...entry, version }) : store.insert({ ...entry, version }))) return
  }
  throw new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of one entry.',
    retryAfter: 1,
  })
}
