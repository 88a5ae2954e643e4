// Whether two inputs take the same time, as dudect asks it: many short measurements of each in random order, those that
// something else has disturbed left out, and Welch's t of what remains. |t| beyond 5 is a difference that repeats.

import { randomBytes } from 'node:crypto'

import type { Comparison } from './comparisons.ts'

export interface Leak {
  readonly name: string
  readonly kind: Comparison['kind']
  /** Median of each, in nanoseconds for one comparison. */
  readonly early: number
  readonly late: number
  readonly t: number
  readonly samples: number
}

/** How often one measurement compares, so that the clock is finer than what it measures. */
const together = 40

export function measure({ name, kind, compare, early, late }: Comparison, samples: number): Leak {
  const times: { readonly early: number[]; readonly late: number[] } = { early: [], late: [] }
  const order = randomBytes(samples)
  for (let warm = 0; warm < 20_000; warm++) compare(warm % 2 === 0 ? early : late)
  for (const coin of order) {
    const which = coin % 2 === 0 ? 'early' : 'late'
    times[which].push(timeOf(compare, which === 'early' ? early : late))
  }
  const quiet = { early: undisturbed(times.early), late: undisturbed(times.late) }
  return {
    name,
    kind,
    early: median(times.early),
    late: median(times.late),
    t: welch(quiet.early, quiet.late),
    samples,
  }
}

function timeOf(compare: (input: string) => boolean, input: string): number {
  const began = process.hrtime.bigint()
  let good = 0
  for (let time = 0; time < together; time++) if (compare(input)) good += 1
  const took = Number(process.hrtime.bigint() - began) / together
  if (good > 0) throw new Error('A wrong input was taken for right')
  return took
}

// The slowest tenth waited for something else: a collection, another process.
function undisturbed(times: readonly number[]): readonly number[] {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted.slice(0, Math.floor(sorted.length * 0.9))
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** Welch's t: the difference of the means, in units of what chance would make of it. */
function welch(a: readonly number[], b: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length
  const variance = (of: readonly number[], middle: number): number =>
    of.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (of.length - 1)
  const [meanA, meanB] = [mean(a), mean(b)]
  const error = Math.sqrt(variance(a, meanA) / a.length + variance(b, meanB) / b.length)
  return error === 0 ? 0 : (meanA - meanB) / error
}
