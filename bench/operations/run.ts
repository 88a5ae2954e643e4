// `npm run operations`: what one core carries. The engine does each operation against each store, many at a time, and what
// counts is how long that kept a core busy: of the process that runs the engine, and of the server where there is one.
//
//   --seconds n   how long each operation is done. Default: 2
//   --json        the figures alone, for a program

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import { table } from '../table.ts'
import { measureOperations, type Figure } from './measure.ts'
import { memory, postgres, redis, sqlite, type Opened } from './stores.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
})

async function main(): Promise<void> {
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new Error('--seconds must be more than 0')
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-operations-'))
  const open: readonly (() => Promise<Opened>)[] = [
    memory,
    () => sqlite(join(folder, 'sessions.db')),
    ...(hasRedis ? [redis] : []),
    ...(hasPostgres ? [postgres] : []),
  ]
  try {
    const figures: Figure[] = []
    for (const one of open) figures.push(...(await measureOperations(await one(), seconds)))
    console.log(values.json ? JSON.stringify(figures, undefined, 2) : asTable(figures))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function asTable(figures: readonly Figure[]): string {
  return table(
    figures.map(({ store, operation, perCoreOfNode, perCoreOfServer }) => ({
      store,
      operation,
      'a second and core of Node': rounded(perCoreOfNode),
      'a second and core of the server': perCoreOfServer === undefined ? '' : rounded(perCoreOfServer),
    })),
  )
}

/** Two digits: more would pretend. */
function rounded(number: number): string {
  return Number(number.toPrecision(2)).toLocaleString('en')
}

await main()
