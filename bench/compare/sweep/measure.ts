// How long reads take before a sweep and during it, and for how long the process is held up.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

import { live, type Target } from './target.ts'

export interface Phase {
  readonly reads: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
  /** For how long nothing else could run, in milliseconds, the millisecond between two looks included. */
  readonly held: { readonly p99: number; readonly longest: number }
}

export interface Swept {
  readonly store: string
  readonly how: string
  readonly removed: number
  readonly seconds: number
  readonly before: Phase
  readonly during: Phase
}

const beforeFor = 3000

/** Rejects if anything that has expired is still there, or anything that lives is not. */
export async function measureSweep(target: Target, expired: number): Promise<Swept> {
  await target.fill(expired)
  globalThis.gc?.()
  // The code is warm when it counts.
  await reading(target, () => new Promise((resolve) => setTimeout(resolve, beforeFor / 3)))
  const { phase: before } = await reading(
    target,
    () => new Promise((resolve) => setTimeout(resolve, beforeFor)),
  )
  const began = performance.now()
  const { phase: during, result: removed } = await reading(target, () => target.sweep())
  const seconds = (performance.now() - began) / 1000
  const { store, how } = target
  if (removed !== expired) throw new Error(`${store} has removed ${removed} of ${expired}`)
  for (let number = 0; number < live; number++) await target.read(number)
  return { store, how, removed, seconds, before, during }
}

// One reader, who reads again a millisecond later: as many requests as a busy process has.
async function reading<T>(target: Target, work: () => Promise<T>): Promise<{ phase: Phase; result: T }> {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  // It measures from its second look on, and sees a hold when that is over.
  await aMoment()
  const times: number[] = []
  const state = { isOver: false }
  const read = async (): Promise<void> => {
    for (let number = 0; !state.isOver; number++) {
      const began = performance.now()
      await target.read((number * 7919) % live)
      times.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const reader = read()
  const result = await work().finally(() => (state.isOver = true))
  await reader
  await aMoment()
  delays.disable()
  times.sort((a, b) => a - b)
  return {
    result,
    phase: {
      reads: times.length,
      p50: at(times, 0.5),
      p99: at(times, 0.99),
      longest: times.at(-1) ?? 0,
      held: { p99: delays.percentile(99) / 1e6, longest: delays.max / 1e6 },
    },
  }
}

function at(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
