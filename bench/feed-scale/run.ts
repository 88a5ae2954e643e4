// `npm run feed-scale`: what the feed costs with many nodes. Nodes are simulated by their followers: the code that follows
// is the real one and each has a connection of its own, but hundreds of them share a process, and all of it shares one
// machine with the server. So the delays are those of a machine that does everything; what the server works and sends
// is what it would work and send for as many real nodes.
//
//   --followers n   how many nodes; may be given several times. Default: 10, 100 and 1,000
//   --notices n     how many announcements. Default: 50
//   --rate n        how many a second. Default: 5
//   --only place    redis or postgresql
//   --json          the figures alone, for a program

import { parseArgs } from 'node:util'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import { table } from '../table.ts'
import { measureFeed, type Figure } from './measure.ts'

const { values } = parseArgs({
  options: {
    followers: { type: 'string', multiple: true, default: ['10', '100', '1000'] },
    notices: { type: 'string', default: '50' },
    rate: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: ['redis', 'postgresql'] },
    json: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const places = [
    ...(values.only.includes('redis') && hasRedis ? (['Redis'] as const) : []),
    ...(values.only.includes('postgresql') && hasPostgres ? (['PostgreSQL'] as const) : []),
  ]
  const [notices, rate] = [positive(values.notices), positive(values.rate)]
  const figures: Figure[] = []
  for (const place of places)
    for (const followers of values.followers)
      figures.push(await measureFeed({ place, followers: positive(followers), notices, rate }))
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : asTable(figures))
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${text} is no whole number from 1`)
  return number
}

function asTable(figures: readonly Figure[]): string {
  return table(
    figures.map((figure) => ({
      place: figure.place,
      followers: String(figure.followers),
      'delay p50, ms': figure.p50.toFixed(1),
      'p99, ms': figure.p99.toFixed(1),
      'server, ms of a core a notice': figure.serverPerNotice.toFixed(2),
      'of which a follower, µs': ((figure.serverPerNotice / figure.followers) * 1000).toFixed(0),
      'bytes out a notice': figure.bytesPerNotice === undefined ? '' : figure.bytesPerNotice.toFixed(0),
      'server at rest, % of a core': (figure.serverAtRest * 100).toFixed(1),
      missed: String(figure.missed),
    })),
  )
}

await main()
