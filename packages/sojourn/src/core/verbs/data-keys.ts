// What is done to the keys of subjects beside requests: dropping them, turning them, and bringing everything under the
// newest of them and the newest secret.

import { advanceKept, announce, keptIn, type Engine } from '../engine.ts'
import type { DataKeys } from '../data-keys.ts'
import { isOfOtherKind } from '../codec.ts'
import { isRingOf } from '../data-ring.ts'
import { readProgress, writeProgress, type RenewalPlace } from '../data-renewal.ts'
import { SojournError } from '../errors.ts'
import type { Actor } from '../events.ts'
import { ownerOf } from '../session-token.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable, type Browsable, type Entry } from '../store.ts'
import type { Instant, Milliseconds } from '../time.ts'
import { revokeAll } from './revoke.ts'

/** What a drop has found. */
export interface Dropped {
  /** Whether the subject had a key. */
  readonly hadKey: boolean
  /** The ids of the sessions that were ended. */
  readonly sessions: readonly string[]
}

/**
 * Drops the keys of a subject and ends its sessions. Whatever was encrypted under them can never be read again, in backups
 * of the sessions neither. Where data is not encrypted, ends the sessions. May be called again after a crash.
 */
export async function dropDataKey<Claims, Data>(
  engine: Engine<Claims, Data>,
  subject: string,
  actor?: Actor,
): Promise<Dropped> {
  const { dataKeys, settings } = engine
  const now = settings.clock()
  const owner = ownerOf(settings.issuer, subject)
  const tellNodes = async (keys: DataKeys): Promise<void> =>
    announce(engine, [{ kind: 'ended', sessionId: keys.idOf(owner), reason: 'erased', at: now }])
  if (dataKeys) await tellNodes(dataKeys)
  const hadKey = (await dataKeys?.drop(owner)) ?? false
  const sessions = await revokeAll(engine, subject, { reason: 'erased', actor })
  // A node may have read the keys between the notice and the removal.
  if (dataKeys) await tellNodes(dataKeys)
  if (hadKey) engine.tell({ type: 'data_key.dropped', level: 'info', at: now, subject })
  return { hadKey, sessions }
}

/** Gives a subject a new key for whatever is written from now on. Resolves to false if it has none. */
export async function rotateDataKey<Claims, Data>(
  engine: Engine<Claims, Data>,
  subject: string,
): Promise<boolean> {
  const now = engine.settings.clock()
  const isRotated = await required(engine).rotate(ownerOf(engine.settings.issuer, subject), now)
  if (isRotated) engine.tell({ type: 'data_key.rotated', level: 'info', at: now, subject })
  return isRotated
}

export interface RenewOptions {
  /** How many entries to read at once. Default: 200. */
  readonly batch?: number
  /** How long to go on, in milliseconds. Default: 10,000. */
  readonly budget?: Milliseconds
  /** Begin anew where it was done before. Default: false. */
  readonly again?: boolean
  /** Asked between two batches; false ends it. */
  readonly goOn?: () => Promise<boolean>
}

/** How far everything has come under the newest secret and the newest keys; see the event `data_keys.renewed`. */
export interface Renewed {
  readonly rewrapped: number
  readonly resealed: number
  readonly unreadable: number
  readonly took: Milliseconds
  readonly done: boolean
}

interface Counts {
  rewrapped: number
  resealed: number
  unreadable: number
}

/**
 * Wraps keys by the newest secret, and encrypts anew what is plain or under an older key: page by page, going on where the
 * last call stopped, on whichever node. Rejects with `request_malformed` where data is not encrypted or the store cannot be
 * read through, and with `store_unavailable`; what was done until then stays done.
 */
export async function renewDataKeys<Claims, Data>(
  engine: Engine<Claims, Data>,
  { batch = 200, budget = 10_000, again = false, goOn = async () => true }: RenewOptions = {},
): Promise<Renewed> {
  required(engine)
  const { settings, tell } = engine
  const { clock, encryption } = settings
  const began = clock()
  const place = renewalPlace(engine)
  const stores = [settings.store, ...(encryption?.apart ? [encryption.apart] : [])].map(browsable)
  const counts: Counts = { rewrapped: 0, resealed: 0, unreadable: 0 }
  let progress = await readProgress(place, again)
  const wasDone = progress.done
  while (!progress.done && clock() - began < budget) {
    const page = await pageOf(stores[progress.store]!, progress.cursor, batch)
    for (const entry of page.items) await renew(engine, entry, counts, clock())
    const store = page.next === undefined ? progress.store + 1 : progress.store
    const { next: cursor } = page
    progress = { store, done: store === stores.length, ...(cursor === undefined ? {} : { cursor }) }
    await writeProgress(place, progress, clock())
    // Requests come first: let them in between two batches.
    if (!progress.done) await new Promise((resolve) => setTimeout(resolve, 0))
    if (!progress.done && !(await goOn())) break
  }
  const renewed = { ...counts, took: clock() - began, done: progress.done }
  const level = counts.unreadable > 0 ? 'warning' : 'info'
  if (!wasDone) tell({ type: 'data_keys.renewed', level, at: began, ...renewed })
  return renewed
}

function required<Claims, Data>({ dataKeys }: Engine<Claims, Data>): DataKeys {
  if (dataKeys) return dataKeys
  throw new SojournError('request_malformed', {
    detail: 'The data of sessions is not encrypted here: set encryption.secrets.',
  })
}

function renewalPlace<Claims, Data>({ settings }: Engine<Claims, Data>): RenewalPlace {
  const { encryption, issuer, environment } = settings
  return { store: encryption!.keys, issuer, environment, secret: encryption!.masters[0]!.mark }
}

function browsable(store: object): Browsable {
  if (isBrowsable(store)) return store
  throw new SojournError('request_malformed', {
    detail: 'This store cannot be read from one end to the other.',
  })
}

// A cursor from before a restart means nothing to some stores: then everything is looked at again.
async function pageOf(
  store: Browsable,
  cursor: string | undefined,
  limit: number,
): ReturnType<Browsable['scan']> {
  try {
    return await orUnavailable(() => store.scan(cursor, limit))
  } catch (error) {
    const isStale = error instanceof SojournError && error.code === 'request_malformed'
    if (!isStale || cursor === undefined) throw error
    return orUnavailable(() => store.scan(undefined, limit))
  }
}

async function renew<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
  counts: Counts,
  now: Instant,
): Promise<void> {
  if (entry.expiresAt <= now) return
  try {
    const done = isRingOf(entry, engine.settings)
      ? await required(engine).rewrap(entry.id, now)
      : await resealed(engine, entry, now)
    if (done === 'rewrapped' || done === 'resealed') counts[done]++
    else if (done === 'unreadable') counts.unreadable++
  } catch (error) {
    if (!(error instanceof SojournError) || error.code !== 'data_locked') throw error
    counts.unreadable++
  }
}

async function resealed<Claims, Data>(
  engine: Engine<Claims, Data>,
  entry: Entry,
  now: Instant,
): Promise<'resealed' | 'current' | 'unreadable'> {
  if (isOfOtherKind(entry)) return 'current'
  const kept = await keptIn(engine, entry)
  if (!kept) return 'unreadable'
  const { dataKey, owner, session } = kept
  if (dataKey !== undefined && !(await required(engine).isOutdated(dataKey, owner, now))) return 'current'
  // Whoever was faster has encrypted it anew, or ended it.
  return (await advanceKept(engine, kept, session)) ? 'resealed' : 'current'
}
