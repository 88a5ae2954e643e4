// npm run browsers: ten thousand browsers and apps on a bad network, the real client against the real server, and how many
// of them were signed out by accident.
//
//   --browsers 10000   --hours 2   --seed 1

import { parseArgs } from 'node:util'

import { emptyTally, liveDay } from './day.ts'

const { values } = parseArgs({
  options: {
    browsers: { type: 'string', default: '10000' },
    hours: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
})
const wanted = Number(values.browsers)
const hours = Number(values.hours)
const atOnce = 250

const began = performance.now()
const tally = emptyTally()
while (tally.browsers < wanted) {
  const seed = Number(values.seed) * 100_000 + tally.browsers
  await liveDay({ browsers: Math.min(atOnce, wanted - tally.browsers), hours, seed }, tally)
  if (process.stderr.isTTY) process.stderr.write(`\r${tally.browsers} browsers `)
}

const { accidents, ...counts } = tally
const words: Record<keyof typeof counts, string> = {
  browsers: 'browsers and apps',
  requests: 'requests',
  refreshed: 'refreshes',
  replayed: 'the same token handed out again',
  lostRequests: 'requests lost',
  lostAnswers: 'answers lost',
  cutOff: 'answers cut off',
  late: 'later than five seconds',
  slept: 'lids shut',
  tunnels: 'tunnels',
  signOuts: 'sign-outs, confirmed',
  away: 'ended because their person stayed away',
  undead: 'alive after their sign-out',
  accidental: 'accidental sign-outs',
}
console.log(`${hours} hours each, in ${((performance.now() - began) / 1000).toFixed(0)} s`)
for (const [name, count] of Object.entries(counts)) {
  console.log(`${count.toLocaleString('en').padStart(12)}  ${words[name as keyof typeof counts]}`)
}
for (const accident of accidents) console.log(`  ${accident}`)
process.exitCode = tally.accidental + tally.undead === 0 ? 0 : 1
