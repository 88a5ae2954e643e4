// Removing what has expired, in small batches with room between them. Nothing that lives is ever touched: the store
// compares with an instant that was read before the first batch.

import type { Engine } from '../engine.ts'
import type { Settings } from '../options.ts'
import { orUnavailable } from '../store-guard.ts'
import { isSweepable, type Sweepable } from '../store.ts'
import type { Instant, Milliseconds } from '../time.ts'

export interface SweepOptions {
  /** How many entries to remove at once. Default: 500. */
  readonly batch?: number
  /** How long to go on, in milliseconds. Default: 10,000. */
  readonly budget?: Milliseconds
  /** Asked between two batches; false ends it. */
  readonly goOn?: () => Promise<boolean>
}

export interface Swept {
  readonly removed: number
  readonly took: Milliseconds
  /** Whether nothing expired is left; a store that forgets by itself is always done. */
  readonly done: boolean
  /** How many expired entries are left, counted up to 10,000: as many mean that there are as many or more. */
  readonly left: number
}

/** How far what has expired is counted: far enough to see it grow, and over in milliseconds. */
const countedTo = 10_000

/** Sweeps the store. Rejects with `store_unavailable`; what was removed until then stays removed. */
export async function sweep<Claims, Data>(
  { settings, tell }: Engine<Claims, Data>,
  { batch = 500, budget = 10_000, goOn = async () => true }: SweepOptions = {},
): Promise<Swept> {
  const { clock } = settings
  const began = clock()
  const waiting = [...sweepableIn(settings)]
  let removed = 0
  while (waiting[0] && clock() - began < budget) {
    const [store] = waiting
    const batchRemoved = await orUnavailable(() => store.sweep(began, batch))
    removed += batchRemoved
    if (batchRemoved < batch) waiting.shift()
    // Requests come first: let them in between two batches.
    if (waiting[0]) await new Promise((resolve) => setTimeout(resolve, 0))
    if (waiting[0] && !(await goOn())) break
  }
  const done = waiting.length === 0
  const took = clock() - began
  // Whoever is done has seen that none is left, and asks nobody.
  const left = await backlogIn(waiting, began)
  tell({ type: 'sweep.finished', level: 'info', at: began, removed, took, done, left })
  return { removed, took, done, left }
}

/** How many expired entries wait for a sweep, counted up to 10,000. Rejects with `store_unavailable`. */
export async function backlog<Claims, Data>({ settings }: Engine<Claims, Data>): Promise<number> {
  return backlogIn(sweepableIn(settings), settings.clock())
}

/** The stores that have to be swept: that of the sessions, and that of the data keys where it is another one. */
export function sweepableIn({
  store,
  encryption,
}: Pick<Settings<never, never>, 'store' | 'encryption'>): readonly Sweepable[] {
  return [store, encryption?.apart].flatMap((one) => (one && isSweepable(one) ? [one] : []))
}

async function backlogIn(stores: readonly Sweepable[], before: Instant): Promise<number> {
  let left = 0
  for (const store of stores)
    left += await orUnavailable(() => store.backlog(before, Math.max(1, countedTo - left)))
  return Math.min(countedTo, left)
}
