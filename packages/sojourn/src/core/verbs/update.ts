// Changing what a session knows. The change is a function, so that it can run again on what somebody else has made of
// the session meanwhile: nothing is lost and nothing is overwritten.

import { about, advanceKept, announce, findKept, type Engine, type Kept } from '../engine.ts'
import { SojournError } from '../errors.ts'
import { checkAccessTokenFits } from '../issued.ts'
import { checkClaims, checkData } from '../schema.ts'
import { expiry, type Session } from '../session.ts'
import type { Instant } from '../time.ts'

/** What to make of the claims, or of claims and data. The functions may run several times. */
export type Change<Claims, Data> =
  | ((claims: Claims) => Claims)
  | { readonly claims?: (claims: Claims) => Claims; readonly data?: (data: Data) => Data }

export interface UpdateOptions {
  /** Change the session only if it still has this version; rejects with `version_conflict` otherwise. */
  readonly ifVersion?: number
}

// Under contention each round lets one writer through, and a pause with jitter lets the others out of step.
const attempts = 200
const longestPause = 20

/**
 * Changes claims, data, or both. Resolves to the session as it then is. Rejects with `session_unknown`,
 * `claims_invalid`, `version_conflict` or `store_unavailable`. Changed claims are in force on every node when the
 * promise resolves: older access tokens are not accepted any more.
 */
export async function update<Claims, Data>(
  engine: Engine<Claims, Data>,
  id: string,
  change: Change<Claims, Data>,
  options: UpdateOptions = {},
): Promise<Session<Claims, Data>> {
  const { clock, policy, random } = engine.settings
  const now = clock()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await findKept(engine, id)
    if (!kept || expiry(kept.session, now, policy)) throw new SojournError('session_unknown')
    if (options.ifVersion !== undefined && options.ifVersion !== kept.session.version) {
      throw new SojournError('version_conflict', { members: { version: kept.session.version } })
    }
    const next = await changed(engine, kept.session, change)
    const changes = changesBetween(kept.session, next)
    if (changes.length === 0) return kept.session
    const session = await advanceKept(engine, kept, next)
    if (session) return tell(engine, { session, owner: kept.owner }, changes, now)
    await pause((random(1)[0]! / 256) * Math.min(longestPause, attempt + 1))
  }
  throw new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of one session.',
    retryAfter: 1,
  })
}

async function changed<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  change: Change<Claims, Data>,
): Promise<Session<Claims, Data>> {
  const { facts } = engine.settings
  const by = typeof change === 'function' ? { claims: change } : change
  const claims = by.claims ? await checkClaims(by.claims(session.claims), facts.claims) : session.claims
  const data = 'data' in by && by.data ? await checkData(by.data(session.data), facts.data) : session.data
  if (JSON.stringify(claims) === JSON.stringify(session.claims)) return { ...session, data }
  const next = { ...session, claims, data, claimsVersion: session.claimsVersion + 1 }
  checkAccessTokenFits(engine.settings, next, engine.settings.clock())
  return next
}

function changesBetween(before: Session, after: Session): ('claims' | 'data')[] {
  return (['claims', 'data'] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
  )
}

// The store first: were the notice first and the change then refused, nobody could mint a token new enough for it.
async function tell<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session }: Kept<Claims, Data>,
  changes: ('claims' | 'data')[],
  now: Instant,
): Promise<Session<Claims, Data>> {
  if (changes.includes('claims')) {
    await announce(engine, [
      { kind: 'stale', sessionId: session.id, version: session.claimsVersion, at: now },
    ])
  }
  engine.tell({ type: 'session.updated', level: 'info', ...about(session, now), changed: changes })
  return session
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
