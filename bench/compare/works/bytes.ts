// How many bytes a session takes, ours beside what others need for the same facts. Sessions are made by the engine, as they
// are after some refreshes; a sample of them is read back through every store, so what was measured is known to be whole.
//
// Each store is filled once: a size does not wander from round to round as a time does.

import { hasRedis } from '../../../packages/sojourn/test/support/redis.ts'
import { memoryPlace } from '../bytes/memory.ts'
import { postgresPlace } from '../bytes/postgres.ts'
import { redisPlace } from '../bytes/redis.ts'
import { SessionMaker } from '../bytes/sessions.ts'
import { sqlitePlace } from '../bytes/sqlite.ts'
import type { Place, Target } from '../bytes/target.ts'
import { places } from '../stores/places.ts'
import {
  bestPeer,
  found,
  sessionsOf,
  type Contender,
  type Goal,
  type Kind,
  type Row,
  type Work,
} from '../work.ts'

// In Redis all sessions of a person share a hash, so one for each person, as everywhere else, is the most expensive.
const severalEach = 'Redis, three sessions a person'
const batchSize = 1000

export const row: Row = {
  variants: [...places, ...(hasRedis ? [severalEach] : [])],
  rounds: 1,
  span: 1,
  warmUp: 1,
  heap: 8192,

  async work(variant, options): Promise<Work> {
    const sessions = sessionsOf(options)
    const maker = new SessionMaker(variant === severalEach ? 3 : 1)
    const { measure, targets } = await placeOf(variant, maker)
    // In memory they share one heap, so each is filled by itself.
    const together = variant === 'memory' ? targets.map((target) => [target]) : [targets]
    const measured: Measured[] = []
    for (const some of together) measured.push(...(await measuredOf(some, maker, sessions)))
    const contenders = contendersOf(measured)
    return {
      row: 'bytes',
      variant,
      title: `Bytes that each of ${sessions.toLocaleString('en')} sessions takes, ${variant}`,
      unit: 'bytes',
      virtue: 'small',
      contenders,
      goals: variant === 'memory' ? [{ atMost: 500 }] : contenders.flatMap(goalsOf),
      note: `What counts is ${measure}. Read back, and found to be what had been given: ${measured.map(({ store, checked }) => `${checked.toLocaleString('en')} of ${store}`).join(', ')}.`,
    }
  },
}

async function placeOf(variant: string, maker: SessionMaker): Promise<Place> {
  switch (variant) {
    case 'memory':
      return memoryPlace(maker)
    case 'SQLite':
      return sqlitePlace(maker)
    case 'PostgreSQL':
      return postgresPlace(maker)
    default:
      return redisPlace(maker)
  }
}

interface Measured {
  readonly store: string
  readonly checked: number
  readonly bytes: number
  readonly afterUse?: number
}

/** Gives all targets the same sessions, batch by batch, and measures them when they are full. */
async function measuredOf(
  targets: readonly Target[],
  maker: SessionMaker,
  sessions: number,
): Promise<readonly Measured[]> {
  try {
    for await (const batch of maker.batches(sessions, batchSize))
      for (const target of targets) await target.write(batch)
    const measured: Measured[] = []
    for (const target of targets) {
      const checked = await target.check()
      const { bytes, afterUse } = await target.size()
      const used = afterUse === undefined ? {} : { afterUse: afterUse / sessions }
      measured.push({ store: target.store, checked, bytes: bytes / sessions, ...used })
    }
    return measured
  } finally {
    for (const target of targets) await target.close()
  }
}

const again = 'after everybody was seen once more'

function contendersOf(measured: readonly Measured[]): readonly Contender[] {
  const kindOf = (store: string): Kind => (store === 'Sojourn' ? 'ours' : 'peer')
  return [
    ...measured.map(({ store, bytes }) => found(bytes, { name: store, kind: kindOf(store) })),
    ...measured.flatMap(({ store, afterUse }) =>
      afterUse === undefined
        ? []
        : [found(afterUse, { name: `${store}, ${again}`, kind: kindOf(store), question: again })],
    ),
  ]
}

/** Not more than others of the same place, if there are any. */
function goalsOf(
  { name, kind, question }: Contender,
  _at: number,
  all: readonly Contender[],
): readonly Goal[] {
  const hasPeer = all.some((each) => each.kind === 'peer' && each.question === question)
  return kind === 'ours' && hasPeer ? [{ times: 1, than: bestPeer, who: name }] : []
}
