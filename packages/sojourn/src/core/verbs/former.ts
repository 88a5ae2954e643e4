// Moving in from another session layer, all at once: its sessions are brought into the store ahead of their people, who
// go on showing the session id that they have, and are handed ours at their next request.
//
// A pointer comes first and stays: it remembers that a session was brought in, so one that has ended since is never
// brought in again. What is handed over is session token 0 of a session as any other, so the rules of rotation judge
// it: however many requests show the old id together, on whichever nodes, all get the same successor; and an old id
// that is shown long after its owner has gone on with ours is a copy, which ends the session.

import { about, end, entryFor, findBare, type Engine, type Kept } from '../engine.ts'
import { SojournError } from '../errors.ts'
import {
  formerSecret,
  formerSessionId,
  pointerEntry,
  pointerId,
  pointerIn,
  sourceMark,
  type Pointer,
} from '../former.ts'
import { keepLinks } from '../idp-links.ts'
import type { Issued } from '../issued.ts'
import { idleExpiry, lifetimesOf, type Session } from '../session.ts'
import { issueSessionToken, ownerOf } from '../session-token.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable } from '../store.ts'
import type { Instant } from '../time.ts'
import { sessionFor, type SignIn } from './create.ts'
import { refresh, type RefreshOptions } from './refresh.ts'

// What is bound to a key, or was signed in by an identity provider, only a sign-in here can take over.
type Taken = 'tenant' | 'claims' | 'data' | 'remember' | 'amr' | 'acr' | 'device'

/** A session of another session layer. */
export interface FormerSession<Claims, Data> {
  /** The id by which that layer knows it: a secret, of which the store gets a digest only. 16 to 512 characters. */
  readonly name: string
  /** Whose it is, and what to take over. */
  readonly signIn: Pick<SignIn<Claims, Data>, Taken> & {
    readonly subject: string
  }
  /** When it ends there: it ends no later here. */
  readonly expiresAt: Instant
  /** Where it is kept, such as `redis://host/0 sess:`: what is missing there is told by this (`endAbsent`). */
  readonly source: string
}

/** What became of a former session, and how `endAbsent` is told that it was there. */
export interface Brought {
  readonly outcome:
    /** It lives here now. */
    | 'brought'
    /** It was brought in before, and has now what it has there. */
    | 'renewed'
    /** Its person has gone on with it here. */
    | 'taken_over'
    /** It has ended here since, and stays ended. */
    | 'ended'
    /** It had run out. */
    | 'expired'
  readonly mark: string
  /** When the session ends here unless its person comes; absent where it does not live here as it was brought. */
  readonly endsAt?: Instant
}

// Nobody has proved who they are just because they were brought in: it counts as long ago.
const proofAge = 3_600_000

/**
 * Brings a former session in, or up to date. Whatever happens in between, it may be called again: nothing is doubled,
 * and what has ended here does not come back. Rejects with `claims_invalid`, `request_malformed` or `store_unavailable`.
 */
export async function bringFormer<Claims, Data>(
  engine: Engine<Claims, Data>,
  { name, signIn, expiresAt, source }: FormerSession<Claims, Data>,
): Promise<Brought> {
  const { settings, store } = engine
  const now = settings.clock()
  if (name.length < 16 || name.length > 512)
    throw new SojournError('request_malformed', {
      detail: 'A former session id must have 16 to 512 characters.',
    })
  const mark = pointerId(settings.issuer, name)
  if (expiresAt <= now) return { outcome: 'expired', mark }
  const owner = ownerOf(settings.issuer, signIn.subject)
  const id = formerSessionId(owner, name)
  const began = await sessionFor(engine, { ...signIn, profile: 'cookie' }, id, now)
  const session = endingBy(engine, began, expiresAt, now)
  const kept = { session, owner }

  const found = await store.find(mark)
  const known = found && pointerIn(found)
  if (known?.isMade && known.sessionId === id) return { ...(await renew(engine, kept)), mark }
  if (known && known.sessionId !== id && !(await giveUp(engine, known, now)))
    return { outcome: 'taken_over', mark }

  const pointer: Pointer = {
    id: mark,
    version: (known?.version ?? 0) + 1,
    expiresAt,
    sessionId: id,
    source: sourceMark(source),
    isMade: false,
  }
  const isOurs = await (known ? store.replace(pointerEntry(pointer)) : store.insert(pointerEntry(pointer)))
  if (!isOurs)
    throw new SojournError('store_unavailable', {
      detail: 'Two imports are at the same session.',
      retryAfter: 1,
    })
  await keepLinks(engine, session)
  const entry = await entryFor(engine, kept)
  if (entry) await store.insert(entry)
  await store.replace(pointerEntry({ ...pointer, version: pointer.version + 1, isMade: true }))
  engine.tell({
    type: 'session.created',
    level: 'info',
    ...about(session, now),
    profile: session.profile,
    device: session.device,
  })
  return { outcome: 'brought', mark, endsAt: idleExpiry(session, settings.policy) }
}

