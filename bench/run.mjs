// Runs a benchmark: `node bench/run.mjs bytes --sessions 2000`. Installs first what the benchmarks compare with, which
// nothing else of the workspace needs.

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { isInstalled, npm } from '../tools/install.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [name = '', ...args] = process.argv.slice(2)

if (!isInstalled(here)) {
  const code = npm(here, 'ci')
  if (code !== 0) process.exit(code)
}
// With the collector at hand, so that a heap can be measured when everything superfluous has left it.
const result = spawnSync(process.execPath, ['--expose-gc', join(here, name, 'run.ts'), ...args], {
  stdio: 'inherit',
})
process.exit(result.status ?? 1)
