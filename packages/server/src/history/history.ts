// What this server has seen lately, as a time series: so many sign-ins, refreshes and thefts in each stretch of time, and
// how much there was. It is kept in memory, for an hour finely and for a day coarsely, so its size is fixed and a
// restart begins anew. For anything longer there are `/metrics` and the audit trail.

import type { SojournEvent } from 'sojourn'

/** A stretch of time. Counts are of what happened in it; the others are what was seen last in it, or null. */
export interface Stretch {
  /** When it begins. */
  readonly at: number
  signIns: number
  refreshes: number
  replays: number
  thefts: number
  ended: number
  refused: number
  live: number | null
  backlog: number | null
  feedLag: number | null
}

/** What is counted. */
type Count = 'signIns' | 'refreshes' | 'replays' | 'thefts' | 'ended' | 'refused'

/** What is looked at now and then. */
export type Level = Pick<Stretch, 'live' | 'backlog' | 'feedLag'>

export const spans = {
  hour: { step: 15_000, most: 240 },
  day: { step: 300_000, most: 288 },
} as const

export type Span = keyof typeof spans

const counted: Readonly<Partial<Record<SojournEvent['type'], Count>>> = {
  'session.created': 'signIns',
  'session.refreshed': 'refreshes',
  'session.replayed': 'replays',
  'session.reused': 'thefts',
  'session.ended': 'ended',
  'token.rejected': 'refused',
  'csrf.rejected': 'refused',
  'rate.limited': 'refused',
  'session.refused': 'refused',
}

export class History {
  readonly #series: Readonly<Record<Span, Stretch[]>> = { hour: [], day: [] }

  /** Counts an event, at the time that it tells. */
  count({ type, at }: SojournEvent): void {
    const name = counted[type]
    if (name) for (const span of ['hour', 'day'] as const) this.#stretch(span, at)[name]++
  }

  /** Keeps what was seen at an instant. */
  note(level: Level, at: number): void {
    for (const span of ['hour', 'day'] as const) Object.assign(this.#stretch(span, at), level)
  }

  /** The stretches of a span, the oldest first; a server that has just started has few. */
  read(span: Span, now: number): readonly Stretch[] {
    const { step, most } = spans[span]
    return this.#series[span].filter(({ at }) => at > now - step * most)
  }

  // The last one nearly always: only what other processes tell may come a little late.
  #stretch(span: Span, at: number): Stretch {
    const { step, most } = spans[span]
    const series = this.#series[span]
    const begin = Math.floor(at / step) * step
    const known = series.findLast((one) => one.at <= begin)
    if (known?.at === begin) return known
    const made: Stretch = { at: begin, ...nothing }
    series.splice(known ? series.indexOf(known) + 1 : 0, 0, made)
    if (series.length > most) series.shift()
    return made
  }
}

const nothing = {
  signIns: 0,
  refreshes: 0,
  replays: 0,
  thefts: 0,
  ended: 0,
  refused: 0,
  live: null,
  backlog: null,
  feedLag: null,
}
