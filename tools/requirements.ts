// Which rows of docs/security are met by which tests.
//
//   npm run requirements                     what the standards demand (R1, R2, …)
//   npm run requirements -- --attacks        attacks (A1, …);  --pains: how peers fail their users (P1, …)
//   npm run requirements -- --section D      one section, by its letter or a word of its title
//   npm run requirements -- --missing        only what is not met
//
// A test names the rows it proves in its title, or in that of a describe around it: `R57`. A row is met when a test
// that names it passed in the last run, or, without a run, when such a test is written.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'

interface Row {
  readonly name: string
  readonly level: string
  readonly section: string
  readonly text: string
}

/** `written` is a test that the last run did not include. */
type Verdict = 'passed' | 'failed' | 'skipped' | 'written'

interface Proof {
  readonly file: string
  readonly title: string
  readonly verdict: Verdict
}

const { values: options } = parseArgs({
  options: {
    attacks: { type: 'boolean', default: false },
    pains: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
    section: { type: 'string' },
    root: { type: 'string', default: dirname(import.meta.dirname) },
  },
})
const { root } = options
const catalogues = {
  requirements: { file: 'docs/security/requirements.md', letter: 'R' },
  attacks: { file: 'docs/security/attacks.md', letter: 'A' },
  pains: { file: 'docs/security/pains.md', letter: 'P' },
}
const testFiles = ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts']
const reportFile = join(root, '.reports/vitest.json')

const kind = options.attacks ? 'attacks' : options.pains ? 'pains' : 'requirements'
const rows = readRows(catalogues[kind].file, catalogues[kind].letter).filter(isAskedFor)
const proofs = proofsByRow([...lastRun(), ...written()])
const isMet = (row: Row): boolean => standing(row) === 'met'

console.log(
  existsSync(reportFile) ? 'By the last run of the tests.' : 'No run of the tests to go by: by their titles.',
)
printRows()
printCounts()

// --- reading ----------------------------------------------------------------------------------------------------

/** The numbered rows of the tables in a page; the level is a column named L, where there is one. */
function readRows(file: string, letter: string): Row[] {
  const found: Row[] = []
  let section = ''
  let hasLevel = false
  for (const line of readFileSync(join(root, file), 'utf8').split('\n')) {
    section = /^###? (.*)/.exec(line)?.[1] ?? section
    if (line.startsWith('| # |')) hasLevel = line.startsWith('| # | L |')
    const [, number, second = '', third = '', fourth = ''] =
      /^\| [A-Z]?(\d+) \|([^|]*)\|([^|]*)\|([^|]*)/.exec(line) ?? []
    if (!number) continue
    const text = hasLevel || letter === 'P' ? third : `${second}:${third}`
    const level = hasLevel ? second.trim() : ''
    found.push({ name: `${letter}${number}`, level, section, text: (text || fourth).trim() })
  }
  return found
}

function isAskedFor(row: Row): boolean {
  const wanted = options.section?.toLowerCase()
  if (wanted === undefined) return true
  const title = row.section.toLowerCase()
  return title.startsWith(`${wanted}.`) || (wanted.length > 1 && title.includes(wanted))
}

function lastRun(): Proof[] {
  if (!existsSync(reportFile)) return []
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as {
    testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[]
  }
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({
      file: relative(root, name),
      title: fullName,
      verdict: status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped',
    })),
  )
}

/** The titles in the test files, as they are written there; the tests of these tools prove nothing about Sojourn. */
function written(): Proof[] {
  const title =
    /\b(?:it|test|describe)\b[\w.]*(?:\([^()]*\)|<[^>]*>)*\s*\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g
  const files = globSync(testFiles, { cwd: root }).filter((file) => !file.startsWith('test/tools/'))
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(title)].map((match) => ({
      file,
      title: match[2] ?? '',
      verdict: 'written' as const,
    })),
  )
}

/** Proofs under the name of each row that they name; a title that is only written counts where no run has seen it. */
function proofsByRow(all: readonly Proof[]): Map<string, Proof[]> {
  const byRow = new Map<string, Proof[]>()
  for (const proof of all) {
    for (const name of new Set(proof.title.match(/\b[RAP]\d{1,3}\b/g) ?? [])) {
      const others = byRow.get(name) ?? []
      const isSeen = others.some((other) => other.file === proof.file && other.verdict !== 'written')
      if (proof.verdict !== 'written' || !isSeen) byRow.set(name, [...others, proof])
    }
  }
  return byRow
}

function standing(row: Row): 'met' | 'not met' | 'FAILING' | 'skipped' {
  const verdicts = new Set((proofs.get(row.name) ?? []).map((proof) => proof.verdict))
  if (verdicts.size === 0) return 'not met'
  if (verdicts.has('failed')) return 'FAILING'
  return verdicts.has('passed') || verdicts.has('written') ? 'met' : 'skipped'
}

// --- printing ---------------------------------------------------------------------------------------------------

function printRows(): void {
  let section = ''
  for (const row of rows.filter((row) => !options.missing || !isMet(row))) {
    if (row.section !== section) console.log(`\n${row.section}`)
    section = row.section
    console.log(
      `  ${row.name.padEnd(4)} ${row.level.padEnd(1)} ${standing(row).padEnd(7)}  ${shorten(row.text, 100)}`,
    )
    printProofs(proofs.get(row.name) ?? [])
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