// Its end is that of the former one, or ours if that is sooner.
function endingBy<Claims, Data>(
  { settings }: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  expiresAt: Instant,
  now: Instant,
): Session<Claims, Data> {
  const { absolute } = lifetimesOf(session, settings.policy)
  const authenticatedAt = Math.min(expiresAt - absolute, now - Math.min(proofAge, Math.floor(absolute / 4)))
  return { ...session, createdAt: authenticatedAt, authenticatedAt, issuedAt: now, lastSeenAt: now }
}

// The session is as it was brought: nobody has shown the former id here, and nobody has changed it.
function isUntouched({ generation, uses, claimsVersion }: Session): boolean {
  return generation === 0 && uses.length === 0 && claimsVersion === 1
}

async function renew<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session, owner }: Kept<Claims, Data>,
): Promise<Omit<Brought, 'mark'>> {
  const kept = await findBare(engine, session.id)
  if (!kept) return { outcome: 'ended' }
  if (!isUntouched(kept.session)) return { outcome: 'taken_over' }
  const next = await entryFor(engine, { session: { ...session, version: kept.session.version + 1 }, owner })
  if (!next || !(await engine.store.replace(next))) return { outcome: 'taken_over' }
  return { outcome: 'renewed', endsAt: idleExpiry(session, engine.settings.policy) }
}

// Somebody else is signed in with the same id now. Resolves to false if whoever was has already gone on here.
async function giveUp<Claims, Data>(
  engine: Engine<Claims, Data>,
  { sessionId }: Pointer,
  now: Instant,
): Promise<boolean> {
  const kept = await findBare(engine, sessionId)
  if (kept && !isUntouched(kept.session)) return false
  if (kept) await end(engine, kept.session, 'replaced', now)
  return true
}

/**
 * What to hand to whoever shows a former session id; undefined where it leads to no session that lives. Whether the id
 * was signed by the other layer the caller has looked at. Rejects with `store_unavailable`.
 */
export async function handOver<Claims, Data>(
  engine: Engine<Claims, Data>,
  name: string,
  options: Pick<RefreshOptions, 'background' | 'device'>,
): Promise<Issued<Claims, Data> | undefined> {
  const { settings, store } = engine
  const found = await store.find(pointerId(settings.issuer, name))
  const pointer = found && pointerIn(found)
  if (!pointer || formerSessionId(pointer.sessionId, name) !== pointer.sessionId) return undefined
  const token = issueSessionToken(formerSecret(pointer.sessionId, name), 0, settings.keys)
  try {
    return await refresh(engine, token, { ...options, profile: 'cookie' })
  } catch (error) {
    // Signed out, expired, or a copy: whoever comes is a visitor.
    if (error instanceof SojournError && error.status === 401) return undefined
    throw error
  }
}

const pageSize = 500

/**
 * Ends the sessions that were brought from a source and are not there any more (`marks` are those that are), unless
 * their people have gone on here: whoever has signed out there is not signed in here by the id that they kept. Resolves
 * to how many. Reads the whole store; rejects with `request_malformed` where it cannot be.
 */
export async function endAbsent<Claims, Data>(
  engine: Engine<Claims, Data>,
  source: string,
  marks: ReadonlySet<string>,
): Promise<number> {
  const { store, clock } = engine.settings
  const now = clock()
  if (!isBrowsable(store))
    throw new SojournError('request_malformed', {
      detail: 'This store cannot be read from one end to the other.',
    })
  const from = sourceMark(source)
  let ended = 0
  let cursor: string | undefined
  do {
    const at = cursor
    const page = await orUnavailable(() => store.scan(at, pageSize))
    for (const entry of page.items) {
      const pointer = pointerIn(entry)
      if (pointer?.source !== from || marks.has(pointer.id)) continue
      const kept = await findBare(engine, pointer.sessionId)
      if (!kept || !isUntouched(kept.session)) continue
      if (await end(engine, kept.session, 'signed_out_elsewhere', now)) ended++
    }
    cursor = page.next
  } while (cursor !== undefined)
  return ended
}
