// Ending sessions: one, all of a subject, or all that match. Deleting is revoking. The order is always the same:
// announce, remove, and only then answer; so an answered sign-out is never undone.

import { about, announce, bareIn, by, end, findBare, listLive, type Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import { forgetLinks } from '../idp-links.ts'
import type { Actor, EndReason } from '../events.ts'
import type { Session } from '../session.ts'
import { ownerOf } from '../session-token.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable } from '../store.ts'
import type { Instant } from '../time.ts'

/** Ends one session. Resolves to false if it had ended already. */
export async function revoke<Claims, Data>(
  engine: Engine<Claims, Data>,
  id: string,
  reason: EndReason,
  actor?: Actor,
): Promise<boolean> {
  const now = engine.settings.clock()
  const kept = await findBare(engine, id)
  if (kept) return end(engine, kept.session, reason, now, actor)
  // It is gone, but a node that has not heard of it may still hold its access token for good. And whoever removed it may
  // have waited in vain for replicas that do not know: a removal that finds nothing waits for them, too.
  await announce(engine, [{ kind: 'ended', sessionId: id, reason, at: now }])
  return engine.store.remove(id)
}

interface Ending {
  readonly except?: string | undefined
  readonly reason: EndReason
  readonly actor?: Actor | undefined
}

/** Ends all sessions of a subject but `except`. Resolves to the ids of those that were live. */
export async function revokeAll<Claims, Data>(
  engine: Engine<Claims, Data>,
  subject: string,
  { except, reason, actor }: Ending,
): Promise<readonly string[]> {
  const now = engine.settings.clock()
  const owner = ownerOf(engine.settings.issuer, subject)
  if (engine.statusLists) return revokeEach(engine, { owner, except, reason, actor }, now)
  const before = (await listLive(engine, owner, subject, now)).filter(({ id }) => id !== except)
  await announce(
    engine,
    endedNotices(
      before.map(({ id }) => id),
      reason,
      now,
    ),
  )
  const removed = await engine.store.removeAll(owner, except)
  // Sessions that began between the two are gone too: they must be known to be.
  const known = new Map(before.map((session) => [session.id, session]))
  await announce(
    engine,
    endedNotices(
      removed.filter((id) => !known.has(id)),
      reason,
      now,
    ),
  )
  for (const id of removed) {
    const session = known.get(id)
    if (session) await forgetLinks(engine, session)
    const who = session ? about(session, now) : { at: now, sessionId: id, subject }
    engine.tell({ type: 'session.ended', level: 'info', ...who, reason, ...by(actor) })
  }
  return removed
}

const mostRounds = 100

// With status lists a session is not to be gone before its place is noted, and only the session tells its place. So each
// is ended by itself, until there is none: those that begin meanwhile are among them.
async function revokeEach<Claims, Data>(
  engine: Engine<Claims, Data>,
  { owner, except, reason, actor }: Ending & { readonly owner: string },
  now: Instant,
): Promise<readonly string[]> {
  const ended: string[] = []
  for (let round = 0; round < mostRounds; round++) {
    const entries = (await engine.store.list(owner)).filter(({ id }) => id !== except)
    if (entries.length === 0) return ended
    for (const entry of entries) {
      const session = bareIn(engine, entry)?.session
      if (session ? await end(engine, session, reason, now, actor) : await engine.store.remove(entry.id))
        ended.push(entry.id)
    }
  }
  throw new SojournError('store_unavailable', {
    detail: 'New sessions begin faster than they can be ended.',
    retryAfter: 1,
  })
}

function endedNotices(
  ids: readonly string[],
  reason: EndReason,
  at: Instant,
): { kind: 'ended'; sessionId: string; reason: EndReason; at: Instant }[] {
  return ids.map((sessionId) => ({ kind: 'ended', sessionId, reason, at }))
}

/** Which sessions to end: all conditions that are given must hold. */
export interface Matching {
  readonly tenant?: string
  /** Everything that began before this instant. */
  readonly createdBefore?: Instant
  /** Who does it: told in the events. */
  readonly actor?: Actor
}

const pageSize = 500

/**
 * Ends every session that matches, page by page, and resolves to how many. It reads the whole store, so it is for
 * administrators and emergencies. Rejects with `request_malformed` where the store cannot be read through.
 */
export async function revokeMatching<Claims, Data>(
  engine: Engine<Claims, Data>,
  matching: Matching,
): Promise<number> {
  const { clock, store } = engine.settings
  const now = clock()
  if (!isBrowsable(store))
    throw new SojournError('request_malformed', {
      detail: 'This store cannot be read from one end to the other.',
    })
  if (matching.tenant === undefined && matching.createdBefore === undefined) {
    throw new SojournError('request_malformed', {
      detail: 'Say which sessions to end: tenant, createdBefore, or both.',
    })
  }
  let ended = 0
  let cursor: string | undefined
  do {
    const from = cursor
    const page = await orUnavailable(() => store.scan(from, pageSize))
    const sessions = page.items
      .map((entry) => bareIn(engine, entry)?.session)
      .filter((session) => session !== undefined)
    const hit = sessions.filter((session) => matches(session, matching))
    await announce(
      engine,
      endedNotices(
        hit.map(({ id }) => id),
        'revoked',
        now,
      ),
    )
    for (const session of hit) if (await end(engine, session, 'revoked', now, matching.actor)) ended++
    cursor = page.next
  } while (cursor !== undefined)
  return ended
}

function matches(session: Session, { tenant, createdBefore }: Matching): boolean {
  return (
    (tenant === undefined || session.tenant === tenant) &&
    (createdBefore === undefined || session.createdAt < createdBefore)
  )
}
