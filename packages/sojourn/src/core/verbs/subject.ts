// Everything that the store keeps about one subject, to hand it out or to forget it. Sessions have an owner, so they are one
// `list` away. What else leads to a session of theirs (the link of an identity provider, the pointer of a former session id)
// is found by reading the store from one end to the other, by the characters with which all their session ids begin.
//
// Left alone is what has no name in it and is needed for some minutes yet: that a place in a status list is over, that a
// proof or a token was used, and the notices of the feed. They are what makes the sign-out hold.

import type { DataKeyFacts } from '../data-keys.ts'
import { keptIn, type Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import type { Actor } from '../events.ts'
import { pointerIn } from '../former.ts'
import type { Session } from '../session.ts'
import { ownerOf } from '../session-token.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable, type Browsable, type Entry } from '../store.ts'
import type { Instant } from '../time.ts'
import { dropDataKey } from './data-keys.ts'

/** One thing that the store keeps about a subject. */
export type KeptOfSubject<Claims, Data> =
  | { readonly kind: 'session'; readonly session: Session<Claims, Data>; readonly keptUntil: Instant }
  /** A session that cannot be read any more. */
  | { readonly kind: 'unreadable'; readonly sessionId: string; readonly keptUntil: Instant }
  /** From the session of an identity provider to theirs. */
  | { readonly kind: 'provider_link'; readonly sessionId: string; readonly keptUntil: Instant }
  /** From a session id of another session layer to theirs. */
  | { readonly kind: 'former_id'; readonly sessionId: string; readonly keptUntil: Instant }
  /** That there is a key under which their data is encrypted; never the key. */
  | ({ readonly kind: 'data_key' } & DataKeyFacts)

/** How much of each kind was removed. */
export interface Forgotten {
  readonly sessions: number
  readonly providerLinks: number
  readonly formerIds: number
}

const longestName = 255
const pageSize = 500
const mostRounds = 20

/** Everything that is kept, expired sessions included. Rejects with `request_malformed` or `store_unavailable`. */
export async function* keptOf<Claims, Data>(
  engine: Engine<Claims, Data>,
  subject: string,
): AsyncGenerator<KeptOfSubject<Claims, Data>> {
  checkSubject(subject)
  const store = readThrough(engine)
  const owner = ownerOf(engine.settings.issuer, subject)
  for (const entry of await engine.store.list(owner)) {
    const { expiresAt: keptUntil } = entry
    const session = (await keptIn(engine, entry))?.session
    if (session === undefined) yield { kind: 'unreadable', sessionId: entry.id, keptUntil }
    else if (session.subject === subject) yield { kind: 'session', session, keptUntil }
  }
  for await (const { kind, sessionId, entry } of leadingTo(store, owner))
    yield { kind, sessionId, keptUntil: entry.expiresAt }
  const dataKeys = (await engine.dataKeys?.facts(owner, engine.settings.clock())) ?? []
  for (const facts of dataKeys) yield { kind: 'data_key', ...facts }
}

/**
 * Ends all sessions of a subject, on every node, and removes everything that is kept. Whoever signs in meanwhile is signed
 * out again, or comes after it as somebody new. Rejects as `keptOf` does, and then something may be left: call it again.
 */
export async function forgetSubject<Claims, Data>(
  engine: Engine<Claims, Data>,
  subject: string,
  actor?: Actor,
): Promise<Forgotten> {
  checkSubject(subject)
  const store = readThrough(engine)
  const owner = ownerOf(engine.settings.issuer, subject)
  const ended = new Set<string>()
  const removed = { provider_link: new Set<string>(), former_id: new Set<string>() }
  for (let round = 0; round < mostRounds; round++) {
    // With the key of their data, backups of the sessions are forgotten, too.
    for (const id of (await dropDataKey(engine, subject, actor)).sessions) ended.add(id)
    for await (const { kind, entry } of leadingTo(store, owner))
      if (await engine.store.remove(entry.id)) removed[kind].add(entry.id)
    // Nothing is called forgotten before it was looked for in vain.
    if ((await engine.store.list(owner)).length === 0)
      return {
        sessions: ended.size,
        providerLinks: removed.provider_link.size,
        formerIds: removed.former_id.size,
      }
  }
  throw new SojournError('store_unavailable', {
    detail: 'New sessions begin faster than they can be ended.',
    retryAfter: 1,
  })
}

/** Whether a session id is one of a subject. */
export function isSessionOf(issuer: string, subject: string): (id: string) => boolean {
  const tag = tagOf(ownerOf(issuer, subject))
  return (id) => id.startsWith(tag)
}

interface Leading {
  readonly kind: 'provider_link' | 'former_id'
  readonly sessionId: string
  readonly entry: Entry
}

// Other entries than sessions that lead to a session of this owner, each once.
async function* leadingTo(store: Browsable, owner: string): AsyncGenerator<Leading> {
  const seen = new Set<string>()
  let cursor: string | undefined
  do {
    const from = cursor
    const page = await orUnavailable(() => store.scan(from, pageSize))
    for (const entry of page.items) {
      const found = leadIn(entry)
      if (!found?.sessionId.startsWith(tagOf(owner)) || seen.has(entry.id)) continue
      seen.add(entry.id)
      yield found
    }
    cursor = page.next
  } while (cursor !== undefined)
}

function leadIn(entry: Entry): Leading | undefined {
  try {
    const pointer = pointerIn(entry)
    if (pointer) return { kind: 'former_id', sessionId: pointer.sessionId, entry }
    const { t, id } = JSON.parse(entry.state) as { readonly t?: string; readonly id?: string }
    return t === 'idp' && id !== undefined ? { kind: 'provider_link', sessionId: id, entry } : undefined
  } catch {
    // Spoilt, or somebody else's: it leads nowhere.
    return undefined
  }
}

function tagOf(owner: string): string {
  return owner.slice(0, 8)
}

function checkSubject(subject: string): void {
  const isName =
    typeof subject === 'string' &&
    subject !== '' &&
    subject.length <= longestName &&
    !/\p{Surrogate}/u.test(subject)
  if (!isName)
    throw new SojournError('request_malformed', {
      detail: `subject must be text of 1 to ${longestName} characters.`,
    })
}

function readThrough<Claims, Data>({ settings }: Engine<Claims, Data>): Browsable {
  if (isBrowsable(settings.store)) return settings.store
  throw new SojournError('request_malformed', {
    detail: 'This store cannot be read from one end to the other.',
  })
}
