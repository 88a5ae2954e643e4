// What a chart draws.

import type { Ink } from './palette.ts'

export interface Line {
  readonly name: string
  readonly ink: Ink
  readonly values: readonly (number | null)[]
  /** Columns for what happened in a stretch of time; a line for what is there. Default: line. */
  readonly kind?: 'line' | 'columns'
}

/** A number, or a dash where there is none. */
export function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}
