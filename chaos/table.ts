// The figures for a person to read: a column for each store, a row for each figure.

import type { Percentiles } from './check/delays.ts'
import type { Report } from './check/report.ts'
import { promises } from './check/violations.ts'
import type { Setting } from './stage/settings.ts'

export interface Column {
  readonly setting: Setting
  readonly report: Report
}

/** A table in Markdown. */
export function tableOf(columns: readonly Column[]): string {
  const row = (name: string, cell: (column: Column) => string): readonly string[] => [
    name,
    ...columns.map(cell),
  ]
  const lines = [
    row('', ({ setting }) => setting.name),
    row('operations', ({ report }) => count(report.operations)),
    row('sessions', ({ report }) => count(report.sessions)),
    row('things broken', ({ report }) =>
      count(Object.values(report.faults).reduce((sum, times) => sum + times, 0)),
    ),
    ...promises.map((promise) => row(promise, (column) => findingIn(column, promise))),
    row('updates given up (503)', ({ report }) => count(report.givenUp)),
    row('updates without an answer', ({ report }) => count(report.unanswered)),
    row('logout to refusal elsewhere, calm: p50 / p99 / max ms', ({ report }) => spread(report.delays.calm)),
    row('the same while something is broken', ({ report }) => spread(report.delays.disturbed)),
  ]
  const widths = lines[0]!.map((_, at) => Math.max(3, ...lines.map((cells) => cells[at]!.length)))
  const written = lines.map((cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | '),
  )
  const rule = widths
    .map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
    .join(' | ')
  return [written[0], rule, ...written.slice(1)].map((line) => `| ${line} |`).join('\n')
}

/** How many of how many cases; in brackets where the store does not promise it. */
function findingIn({ setting, report }: Column, promise: (typeof promises)[number]): string {
  const { cases = 0, violations = [] } = report.findings.find((one) => one.promise === promise) ?? {}
  const text = `${count(violations.length)} of ${count(cases)}`
  return setting.promises.includes(promise) ? text : `(${text})`
}

function spread(values: Percentiles | undefined): string {
  if (!values) return 'none seen'
  return `${[values.p50, values.p99, values.max].map((value) => value.toFixed(1)).join(' / ')} (${count(values.count)})`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
