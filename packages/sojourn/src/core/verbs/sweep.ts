// Removing what has expired, in small batches with room between them. Nothing that lives is ever touched: the store
// compares with an instant that was read before the first batch.

import type { Engine } from '../engine.ts'
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
  const { store, clock } = settings
  const began = clock()
  let removed = 0
  let done = !isSweepable(store)
  while (isSweepable(store) && !done && clock() - began < budget) {
    const batchRemoved = await orUnavailable(() => store.sweep(began, batch))
    removed += batchRemoved
    done = batchRemoved < batch
    // Requests come first: let them in between two batches.
    if (!done) await new Promise((resolve) => setTimeout(resolve, 0))
    if (!done && !(await goOn())) break
  }
  const took = clock() - began
  // Whoever is done has seen that none is left, and asks nobody.
  const left = isSweepable(store) && !done ? await backlogOf(store, began) : 0
  tell({ type: 'sweep.finished', level: 'info', at: began, removed, took, done, left })
  return { removed, took, done, left }
}

/** How many expired entries wait for a sweep, counted up to 10,000. Rejects with `store_unavailable`. */
export async function backlog<Claims, Data>({ settings }: Engine<Claims, Data>): Promise<number> {
  const { store, clock } = settings
  return isSweepable(store) ? backlogOf(store, clock()) : 0
}

function backlogOf(store: Sweepable, before: Instant): Promise<number> {
  return orUnavailable(() => store.backlog(before, countedTo))
}
