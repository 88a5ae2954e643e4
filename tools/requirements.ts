// Which rows of docs/security are met by which tests: see coverage-rows.ts.
//
//   npm run requirements                     what the standards demand (R1, R2, …)
//   npm run requirements -- --attacks        attacks (A1, …);  --pains: how peers fail their users (P1, …)
//   npm run requirements -- --section D      one section, by its letter or a word of its title
//   npm run requirements -- --missing        only what is not met

import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'

import { Coverage, type Proof, type Row } from './coverage-rows.ts'

const { values: options } = parseArgs({
  options: {
    attacks: { type: 'boolean', default: false },
    pains: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
    section: { type: 'string' },
    root: { type: 'string', default: dirname(import.meta.dirname) },
  },
})
const coverage = new Coverage(options.root)
const kind = options.attacks ? 'attacks' : options.pains ? 'pains' : 'requirements'
const rows = coverage.rows(kind).filter(isAskedFor)
const isMet = (row: Row): boolean => coverage.standing(row) === 'met'

console.log(
  coverage.hasRun ? 'By the last run of the tests.' : 'No run of the tests to go by: by their titles.',
)
printRows()
printCounts()

function isAskedFor(row: Row): boolean {
  const wanted = options.section?.toLowerCase()
  if (wanted === undefined) return true
  const title = row.section.toLowerCase()
  return title.startsWith(`${wanted}.`) || (wanted.length > 1 && title.includes(wanted))
}

function printRows(): void {
  let section = ''
  for (const row of rows.filter((row) => !options.missing || !isMet(row))) {
    if (row.section !== section) console.log(`\n${row.section}`)
    section = row.section
    console.log(
      `  ${row.name.padEnd(4)} ${row.level.padEnd(1)} ${coverage.standing(row).padEnd(7)}  ${shorten(row.text, 100)}`,
    )
    printProofs(coverage.proofs(row))
  }
}

/** The first few, those that failed before the others. */
function printProofs(all: readonly Proof[]): void {
  const failedFirst = [...all].sort((a, b) => Number(b.verdict === 'failed') - Number(a.verdict === 'failed'))
  for (const proof of failedFirst.slice(0, 3)) {
    console.log(`${' '.repeat(18)}${proof.verdict}: ${basename(proof.file)}: ${shorten(proof.title, 90)}`)
  }
  if (all.length > 3) console.log(`${' '.repeat(18)}and ${all.length - 3} more`)
}

function printCounts(): void {
  const levels = [...new Set(rows.map((row) => row.level))]
  const sections = [...new Set(rows.map((row) => row.section))]
  const width = Math.max(5, ...sections.map((section) => section.length)) + 2
  const header = [...levels.filter(Boolean), 'all'].map((level) => level.padStart(9)).join('')
  const count = (part: readonly Row[]): string => {
    const cell = (cellRows: readonly Row[]): string =>
      (cellRows.length > 0 ? `${cellRows.filter(isMet).length}/${cellRows.length}` : '–').padStart(9)
    const byLevel = levels.filter(Boolean).map((level) => cell(part.filter((row) => row.level === level)))
    return [...byLevel, cell(part)].join('')
  }
  console.log(`\n${'met'.padEnd(width)}${header}`)
  for (const section of sections) {
    console.log(`${section.padEnd(width)}${count(rows.filter((row) => row.section === section))}`)
  }
  console.log(`${'all'.padEnd(width)}${count(rows)}`)
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
