// Reads the documentation as a newcomer would: compiles every ts and js fence, and follows every relative link.
//
// Each fence becomes a module of its own in .docs-check/, inside the workspace, so that it imports `sojourn/…` as a
// user does; the compiler runs once over all of them. What a page may take for granted (app, checkPassword, …) is
// declared in docs-prelude.d.ts. Two words in the info string change this:
//
//   ```ts continued             begins with the fences before it on the page, back to one that is not continued
//   ```ts no-check: a reason    is not compiled; the reason is required
//
// Faults are reported at the line of the page.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { brokenLinks } from './docs-links.ts'
import { fencesOf, findPages, type Fence, type Line } from './docs-pages.ts'

const extensions: Record<string, string> = {
  ts: 'ts',
  typescript: 'ts',
  js: 'js',
  javascript: 'js',
  tsx: 'tsx',
}

const { values } = parseArgs({ options: { root: { type: 'string', default: dirname(import.meta.dirname) } } })
const root = resolve(values.root)
const scratch = join(root, '.docs-check')

process.exitCode = main()

function main(): number {
  const pages = findPages(root)
  const fences = pages.flatMap((page) => fencesOf(root, page))
  const compiled = fences.filter((fence) => fence.language in extensions)
  const skipped = compiled.filter((fence) => /^no-check\b/.test(fence.info))
  const faults = [
    ...fences.filter((fence) => !fence.isClosed).map(fault('the fence is never closed')),
    ...skipped
      .filter((fence) => !/^no-check: \S/.test(fence.info))
      .map(fault('no-check needs a reason: `no-check: reason`')),
    ...compile(compiled, (fence) => !skipped.includes(fence)),
    ...pages.flatMap((page) => brokenLinks(root, page)),
  ]
  for (const text of faults) console.error(text)
  const checked = compiled.length - skipped.length
  console.log(
    `${pages.length} pages, ${checked} fences compiled, ${skipped.length} not, ${faults.length} faults`,
  )
  return faults.length === 0 ? 0 : 1
}

function fault(text: string): (fence: Fence) => string {
  return (fence) => `${fence.page}:${fence.number}: ${text}`
}

/** Compiles the fences that are to be checked, and says what is wrong at which line of which page. */
function compile(fences: readonly Fence[], isChecked: (fence: Fence) => boolean): string[] {
  const modules = new Map(
    fences.flatMap((fence, index) => (isChecked(fence) ? [moduleOf(fences, index)] : [])),
  )
  if (modules.size === 0) return []
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch)
  for (const [name, lines] of modules) {
    // The last line makes a module of a fence that neither imports nor exports.
    writeFileSync(join(scratch, name), `${lines.map((line) => line.text).join('\n')}\nexport {}\n`)
  }
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(program()))
  const compiler = join(import.meta.dirname, '../node_modules/@typescript/native/bin/tsc')
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [compiler, '-p', scratch, '--pretty', 'false'],
    {
      cwd: scratch,
      encoding: 'utf8',
    },
  )
  const errors = `${stdout}${stderr}`.split('\n').filter((line) => / error TS/.test(line))
  if (status !== 0 && errors.length === 0) return [`the compiler failed: ${stdout}${stderr}`]
  const faults = errors.flatMap((line) => located(line, modules))
  if (faults.length === 0) rmSync(scratch, { recursive: true, force: true })
  // A fence that others continue is compiled with each of them, and reported once.
  return [...new Set(faults)]
}

/** The module of a fence: its lines, after those of the fences that it continues. */
function moduleOf(fences: readonly Fence[], index: number): [string, Line[]] {
  const fence = fences[index]
  if (!fence) throw new Error('no such fence')
  const before = /^continued\b/.test(fence.info) && fences[index - 1]?.page === fence.page
  const lines = [...(before ? moduleOf(fences, index - 1)[1] : []), ...fence.lines]
  const name = `${fence.page.replaceAll('/', '-').replace(/\.md$/, '')}-${fence.number}`
  return [`${name}.${extensions[fence.language] ?? 'ts'}`, lines]
}

function program(): object {
  const prelude = join(import.meta.dirname, 'docs-prelude.d.ts')
  return {
    extends: join(import.meta.dirname, '../tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      allowJs: true,
      checkJs: true,
      jsx: 'preserve',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      // A fence shows what there is; it need not use it.
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitReturns: false,
    },
    include: ['*.ts', '*.tsx', '*.js'],
    files: existsSync(prelude) ? [prelude] : [],
  }
}

/** An error of the compiler as a fault of the page, unless it asks of JavaScript what only TypeScript can do. */
function located(line: string, modules: ReadonlyMap<string, readonly Line[]>): string[] {
  const [, file = '', row = '', text = ''] = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(line) ?? []
  if (!file) return [line]
  const name = relative(scratch, resolve(scratch, file))
  if (name.endsWith('.js') && /^TS70(06|31)\b/.test(text)) return []
  const lines = modules.get(name)
  const page = lines ? pageOf(name) : relative(root, resolve(scratch, file))
  return [`${page}:${lines?.[Number(row) - 1]?.number ?? row}: ${text}`]
}

function pageOf(module: string): string {
  const key = module.replace(/-\d+\.\w+$/, '')
  return findPages(root).find((page) => page.replaceAll('/', '-').replace(/\.md$/, '') === key) ?? module
}
