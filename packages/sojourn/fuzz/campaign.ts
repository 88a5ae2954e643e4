// Feeds a target with inputs until there have been enough or time is up, and looks whether its time grows faster than
// its input.

import { performance } from 'node:perf_hooks'

import { diceOf, longest, mutated } from './mutate.ts'
import type { Target } from './targets.ts'

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
    const [short, long] = [filled(unit, longest / 8), filled(unit, longest)]
    const times: (readonly [number, number])[] = []
    // By turns, so that whatever else the machine does slows down both.
    for (let round = 0; round < 5; round++)
      times.push([await timeOf(target, short), await timeOf(target, long)])
    const least = (which: 0 | 1): number => Math.min(...times.map((pair) => pair[which]))
    // The constant forgives a clock of low resolution.
    const ratio = least(1) / (least(0) + 0.02)
    if (ratio > worst.ratio) worst = { unit, ratio }
  }
  return worst
}

function filled(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

async function timeOf(target: Target, input: string): Promise<number> {
  const began = performance.now()
  await target.feed(input)
  return performance.now() - began
}
