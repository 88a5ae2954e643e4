// `npm run bench`: what Sojourn costs beside others who do the same, and beside the raw operation. Every figure is a ratio
// taken in one run, round by round, with the spread of the rounds; absolute times are those of this machine, today.
//
//   verify mint …   only these rows. Default: all
//   --variant name  only this form of a row, such as ES256; may be given several times
//   --quick         little of each, in less than half a minute. Fails if we have fallen behind by far
//   --publish       writes them into bench/results/compare.json, in the place of those before, and from it the
//                   charts and the tables of docs/performance.md
//   --rounds n      how often each contender is asked. Default: 11
//   --sessions n    how many there are, in the rows about many: bytes, sweep, subject, scale. Default: a million, and
//                   for scale ten millions
//   --json          the figures alone, for a program

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { publish } from '../charts/publish.ts'
import { childFigure } from './child.ts'
import { machine, taken, type Results, type TakenFigure } from './machine.ts'
import type { Figure, Rounds } from './measure.ts'
import { quickRows, rows } from './rows.ts'
import { asText } from './text.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    sessions: { type: 'string' },
    variant: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const { quick } = values
  const names = positionals.length > 0 ? positionals : quick ? quickRows : Object.keys(rows)
  const rounds = wholeNumber('rounds') ?? (quick ? 5 : 11)
  const sessions = wholeNumber('sessions')
  const before = taken()
  const figures: TakenFigure[] = []
  for (const name of names) {
    const load = rows[name]
    if (!load) throw new Error(`There is no row named ${name}. There are: ${Object.keys(rows).join(', ')}`)
    const { row } = await load()
    const variants = quick ? (row.quickVariants ?? row.variants) : row.variants
    for (const variant of variants.filter((each) => values.variant?.includes(each) ?? true)) {
      const how: Rounds = quick
        ? { rounds, span: 25, warmUp: 120 }
        : { rounds: Math.min(rounds, row.rounds ?? rounds), span: row.span ?? 100, warmUp: row.warmUp ?? 500 }
      if (process.stderr.isTTY) process.stderr.write(`${name} ${variant} …\n`)
      const options = { ...how, quick, ...(sessions === undefined ? {} : { sessions }) }
      const figure = await childFigure(name, variant, options, row.heap)
      figures.push({ ...figure, taken: before })
      if (!values.json) console.log(`\n${asText(figure)}`)
      // As soon as it is there: a run takes long, and may be cut off.
      if (values.publish) published(figures.at(-1)!)
    }
  }
  const results: Results = { machine: machine(), figures }
  if (values.json) console.log(JSON.stringify(results, undefined, 2))
  if (quick) guard(figures)
}

function wholeNumber(name: 'rounds' | 'sessions'): number | undefined {
  const number = Number(values[name] ?? 1)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`)
  return values[name] === undefined ? undefined : number
}

/** Puts a figure in the place of the one before. */
function published(figure: TakenFigure): void {
  const folder = join(import.meta.dirname, '../results')
  const file = join(folder, 'compare.json')
  mkdirSync(folder, { recursive: true })
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results).figures : []
  const isTheSame = ({ row, variant }: Figure): boolean => row === figure.row && variant === figure.variant
  const all = before.some(isTheSame)
    ? before.map((each) => (isTheSame(each) ? figure : each))
    : [...before, figure]
  const order = Object.keys(rows)
  const results: Results = {
    machine: machine(),
    figures: all.toSorted((a, b) => order.indexOf(a.row) - order.indexOf(b.row)),
  }
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
  publish(results)
}

/** What fell far behind in a quick run; a busy machine makes everybody slower, and no ratio half as large. */
function guard(figures: readonly Figure[]): void {
  const behind = figures.flatMap((figure) =>
    figure.guard
      .filter(({ isReached }) => !isReached)
      .map(({ goal, than, reached }) => {
        const least = 'times' in goal ? goal.times : goal.atMost
        return `${figure.title}: ${reached.median.toFixed(2)} times as fast as ${than}, and it should be ${least} at least`
      }),
  )
  if (behind.length === 0) return
  console.error(`\nA step backwards:\n${behind.join('\n')}`)
  process.exitCode = 1
}

await main()
