// What people notice while expired sessions are removed, from our stores and from those of express-session. A thousand
// sessions live and are read all the time; every one of them has to be there to the end.
//
// Each store is filled once and swept once: what counts is not how long a read takes as a rule, but those that wait.

import { measureSweep, type Swept } from '../sweep/measure.ts'
import { ourMemory, ourPostgres, ourRedis, ourSqlite } from '../sweep/ours.ts'
import { connectPgSimple, connectRedis, expressMemory, memorystore } from '../sweep/peers.ts'
import type { Target } from '../sweep/target.ts'
import { places } from '../stores/places.ts'
import { found, sessionsOf, type Contender, type Row, type Work } from '../work.ts'

const targets: Readonly<Record<string, readonly (() => Promise<Target>)[]>> = {
  memory: [ourMemory, memorystore, expressMemory],
  SQLite: [ourSqlite],
  PostgreSQL: [ourPostgres, connectPgSimple],
  Redis: [ourRedis, connectRedis],
}

const questions = {
  before: 'p99 of reads before',
  during: 'p99 of reads during it',
  held: 'the longest hold',
} as const

export const row: Row = {
  variants: places,
  rounds: 1,
  span: 1,
  warmUp: 1,
  heap: 8192,

  async work(variant, options): Promise<Work> {
    const sessions = sessionsOf(options)
    const swept: Swept[] = []
    for (const open of targets[variant]!) {
      const target = await open()
      try {
        swept.push(await measureSweep(target, sessions))
      } finally {
        await target.close()
      }
      globalThis.gc?.()
    }
    return {
      row: 'sweep',
      variant,
      title: `A sweep of ${sessions.toLocaleString('en')} expired sessions on ${variant}`,
      unit: 'ms',
      contenders: [
        ...swept.map(({ store, before }) => answer(store, questions.before, before.p99)),
        ...swept.map(({ store, during }) => answer(store, questions.during, during.p99)),
        ...swept.map(({ store, during }) => answer(store, questions.held, during.held.longest)),
      ],
      goals: [
        { times: 1 / 2, than: `Sojourn, ${questions.before}`, who: `Sojourn, ${questions.during}` },
        { atMost: 5, who: `Sojourn, ${questions.held}` },
      ],
      note: `${swept.map(sentence).join(' ')} The process is held while nothing else can run in it; the millisecond between two looks is included.`,
    }
  },
}

function answer(store: string, question: string, cost: number): Contender {
  return found(cost, { name: `${store}, ${question}`, kind: store === 'Sojourn' ? 'ours' : 'peer', question })
}

function sentence({ store, how, removed, seconds, during: { reads, held } }: Swept): string {
  return `${store}, ${how}: ${removed.toLocaleString('en')} removed in ${seconds.toFixed(1)} s, with ${reads === 1 ? '1 read' : `${reads.toLocaleString('en')} reads`}, and held for ${held.p99.toFixed(1)} ms in 99 of 100 looks.`
}
