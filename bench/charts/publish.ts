// Writes what a full run has found where readers look: a chart for each row in docs/images, and the tables between the
// marks of docs/performance.md. The words around them are written by hand and stay.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Results, TakenFigure } from '../compare/machine.ts'
import { byQuestion, digits, goalText, range, records, timesText } from '../compare/text.ts'
import { table } from '../table.ts'
import { drawn } from './svg.ts'

const docs = join(import.meta.dirname, '../../docs')

/** Writes them. */
export function publish(results: Results): void {
  for (const [file, content] of pagesOf(results)) writeFileSync(join(docs, file), content)
}

/** What is to stand in each file under docs/. */
export function pagesOf(results: Results): ReadonlyMap<string, string> {
  const names = new Set(results.figures.map(({ row }) => row))
  const rows = new Map([...names].map((name) => [name, results.figures.filter(({ row }) => row === name)]))
  const blocks = new Map([...rows].map(([row, figures]) => [row, figures.map(section).join('\n\n')]))
  blocks.set('goals', goalsTable(results.figures))
  blocks.set('machine', machineLine(results))
  const page = filled(readFileSync(join(docs, 'performance.md'), 'utf8'), blocks)
  const charts = [...rows].map(
    ([row, figures]) => [`images/bench-${row}.svg`, chartOf(row, figures)] as const,
  )
  return new Map([['performance.md', page], ...charts])
}

/** The page with each block between its marks in the place of the one before. */
function filled(text: string, blocks: ReadonlyMap<string, string>): string {
  return [...blocks].reduce((before, [name, block]) => {
    const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
    const [from, to] = [before.indexOf(begin), before.indexOf(end)]
    if (from < 0 || to < from)
      throw new Error(`docs/performance.md has no place for ${name}: ${begin} … ${end}`)
    return `${before.slice(0, from + begin.length)}\n\n${block}\n\n${before.slice(to)}`
  }, text)
}

function chartOf(row: string, figures: readonly TakenFigure[]): string {
  const units = new Set(figures.map(({ unit }) => unit))
  return drawn({
    title: `${row[0]!.toUpperCase()}${row.slice(1).replaceAll('-', ' ')}`,
    unit: [...units].join(', '),
    groups: figures.flatMap(({ title, contenders }) =>
      byQuestion(contenders.filter(({ kind }) => kind !== 'bare')).map(({ question, answers }) => ({
        title: question === undefined ? title : `${title}: ${question}`,
        bars: answers.map(({ name, kind, cost }) => ({
          // The title says the question.
          label: question === undefined ? name : name.replace(`, ${question}`, ''),
          kind,
          value: cost.median,
          lower: cost.lower,
          upper: cost.upper,
        })),
      })),
    ),
  })
}

function section(figure: TakenFigure): string {
  const { title, note, goals, rounds, taken } = figure
  const times = rounds === 1 ? 'once' : `${rounds} rounds`
  return [
    `**${title}**, ${times}, on ${taken.date} beside ${taken.load} busy processes`,
    table(records(figure)),
    ...(goals.length === 0
      ? []
      : [
          goals
            .map((goal) => `- ${goal.isReached ? 'Reached' : '**Missed**'}: ${goalText(goal, figure)}.`)
            .join('\n'),
        ]),
    ...(note === undefined ? [] : [note]),
  ].join('\n\n')
}

function goalsTable(figures: readonly TakenFigure[]): string {
  return table(
    figures.flatMap(({ title, goals, unit, rounds }) =>
      goals.map(({ goal, than, reached, isReached }) => ({
        work: goal.who ? `${title} (${goal.who})` : title,
        goal: 'times' in goal ? `${timesText(goal.times)} × ${than}` : `at most ${goal.atMost} ${unit}`,
        measured: digits(reached.median),
        quartiles: rounds === 1 ? '' : range(reached),
        reached: isReached ? 'yes' : '**no**',
      })),
    ),
  )
}

function machineLine({ machine: { node, cores, model, memoryGiB } }: Results): string {
  return `Node ${node}, ${cores} cores of ${model}, ${memoryGiB} GiB. With each table stands the day on which it was taken, and how many processes were busy with other things before it began.`
}
