// `npm run bytes`: how many bytes a session takes, ours beside what others need for the same facts, in one run and on
// servers of its own. Sessions are made by the engine, as they are after some refreshes; a sample of them is read back
// through every store, so what was measured is known to be whole.
//
//   --sessions n      how many. Default: 1,000,000. In the memory of a process, a tenth of it
//   --per-subject n   how many each person has. Default: 1, which for us is the most expensive
//   --only place      redis, postgresql, sqlite or memory; may be given several times
//   --json            the figures alone, for a program

import { parseArgs } from 'node:util'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import { table } from '../table.ts'
import { memoryPlace } from './memory.ts'
import { postgresPlace } from './postgres.ts'
import { redisPlace } from './redis.ts'
import { SessionMaker } from './sessions.ts'
import { sqlitePlace } from './sqlite.ts'
import type { Place, Target } from './target.ts'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' },
    'per-subject': { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: ['redis', 'postgresql', 'sqlite', 'memory'] },
    json: { type: 'boolean', default: false },
  },
})

interface Figure {
  readonly place: string
  readonly store: string
  readonly measure: string
  readonly sessions: number
  /** How many of them were read back and were what had been given. */
  readonly checked: number
  readonly bytesPerSession: number
  readonly afterUse?: number
}

const batchSize = 1000

async function main(): Promise<void> {
  const sessions = wholeNumber('sessions')
  const maker = new SessionMaker(wholeNumber('per-subject'))
  const shared: Place[] = []
  if (isWanted('redis', hasRedis)) shared.push(await redisPlace(maker))
  if (isWanted('postgresql', hasPostgres)) shared.push(await postgresPlace(maker))
  if (isWanted('sqlite', true)) shared.push(sqlitePlace(maker))
  const figures = await measured(shared, maker, sessions)
  if (isWanted('memory', true)) {
    // They share one heap, so each is filled by itself.
    const { targets, ...place } = await memoryPlace(maker)
    for (const target of targets)
      figures.push(...(await measured([{ ...place, targets: [target] }], maker, Math.ceil(sessions / 10))))
  }
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : asTable(figures))
}

function isWanted(name: string, isHere: boolean): boolean {
  const wanted = values.only.includes(name)
  if (wanted && !isHere) console.error(`There is no ${name} here: left out`)
  return wanted && isHere
}

function wholeNumber(name: 'sessions' | 'per-subject'): number {
  const number = Number(values[name])
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`)
  return number
}

/** Gives all targets the same sessions, batch by batch, and measures them when they are full. */
async function measured(places: readonly Place[], maker: SessionMaker, sessions: number): Promise<Figure[]> {
  const targets = places.flatMap((place) => place.targets)
  if (targets.length === 0) return []
  try {
    let written = 0
    for await (const batch of maker.batches(sessions, batchSize)) {
      for (const target of targets) await target.write(batch)
      written += batch.length
      if (process.stderr.isTTY) process.stderr.write(`\r${written} sessions `)
    }
    const figures: Figure[] = []
    for (const place of places)
      for (const target of place.targets) figures.push(await figureOf(place, target, sessions))
    return figures
  } finally {
    for (const target of targets) await target.close()
  }
}

async function figureOf({ place, measure }: Place, target: Target, sessions: number): Promise<Figure> {
  const checked = await target.check()
  const { bytes, afterUse } = await target.size()
  const each = (all: number): number => Math.round(all / sessions)
  return {
    place,
    store: target.store,
    measure,
    sessions,
    checked,
    bytesPerSession: each(bytes),
    ...(afterUse === undefined ? {} : { afterUse: each(afterUse) }),
  }
}

function asTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ place, store, measure, sessions, checked, bytesPerSession, afterUse }) => {
    const ours = figures.find((figure) => figure.place === place)!
    return {
      place,
      store,
      sessions: String(sessions),
      'read back': String(checked),
      'bytes a session': String(bytesPerSession),
      'after use': String(afterUse ?? ''),
      'of ours': (bytesPerSession / ours.bytesPerSession).toFixed(2),
      'which figure': measure,
    }
  })
  return table(rows)
}

await main()
