// `npm run profile -- verify ES256`: where the time and the memory of one piece of work go. Does what the comparison does,
// but with one contender alone, and writes to .reports/profiles:
//
//   *.cpuprofile, *.heapprofile   for the developer tools of a browser, or an editor
//   flame.svg                     the same as a flame graph: the wider, the longer; hover to read
//
// and prints which functions were busiest. `npm run profile -- request fastify` profiles the server that is asked.
//
//   --who name     whom to profile. Default: Sojourn
//   --seconds n    Default: 5

import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { table } from '../table.ts'
import { busiest, flameGraph, type CpuProfile } from './flame.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { who: { type: 'string', default: '' }, seconds: { type: 'string', default: '5' } },
})
const [row = 'verify', variant = ''] = positionals
const folder = join(import.meta.dirname, '../../.reports/profiles')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
// A request is the work of a server, in a process of its own; everything else happens in the process that asks.
const isServer = row === 'request' || row === 'busy-request'
const profiled = values.who === '' ? (row === 'request' ? 'Sojourn' : 'Sojourn on Redis') : values.who
const flags = [
  '--cpu-prof',
  `--cpu-prof-dir=${folder}`,
  '--cpu-prof-interval=250',
  '--heap-prof',
  `--heap-prof-dir=${folder}`,
]
const program = [
  join(import.meta.dirname, 'work.ts'),
  row,
  variant,
  values.who,
  values.seconds,
  isServer ? '' : folder,
]
const { status } = spawnSync(process.execPath, ['--no-warnings', '--expose-gc', ...program], {
  stdio: 'inherit',
  env: {
    ...process.env,
    NODE_ENV: 'production',
    ...(isServer ? { SOJOURN_BENCH_FLAGS: flags.join(' '), SOJOURN_BENCH_PROFILED: profiled } : {}),
  },
})
if (status !== 0) process.exit(status ?? 1)
for (const file of globSync('*.cpuprofile', { cwd: folder })) {
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  writeFileSync(join(folder, 'flame.svg'), flameGraph(profile))
  console.log(table(busiest(profile, 25)))
}
console.log(`\nIn ${folder}: flame.svg, and profiles for the developer tools of a browser`)
