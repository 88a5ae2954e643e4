// Makes the packages as they are published, in .packed/: `npm publish .packed/sojourn-0.1.0.tgz`.
//
// In a checkout the exports of a package lead to its sources, so that nothing needs a build; a published package leads
// to what was made of them: types by the compiler, and modules by the bundler. npm does not put `publishConfig.exports` in the place of `exports` by itself.

import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { bundleLibrary } from './bundle.ts'
import { buildDashboard } from './dashboard.mjs'

interface Manifest {
  readonly name: string
  readonly publishConfig?: { readonly exports?: unknown; readonly access?: string }
  readonly [field: string]: unknown
}

const root = dirname(import.meta.dirname)
const packed = join(root, '.packed')
const packages = ['sojourn', 'server']

rmSync(packed, { recursive: true, force: true })
mkdirSync(packed)
for (const folder of packages)
  rmSync(join(root, 'packages', folder, 'dist'), { recursive: true, force: true })
run('npm', ['run', '--silent', 'types'])
// The page that the server ships.
buildDashboard()
for (const folder of packages) await pack(folder)

async function pack(folder: string): Promise<void> {
  const source = join(root, 'packages', folder)
  const stage = join(packed, folder)
  // Links to other packages of the workspace are of no use in a published one.
  cpSync(source, stage, { recursive: true, filter: (path) => !path.includes('/node_modules') })
  cpSync(join(root, 'LICENSE'), join(stage, 'LICENSE'))
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published(manifest), undefined, 2)}\n`)
  if (folder === 'sojourn') {
    for (const file of globSync('dist/**/*.js{,.map}', { cwd: stage })) rmSync(join(stage, file))
    await bundleLibrary(join(stage, 'dist'))
  }
  run('npm', ['pack', '--silent', '--pack-destination', packed, stage])
}

function published({ publishConfig = {}, ...manifest }: Manifest): object {
  const { exports, ...rest } = publishConfig
  return { ...manifest, ...(exports === undefined ? {} : { exports }), publishConfig: rest }
}

function run(command: string, words: readonly string[]): void {
  execFileSync(command, words, { cwd: root, stdio: 'inherit' })
}
