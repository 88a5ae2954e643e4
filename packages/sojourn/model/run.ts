// `npm run model`: explores every scenario to its end and prints what came out. With `--quick`, only those that the
// tests run, too. Exits with 1 if anything is not as it must be.

import { explore } from './search.ts'
import { scenarios } from './scenarios.ts'

const isQuick = process.argv.includes('--quick')
const chosen = scenarios.filter(({ isLong }) => !isQuick || !isLong)

const meanings = {
  promise: 'Must hold, by the rules of session.ts.',
  control: 'Must be broken by wrong rules: otherwise the model would be blind.',
  limit: 'Where the promises end: broken a little beyond what they are made for.',
} as const

let faults = 0
for (const kind of Object.keys(meanings) as (keyof typeof meanings)[]) {
  console.log(`\n${meanings[kind]}\n`)
  console.log(row('', 'states', 'transitions', 'seconds', ''))
  for (const { name, configuration, breaks } of chosen.filter((scenario) => scenario.kind === kind)) {
    const { states, transitions, seconds, broken } = explore(configuration)
    const isRight = broken?.promise === breaks
    if (!isRight) faults++
    const verdict = broken ? `broken: ${broken.promise}` : 'holds'
    console.log(row(name, states, transitions, seconds.toFixed(1), `${isRight ? '' : 'WRONG: '}${verdict}`))
    if (broken) console.log(broken.story.map((line) => `      ${line}`).join('\n'))
  }
}
console.log(faults === 0 ? '\nEverything is as it must be.' : `\n${faults} are not as they must be.`)
process.exitCode = faults === 0 ? 0 : 1

function row(
  name: string,
  states: number | string,
  transitions: number | string,
  seconds: string,
  verdict: string,
): string {
  const count = (value: number | string): string => value.toLocaleString('en').padStart(12)
  return `  ${name.padEnd(50)}${count(states)}${count(transitions)}${seconds.padStart(9)}  ${verdict}`.trimEnd()
}
