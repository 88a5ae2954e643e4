// The adapter suite's table: which adapter shows which behaviour, from the report of the last `npm test`, and how many
// lines of code each adapter has. Without a report it runs those tests first.
//
//   npm run adapters                 adapters × groups of behaviours, and the lines
//   npm run adapters -- --stories    adapters × every behaviour
//   npm run adapters -- --run        run the tests first, in any case

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const report = join(root, '.reports', 'vitest.json')
const folder = join(root, 'packages', 'sojourn', 'src', 'adapter')

/** What one adapter did in one behaviour. */
export interface Shown {
  readonly adapter: string
  readonly part: string
  readonly story: string
  readonly passed: boolean
}

/** A line that the compiler reads: not blank, and no comment. */
export function codeLines(text: string): number {
  return text.split('\n').filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line)).length
}

/** The lines of code of each adapter, by the name of its file. */
export function linesOfAdapters(): ReadonlyMap<string, number> {
  const files = globSync('*.ts', { cwd: folder }).sort()
  const adapters = files.filter((file) => !/^(shared-|client-errors)/.test(file))
  return new Map(adapters.map((file) => [file, codeLines(readFileSync(join(folder, file), 'utf8'))]))
}

/** What vitest's JSON report tells of the adapter suite. */
export function shownIn(json: string): readonly Shown[] {
  const { testResults } = JSON.parse(json) as {
    testResults: readonly {
      name: string
      assertionResults: readonly { ancestorTitles: readonly string[]; title: string; status: string }[]
    }[]
  }
  return testResults
    .filter(({ name }) => /\/adapter\/[^/]+\.test\.ts$/.test(name))
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ ancestorTitles, title, status }) => {
      const [, adapter, part] = /^(.+): (.+)$/.exec(ancestorTitles.at(-1) ?? '') ?? []
      return adapter === undefined || part === undefined || status === 'skipped'
        ? []
        : [{ adapter, part, story: title, passed: status === 'passed' }]
    })
}

/** Adapters × groups, each as passed/told. */
export function tableOf(shown: readonly Shown[], column: 'part' | 'story'): string {
  const adapters = [...new Set(shown.map(({ adapter }) => adapter))]
  const columns = [...new Set(shown.map((one) => one[column]))]
  const cell = (adapter: string, name: string): string => {
    const told = shown.filter((one) => one.adapter === adapter && one[column] === name)
    const passed = told.filter((one) => one.passed).length
    return told.length === 0
      ? '-'
      : column === 'story' && passed === told.length
        ? '✓'
        : `${passed}/${told.length}`
  }
  // A behaviour has a long name: there, the adapters are the columns.
  return column === 'part'
    ? grid(
        ['adapter', ...columns],
        adapters.map((adapter) => [adapter, ...columns.map((name) => cell(adapter, name))]),
      )
    : grid(
        ['behaviour', ...adapters],
        columns.map((name) => [name, ...adapters.map((adapter) => cell(adapter, name))]),
      )
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

function main(): number {
  const { values } = parseArgs({ options: { stories: { type: 'boolean' }, run: { type: 'boolean' } } })
  if (values.run || !existsSync(report)) {
    const words = ['node_modules/vitest/vitest.mjs', 'run', '/adapter/']
    spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const shown = shownIn(readFileSync(report, 'utf8'))
  if (shown.length === 0) {
    console.error('The last run had no adapter in it: npm run adapters -- --run')
    return 1
  }
  console.log(tableOf(shown, values.stories ? 'story' : 'part'))
  console.log(
    `\n${grid(
      ['adapter', 'lines of code'],
      [...linesOfAdapters()].map(([file, lines]) => [basename(file, '.ts'), String(lines)]),
    )}`,
  )
  return shown.every(({ passed }) => passed) ? 0 : 1
}

if (process.argv[1] === import.meta.filename) process.exitCode = main()
