// `npm run fuzz`: feeds every parser that a stranger can reach with broken inputs, and says how many and what was found.
//
//   npm run fuzz -- --seconds 60           so long for each target; default 10
//   npm run fuzz -- --target cookie        those whose names have this in them
//   npm run fuzz -- --seed 7               the same inputs again; default: another seed each time, which is printed

import { parseArgs } from 'node:util'

import { campaign, steepest } from './campaign.ts'
import { targets } from './targets.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
const chosen = targets.filter(({ name }) => name.includes(values.target))
if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(`Nothing to do. Targets: ${targets.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

console.log(`seed ${seed}\n`)
console.log(row('', 'executions', 'seconds', 'growth', ''))
let findings = 0
for (const target of chosen) {
  const { executions, seconds: took, finding } = await campaign(target, { seed, seconds })
  const { unit, ratio } = await steepest(target)
  if (finding) findings += 1
  const verdict = finding ? 'FOUND' : `slowest with ${JSON.stringify(unit.slice(0, 20))}`
  console.log(row(target.name, executions.toLocaleString('en'), took.toFixed(1), ratio.toFixed(1), verdict))
  if (finding) console.log(`${JSON.stringify(finding.input)}\n${String(finding.error)}\n`)
}
console.log('\ngrowth: how many times as long eight times the input takes; 8 is linear, 64 quadratic.')
console.log(findings === 0 ? 'Nothing was found.' : `${findings} findings.`)
process.exitCode = findings === 0 ? 0 : 1

function row(name: string, executions: string, took: string, growth: string, verdict: string): string {
  return `${name.padEnd(22)}${executions.padStart(12)}${took.padStart(9)}${growth.padStart(8)}  ${verdict}`.trimEnd()
}
