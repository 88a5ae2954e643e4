// Where and when figures were taken: what a reader needs to judge them, and nothing that names a machine.

import { cpus, loadavg, totalmem } from 'node:os'

import type { Figure } from './measure.ts'

export interface Machine {
  readonly node: string
  readonly cores: number
  readonly model: string
  readonly memoryGiB: number
}

/** What is another with each run, and so stands with each figure. */
export interface Taken {
  readonly date: string
  /** What else was running: the mean number of busy processes in the five minutes before. */
  readonly load: number
}

export type TakenFigure = Figure & { readonly taken: Taken }

export interface Results {
  readonly machine: Machine
  readonly figures: readonly TakenFigure[]
}

/** To be asked before a run begins. */
export function taken(): Taken {
  return { date: new Date().toISOString().slice(0, 10), load: Number(loadavg()[1]!.toFixed(1)) }
}

export function machine(): Machine {
  const all = cpus()
  return {
    node: process.versions.node,
    cores: all.length,
    model: all[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
}
