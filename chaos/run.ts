// `npm run chaos`: runs the history on each store while things break, judges it, and prints the figures. Exits with 1 if
// a promise that the store makes was broken, if a process ended by itself, or if the planted fault was not found.
//
//   npm run chaos -- --store sqlite,postgres --seconds 60 --seed 7 --json --keep

import { parseArgs } from 'node:util'

import { has } from '../tools/services.mjs'
import { brokenIn, reportOn, type Report } from './check/report.ts'
import { play } from './stage/play.ts'
import { control, settings, type Setting } from './stage/settings.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})

const all = [...settings, control]
const chosen = values.store?.split(',') ?? all.map(({ name }) => name)
const unknown = chosen.filter((name) => !all.some((setting) => setting.name === name))
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
if (unknown.length > 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(`usage: npm run chaos -- [--store ${all.map(({ name }) => name).join(',')}]`)
  console.error('         [--seconds 60] [--seed 1] [--json] [--keep]')
  process.exit(2)
}

// So that whoever interrupts it leaves no server and no disk behind: they are ended when we exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

interface Run {
  readonly setting: Setting
  readonly report: Report
  readonly faults: readonly string[]
}

const runs: Run[] = []
for (const setting of all.filter(({ name }) => chosen.includes(name))) {
  if (setting.needs && !has(setting.needs)) {
    console.error(`${setting.name}: ${setting.needs} is not here, so it is left out`)
    process.exitCode = 1
    continue
  }
  console.error(`${setting.name}: ${seconds} seconds with seed ${seed}`)
  const { history, crashes, folder } = await play(setting, {
    seconds,
    seed,
    clients: 2,
    nodes: 3,
    keep: values.keep,
  })
  if (values.keep) console.error(`${setting.name}: everything is in ${folder}`)
  const report = reportOn(history)
  runs.push({ setting, report, faults: [...crashes, ...faultsOf(setting, report)] })
}

if (values.json) {
  console.log(JSON.stringify(runs.map(jsonOf), undefined, 2))
} else {
  console.log(tableOf(runs))
}
for (const { setting, faults } of runs) for (const fault of faults) console.error(`${setting.name}: ${fault}`)
if (runs.some(({ faults }) => faults.length > 0)) process.exitCode = 1
// Node has been seen not to come to its end by itself where many connections had been reset.
process.exit()

/** What must not be, in words. */
function faultsOf(setting: Setting, report: Report): readonly string[] {
  const broken = brokenIn(report, setting.promises)
  if (setting === control) {
    return broken.length > 0 ? [] : ['the fault that was planted has not been found']
  }
  return broken.flatMap(({ promise, violations }) =>
    violations.slice(0, 5).map(({ what, shown }) => `${promise}: ${what}; ${JSON.stringify(shown)}`),
  )
}

function jsonOf({ setting: { name, promises }, report, faults }: Run): object {
  const findings = report.findings.map(({ promise, cases, violations }) => ({
    promise,
    isPromised: promises.includes(promise),
    cases,
    violations: violations.length,
  }))
  return { store: name, ...report, findings, faults, broken: report.faults }
}
