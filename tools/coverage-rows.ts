// The rows of docs/security, and the tests that name them: what `requirements.ts` prints and `coverage.ts` writes down.
//
// A test names the rows it proves in its title, or in that of a describe around it: `R57`. A row is met when a test
// that names it passed in the last run, or, without a run, when such a test is written.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface Row {
  readonly name: string
  readonly level: string
  readonly section: string
  readonly text: string
}

export interface Proof {
  readonly file: string
  readonly title: string
  /** `written` is a test that the last run did not include. */
  readonly verdict: 'passed' | 'failed' | 'skipped' | 'written'
}

export type Standing = 'met' | 'not met' | 'FAILING' | 'skipped'

export const catalogues = {
  requirements: { title: 'What the standards demand', file: 'docs/security/requirements.md', letter: 'R' },
  attacks: { title: 'Attacks', file: 'docs/security/attacks.md', letter: 'A' },
  pains: { title: 'How peers fail their users', file: 'docs/security/pains.md', letter: 'P' },
} as const

export type Catalogue = keyof typeof catalogues

const testFiles = [
  'packages/*/{src/testing,test}/**/*.ts',
  'examples/*/test/**/*.test.ts',
  'frameworks/{adapter,*/test}/**/*.test.ts',
  '{chaos,bench}/test/**/*.test.ts',
  'test/**/*.test.ts',
]

export class Coverage {
  readonly #root: string
  readonly #proofs: ReadonlyMap<string, readonly Proof[]>

  constructor(root: string) {
    this.#root = root
    this.#proofs = proofsByRow([...lastRun(root), ...written(root)])
  }

  /** Whether there was a run to go by. */
  get hasRun(): boolean {
    return existsSync(reportIn(this.#root))
  }

  rows(catalogue: Catalogue): readonly Row[] {
    const { file, letter } = catalogues[catalogue]
    return readRows(readFileSync(join(this.#root, file), 'utf8'), letter)
  }

  proofs(row: Row): readonly Proof[] {
    return this.#proofs.get(row.name) ?? []
  }

  standing(row: Row): Standing {
    const verdicts = new Set(this.proofs(row).map((proof) => proof.verdict))
    if (verdicts.size === 0) return 'not met'
    if (verdicts.has('failed')) return 'FAILING'
    return verdicts.has('passed') || verdicts.has('written') ? 'met' : 'skipped'
  }
}

function reportIn(root: string): string {
  return join(root, '.reports/vitest.json')
}

/** The numbered rows of the tables in a page; the level is a column named L, where there is one. */
function readRows(page: string, letter: string): Row[] {
  const found: Row[] = []
  let section = ''
  let hasLevel = false
  for (const line of page.split('\n')) {
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

function lastRun(root: string): Proof[] {
  const file = reportIn(root)
  if (!existsSync(file)) return []
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
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

// The title of a test, or of a story in a suite.
const title =
  /(?:\b(?:it|test|describe)\b[\w.]*(?:\([^()]*\)|<[^>]*>)*\s*\(|^\s*title:)\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gm

/** The titles in the test files, as they are written there; the tests of these tools prove nothing about Sojourn. */
function written(root: string): Proof[] {
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
