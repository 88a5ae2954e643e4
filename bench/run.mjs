// Runs a benchmark: `node bench/run.mjs load --seconds 2`; `npm run bench` is the comparison. Installs first what the
// benchmarks compare with, which nothing else of the workspace needs. The largest of it only some rows of the comparison ask
// for, so that is optional.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { isInstalled, npm } from '../tools/install.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [name = '', ...args] = process.argv.slice(2)
const needsAll = name === 'profile' || (name === 'compare' && !args.includes('--quick') && !isOfLittle())

if (!isInstalled(here) || (needsAll && !hasOptional())) {
  const code = npm(here, 'ci', ...(needsAll ? [] : ['--omit=optional']))
  if (code !== 0) process.exit(code)
}
// With the collector at hand, so that a heap can be measured when everything superfluous has left it.
const result = spawnSync(process.execPath, ['--expose-gc', join(here, name, 'run.ts'), ...args], {
  stdio: 'inherit',
})
process.exit(result.status ?? 1)

/** Whether only those rows are wanted that are measured beside the stores of express-session alone. */
function isOfLittle() {
  const string = { type: 'string', multiple: true }
  const options = { sessions: string, variant: string, rounds: string }
  const { positionals } = parseArgs({ args, options, strict: false })
  return positionals.length > 0 && positionals.every((row) => ['bytes', 'sweep'].includes(row))
}

function hasOptional() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  return Object.keys(optionalDependencies).every((peer) => existsSync(join(here, 'node_modules', peer)))
}
