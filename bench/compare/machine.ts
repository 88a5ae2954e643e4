// Where and when figures were taken: what a reader needs to judge them, and nothing that names a machine.

import { cpus, loadavg, totalmem } from 'node:os'

import type { Figure } from './measure.ts'

export interface Machine {
  readonly date: string
  readonly node: string
  readonly cores: number
  readonly model: string
  readonly memoryGiB: number
  /** What else was running: the mean number of busy processes in the five minutes before. */
  readonly load: number
}

export interface Results {
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

export function machine(): Machine {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cores: all.length,
    model: all[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[1]!.toFixed(1)),
  }
}
