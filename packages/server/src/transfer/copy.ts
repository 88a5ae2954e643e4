// From one store to another while the first one goes on serving. It may be killed at any moment and started again: each
// session is there once, the newer version wins, and what ended meanwhile is taken away again as far as the feed of the
// first store tells. With `mirror` nothing has to be told: what the first store does not have is taken away.

import type { Entry, Store } from 'sojourn'
import { z } from 'zod'

import type { Checkpoint } from './checkpoint.ts'
import { endedSince, isOfDataKeys, type Ended } from './ended.ts'
import { movablePages, together } from './movable.ts'

export const copyState = z.strictObject({
  copying: z.string(),
  startedAt: z.int(),
  cursor: z.string().optional(),
  copied: z.int(),
  updated: z.int(),
  present: z.int(),
  ended: z.int(),
})
export type CopyState = z.infer<typeof copyState>

export interface CopyOptions {
  readonly from: Store
  readonly to: Store
  /** From where to where, as a person is told; a checkpoint of another copy is refused by it. */
  readonly copying: string
  readonly checkpoint: Checkpoint<CopyState>
  readonly mirror: boolean
  readonly onProgress: (count: number) => void
}

export interface Copied extends Pick<CopyState, 'copied' | 'updated' | 'present' | 'ended'> {
  /** Whether the feed told of everything that ended; otherwise only `mirror` makes sure. */
  readonly isCertain: boolean
}

const patience = 15_000

/** Rejects as the stores do; what was copied until then stays, and is gone on from. */
export async function copySessions(options: CopyOptions): Promise<Copied> {
  const { from, to, copying, checkpoint, mirror, onProgress } = options
  const found = checkpoint.read()
  const begun: CopyState = { copying, startedAt: Date.now(), copied: 0, updated: 0, present: 0, ended: 0 }
  const state: CopyState = found?.copying === copying ? { ...found } : begun
  checkpoint.write(state)
  const ended = endedSince(from, state.startedAt)
  try {
    for await (const { items, read, next } of movablePages(from, state.cursor)) {
      await together(items, async (entry) => {
        if (isOfDataKeys(entry.id) || !ended.has(entry.id)) state[await bring(to, entry)]++
      })
      state.ended += await takeAway(to, ended)
      if (next === undefined) delete state.cursor
      else state.cursor = next
      // The last page is done again rather than the first.
      if (next !== undefined) checkpoint.write(state)
      onProgress(read)
    }
    const isCertain = await ended.caughtUp(patience)
    state.ended += await takeAway(to, ended)
    await settleKeys(from, to, ended.dropped())
    if (mirror) state.ended += await takeAwayAbsent(from, to)
    checkpoint.remove()
    const { copied, updated, present } = state
    return { copied, updated, present, ended: state.ended, isCertain: isCertain || mirror }
  } finally {
    ended.close()
  }
}

async function bring(to: Store, entry: Entry): Promise<'copied' | 'updated' | 'present'> {
  if (await to.insert(entry)) return 'copied'
  const there = await to.find(entry.id)
  // Keys that were made after others were dropped have the same id, and begin at version 1 again.
  const isOther = isOfDataKeys(entry.id) && there?.state !== entry.state
  if (there && there.version >= entry.version && !isOther) return 'present'
  // Versions go up one by one where sessions change; here a copy catches up.
  await to.remove(entry.id)
  await to.insert(entry)
  return 'updated'
}

async function takeAway(to: Store, ended: Ended): Promise<number> {
  let count = 0
  await together(ended.news(), async (id) => {
    if (await to.remove(id)) count++
  })
  return count
}

// A drop is told before it is done, and again after it.
async function settleKeys(from: Store, to: Store, dropped: readonly string[]): Promise<void> {
  await together(dropped, async (id) => {
    const kept = await from.find(id)
    if (kept) await bring(to, kept)
    else await to.remove(id)
  })
}

async function takeAwayAbsent(from: Store, to: Store): Promise<number> {
  let count = 0
  for await (const { items } of movablePages(to, undefined))
    await together(items, async ({ id }) => {
      if (!(await from.find(id)) && (await to.remove(id))) count++
    })
  return count
}
