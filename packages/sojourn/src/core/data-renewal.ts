// How far the renewal of data keys has come: an entry in the store of the keys, so that whichever node goes on with it goes
// on where the last one stopped, and nobody begins it again for a secret for which it was done.

import { ownerOf } from './session-token.ts'
import { orUnavailable } from './store-guard.ts'
import type { Entry, Store } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'

export interface RenewalPlace {
  readonly store: Store
  readonly issuer: string
  readonly environment: string
  /** The mark of the newest secret. */
  readonly secret: string
}

export interface RenewalProgress {
  /** Which store is being read: that of the sessions, then that of the keys where it is another one. */
  readonly store: number
  readonly cursor?: string
  readonly done: boolean
}

interface State extends RenewalProgress {
  readonly t: 'data keys renewal'
  readonly secret: string
}

// It is written anew with every page. Forgotten, it is only done once more.
const keptFor: Milliseconds = 400 * 24 * 3_600_000

function ownerIn({ issuer, environment }: RenewalPlace): string {
  return ownerOf(`data keys ${environment} ${issuer}`, 'renewal')
}

/** Where to go on; from the beginning for another secret than the last time, or with `again` where it was done. */
export async function readProgress(place: RenewalPlace, again: boolean): Promise<RenewalProgress> {
  const kept = await find(place)
  const state = kept && (JSON.parse(kept.state) as State)
  if (state?.secret !== place.secret || (state.done && again)) return { store: 0, done: false }
  const { store, cursor, done } = state
  return { store, done, ...(cursor === undefined ? {} : { cursor }) }
}

/** Notes it. That two nodes do so at once means only that something is looked at twice. */
export async function writeProgress(
  place: RenewalPlace,
  progress: RenewalProgress,
  now: Instant,
): Promise<void> {
  const kept = await find(place)
  const owner = ownerIn(place)
  const state: State = { t: 'data keys renewal', secret: place.secret, ...progress }
  const entry = {
    id: `${owner}________`,
    owner,
    version: (kept?.version ?? 0) + 1,
    expiresAt: now + keptFor,
    state: JSON.stringify(state),
  }
  await orUnavailable(() => (kept ? place.store.replace(entry) : place.store.insert(entry)))
}

function find(place: RenewalPlace): Promise<Entry | undefined> {
  return orUnavailable(() => place.store.find(`${ownerIn(place)}________`))
}
