// All sessions of a store of express-session, brought in. It may be stopped and started again at any moment: what was
// brought in is known by a digest of its id and is not doubled, and what has ended here since stays ended.

import { SojournError, type Sojourn } from 'sojourn'

import type { FormerRow, FormerStore } from './former-store.ts'
import type { Pick } from './pick.ts'

export interface Imported {
  brought: number
  renewed: number
  takenOver: number
  /** Have ended here since. */
  ended: number
  expired: number
  /** Nobody was signed in. */
  nobody: number
  refused: number
  /** End sooner than they would have. */
  shortened: number
  /** Were brought from there before and are gone there; were ended. */
  endedAbsent: number
  /** Why some were refused: the first few. */
  readonly reasons: readonly string[]
}

export interface ImportOptions {
  readonly sojourn: Sojourn
  readonly former: FormerStore
  readonly pick: Pick
  /** End what was brought from there before and is gone there. */
  readonly endAbsent: boolean
  /** Only count. */
  readonly dryRun: boolean
  readonly onProgress: (count: number) => void
}

const outcomes = {
  brought: 'brought',
  renewed: 'renewed',
  taken_over: 'takenOver',
  ended: 'ended',
  expired: 'expired',
} as const

// At once: enough to keep a store busy, and a fraction of what it carries.
const together = 32
const fewReasons = 3
const aMinute = 60_000

/** Rejects with `store_unavailable`, or as the other store does; what was brought in until then stays. */
export async function importFormer(options: ImportOptions): Promise<Imported> {
  const { sojourn, former, endAbsent, dryRun, onProgress } = options
  const reasons: string[] = []
  const counts: Imported = {
    brought: 0,
    renewed: 0,
    takenOver: 0,
    ended: 0,
    expired: 0,
    nobody: 0,
    refused: 0,
    shortened: 0,
    endedAbsent: 0,
    reasons,
  }
  const marks = new Set<string>()
  const bring = async (row: FormerRow): Promise<void> => {
    try {
      await bringRow(row, options, { counts, marks })
    } catch (error) {
      if (!(error instanceof SojournError) || error.code === 'store_unavailable') throw error
      counts.refused++
      if (reasons.length < fewReasons && !reasons.includes(error.detail)) reasons.push(error.detail)
    }
  }
  let read = 0
  for await (const rows of former.pages()) {
    for (let from = 0; from < rows.length; from += together)
      await Promise.all(rows.slice(from, from + together).map(bring))
    read += rows.length
    onProgress(rows.length)
  }
  // A store that was emptied says nothing of who has signed out.
  if (endAbsent && !dryRun && read > 0)
    counts.endedAbsent = await sojourn.former.endAbsent(former.shown, marks)
  return counts
}

async function bringRow(
  { name, session, expiresAt }: FormerRow,
  { sojourn, former, pick, dryRun }: ImportOptions,
  { counts, marks }: { readonly counts: Imported; readonly marks: Set<string> },
): Promise<void> {
  const signIn = session && pick(session)
  if (!signIn) return void counts.nobody++
  if (dryRun) return void counts[expiresAt <= Date.now() ? 'expired' : 'brought']++
  const told = await sojourn.former.bring({ name, signIn, expiresAt, source: former.shown })
  // Some stores show a session twice.
  if (marks.has(told.mark)) return
  marks.add(told.mark)
  counts[outcomes[told.outcome]]++
  if (told.endsAt !== undefined && told.endsAt < expiresAt - aMinute) counts.shortened++
}
