// `npm run sweep`: what people notice while expired sessions are removed, from our stores and from those of
// express-session. A thousand sessions live and are read all the time; every one of them has to be there to the end.
//
//   --sessions n      how many have expired. Default: 1,000,000
//   --only place      memory, sqlite, postgresql or redis; may be given several times
//   --json            the figures alone, for a program

import { parseArgs } from 'node:util'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import { table } from '../table.ts'
import { measureSweep, type Figure } from './measure.ts'
import { ourMemory, ourPostgres, ourRedis, ourSqlite } from './ours.ts'
import { connectPgSimple, connectRedis, expressMemory, memorystore } from './peers.ts'
import type { Target } from './target.ts'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' },
    only: { type: 'string', multiple: true, default: ['memory', 'sqlite', 'postgresql', 'redis'] },
    json: { type: 'boolean', default: false },
  },
})

const places: Readonly<Record<string, readonly (() => Promise<Target>)[]>> = {
  memory: [ourMemory, memorystore, expressMemory],
  sqlite: [ourSqlite],
  postgresql: hasPostgres ? [ourPostgres, connectPgSimple] : [],
  redis: hasRedis ? [ourRedis, connectRedis] : [],
}

async function main(): Promise<void> {
  const sessions = Number(values.sessions)
  if (!Number.isSafeInteger(sessions) || sessions < 1)
    throw new Error(`--sessions ${values.sessions} is no whole number from 1`)
  const figures: Figure[] = []
  for (const open of values.only.flatMap((place) => places[place] ?? [])) {
    const target = await open()
    try {
      figures.push(await measureSweep(target, sessions))
    } finally {
      await target.close()
    }
    globalThis.gc?.()
  }
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : asTable(figures))
}

function asTable(figures: readonly Figure[]): string {
  const ms = (value: number): string => value.toFixed(2)
  return table(
    figures.map(({ place, store, how, removed, seconds, before, during }) => ({
      place,
      store,
      swept: how,
      removed: String(removed),
      seconds: seconds.toFixed(1),
      'read p50 before, ms': ms(before.p50),
      'p99 before': ms(before.p99),
      'p50 during': ms(during.p50),
      'p99 during': ms(during.p99),
      'reads during': String(during.reads),
      'held p99, ms': ms(during.held.p99),
      'held at most': ms(during.held.longest),
    })),
  )
}

await main()
