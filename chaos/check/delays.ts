// How long a logout takes to reach the other nodes. After some sign-outs a client goes on asking each other node with
// the access token, which that node has accepted before: the time from the answer to the sign-out to the answer of the
// first refusal is what counts, with the way there and back in it.

import { groupBy } from './group.ts'
import type { Fault, History } from '../history.ts'
import { livesOf, overSince } from './lives.ts'

export interface Delay {
  readonly milliseconds: number
  /** Nothing was broken while it was measured. */
  readonly isCalm: boolean
}

/** What a fault goes on to hinder after it is over, until connections are there again. */
const aftermath = 2000

export function delaysIn(history: History): readonly Delay[] {
  return livesOf(history).flatMap((life) => {
    const over = overSince(life)
    if (over === undefined) return []
    const asked = life.done.filter((one) => one.op === 'use' && one.carried === 'access' && one.start > over)
    const byNode = groupBy(asked, ({ node }) => node)
    return [...byNode.values()].flatMap((uses): Delay[] => {
      // Only where somebody began to ask at once.
      if (uses[0]!.start > over + 20) return []
      const refused = uses.find(({ result }) => result === 'refused')
      if (!refused) return []
      return [{ milliseconds: refused.end - over, isCalm: isCalm(history.faults, over, refused.end) }]
    })
  })
}

function isCalm(faults: readonly Fault[], from: number, to: number): boolean {
  return faults.every(({ start, end }) => end + aftermath < from || start > to)
}

export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** By the nearest rank: each is a value that was measured. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
