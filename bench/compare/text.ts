// One figure as a terminal shows it.

import { table } from '../table.ts'
import type { ContenderFigure, Figure, GoalFigure } from './measure.ts'
import type { Spread } from './statistics.ts'

export function asText(figure: Figure): string {
  const lines = figure.goals.map(
    (goal) => `  ${goal.isReached ? 'reached' : 'missed '}  ${goalText(goal, figure)}`,
  )
  return [figure.title, table(records(figure)), ...lines, ...(figure.note ? [figure.note] : [])].join('\n')
}

/** The rows of a table: question by question, and of each the fastest first. */
export function records({ contenders, unit, virtue, rounds }: Figure): Record<string, string>[] {
  const isCompared = contenders.some(({ ratio }) => ratio)
  return byQuestion(contenders)
    .flatMap(({ answers }) => answers)
    .map(({ name, kind, cost, ratio }) => ({
      who: name,
      what: kind,
      ...(rounds === 1
        ? { [unit]: digits(cost.median) }
        : { [`${unit}, median`]: digits(cost.median), quartiles: range(cost) }),
      ...(isCompared
        ? { [`Sojourn is … times as ${virtue ?? 'fast'}`]: ratio ? digits(ratio.median) : '' }
        : {}),
      ...(isCompared && rounds > 1 ? { 'quartiles ': ratio ? range(ratio) : '' } : {}),
    }))
}

interface Answers {
  readonly question?: string
  /** The least cost first. */
  readonly answers: readonly ContenderFigure[]
}

/** Those that answer the same question. Most works ask only one, which needs no name. */
export function byQuestion(contenders: readonly ContenderFigure[]): readonly Answers[] {
  return [...new Set(contenders.map(({ question }) => question))].map((question) => ({
    ...(question === undefined ? {} : { question }),
    answers: contenders
      .filter((each) => each.question === question)
      .toSorted((a, b) => a.cost.median - b.cost.median),
  }))
}

export function goalText({ goal, than, reached }: GoalFigure, { unit, rounds }: Figure): string {
  const who = goal.who ? `${goal.who}: ` : ''
  const found = rounds === 1 ? digits(reached.median) : `${digits(reached.median)} (${range(reached)})`
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
