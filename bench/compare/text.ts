// One figure as a terminal shows it.

import { table } from '../table.ts'
import type { ContenderFigure, Figure, GoalFigure } from './measure.ts'
import type { Spread } from './statistics.ts'

export function asText(figure: Figure): string {
  const lines = figure.goals.map(
    (goal) => `  ${goal.isReached ? 'reached' : 'missed '}  ${goalText(goal, figure.unit)}`,
  )
  return [figure.title, table(records(figure)), ...lines].join('\n')
}

/** The rows of a table, fastest first. */
export function records({ contenders, unit }: Figure): Record<string, string>[] {
  return contenders.toSorted(byCost).map(({ name, kind, cost, ratio }) => ({
    who: name,
    what: kind,
    [`${unit}, median`]: digits(cost.median),
    quartiles: range(cost),
    'Sojourn is … times as fast': ratio ? digits(ratio.median) : '',
    'quartiles ': ratio ? range(ratio) : '',
  }))
}

export function goalText({ goal, than, reached }: GoalFigure, unit: string): string {
  const who = goal.who ? `${goal.who}: ` : ''
  const found = `${digits(reached.median)} (${range(reached)})`
  if ('atMost' in goal) return `${who}at most ${goal.atMost} ${unit}: it is ${found}`
  const name = goal.than === than ? than : `${goal.than} (${than})`
  return `${who}${timesText(goal.times)} × ${name}: it is ${found}`
}

/** As it was said: 0.85, 8, or 1/1.5. */
export function timesText(times: number): string {
  return Number.isInteger(times * 100) ? String(times) : `1/${Number((1 / times).toFixed(2))}`
}

export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function range({ lower, upper }: Spread): string {
  return `${digits(lower)} – ${digits(upper)}`
}

function byCost(a: ContenderFigure, b: ContenderFigure): number {
  return a.cost.median - b.cost.median
}
