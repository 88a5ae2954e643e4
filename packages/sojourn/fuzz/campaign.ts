// Feeds a target with inputs until there have been enough or time is up, and looks whether its time grows faster than
// its input.

import { performance } from 'node:perf_hooks'

import { diceOf, longest, mutated } from './mutate.ts'
import type { Target } from './target.ts'

export interface Finding {
  readonly target: string
  readonly input: string
  readonly error: unknown
}

export interface Report {
  readonly target: string
  readonly executions: number
  readonly seconds: number
  readonly finding: Finding | undefined
}

export interface Limits {
  readonly seed: number
  readonly executions?: number
  readonly seconds?: number
}

/** Ends with the first finding, or when either limit is reached. */
export async function campaign(target: Target, limits: Limits): Promise<Report> {
  const { seed, executions: most = Infinity, seconds = Infinity } = limits
  const dice = diceOf(seed)
  const began = performance.now()
  const elapsed = (): number => (performance.now() - began) / 1000
  let executions = 0
  let finding: Finding | undefined
  while (!finding && executions < most && (executions % 256 !== 0 || elapsed() < seconds)) {
    finding = await fed(target, mutated(target.seeds, target.words, dice))
    executions += 1
  }
  return { target: target.name, executions, seconds: elapsed(), finding }
}

async function fed(target: Target, input: string): Promise<Finding | undefined> {
  try {
    await target.feed(input)
    return undefined
  } catch (error) {
    return { target: target.name, input, error }
  }
}

export interface Growth {
  /** What was repeated. */
  readonly unit: string
  /** How many times as long eight times the input took. */
  readonly ratio: number
}

/** The word or seed whose repetition makes a target slowest for its length: 8 is linear, 64 is quadratic. */
export async function steepest(target: Target): Promise<Growth> {
  let worst: Growth = { unit: '', ratio: 0 }
  for (const unit of [...target.words, ...target.seeds.filter((seed) => seed !== '')]) {
    const ratio = await growthOf(target, unit)
    if (ratio > worst.ratio) worst = { unit, ratio }
  }
  return worst
}

// By turns, so that whatever else the machine does slows down both, and the shortest of each: what disturbs makes a time
// longer and never shorter. A ratio that is suspicious after a few rounds is looked at for longer; what grows too fast
// stays so.
async function growthOf(target: Target, unit: string): Promise<number> {
  const [short, long] = [filled(unit, longest / 8), filled(unit, longest)]
  let [shortest, longestTime, ratio] = [Infinity, Infinity, Infinity]
  for (let round = 0; round < (ratio < 16 ? 5 : 60); round++) {
    shortest = Math.min(shortest, await timeOf(target, short))
    longestTime = Math.min(longestTime, await timeOf(target, long))
    // The constant forgives a clock of low resolution.
    ratio = longestTime / (shortest + 0.02)
  }
  return ratio
}

function filled(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

async function timeOf(target: Target, input: string): Promise<number> {
  const began = performance.now()
  await target.feed(input)
  return performance.now() - began
}
