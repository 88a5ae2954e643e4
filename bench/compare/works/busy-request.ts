// How long the slowest of a hundred requests waits: while nothing else happens, and while one request of a hundred
// refreshes on the way and ten sign-outs a second arrive on the feed. The rate of requests is the same, and far from what
// the server could do, so nobody waits for others who ask.

import { randomBytes } from 'node:crypto'

import type { Sojourn } from 'sojourn'

import { hasRedis } from '../../../packages/sojourn/test/support/redis.ts'
import { Connection, requestText } from '../../load/connection.ts'
import { redis } from '../../operations/stores.ts'
import { layers, type BusyOptions } from '../request/busy.ts'
import { Target } from '../request/target.ts'
import { sojournOn } from '../stores/places.ts'
import type { Row, Work } from '../work.ts'

const connections = 8
// Milliseconds between two requests of a connection: with eight of them, a thousand requests a second.
const pace = 8
const refreshEvery = 100
const revocationsPerSecond = 10

export const row: Row = {
  variants: hasRedis ? ['p99'] : [],
  span: 3000,
  warmUp: 2000,
  rounds: 5,

  async work(variant): Promise<Work> {
    const opened = await redis()
    const secret = randomBytes(32).toString('base64url')
    const where: BusyOptions = { url: opened.server!.url, secret }
    const name = 'Sojourn on Redis'
    const target = await Target.start('busy', name, layers[name]!, JSON.stringify(where))
    const others = sojournOn(opened, { secrets: [secret] })
    const asking = await Promise.all(
      Array.from({ length: connections }, async (_, at) => ({
        connection: await Connection.open(target.started.port),
        cookies: target.started.cookies.filter((_cookie, number) => number % connections === at),
      })),
    )
    return {
      row: 'busy-request',
      variant,
      title:
        'The slowest of a hundred requests on node:http, with 1 % of them refreshing and 10 sign-outs a second on the feed',
      unit: 'µs, p99',
      contenders: [
        {
          name: 'refreshes and sign-outs',
          kind: 'ours',
          prove: () => target.prove(),
          async measure(span) {
            const stop = revoking(others)
            const slowest = await asked(asking, span, refreshEvery)
            await stop()
            return slowest
          },
        },
        {
          name: 'quiet',
          kind: 'raw',
          prove: async () => {},
          measure: (span) => asked(asking, span, Infinity),
        },
      ],
      goals: [{ times: 1 / 1.5, than: 'quiet' }],
      note: 'The refreshing requests are among those that count.',
      async close() {
        for (const { connection } of asking) connection.close()
        await target.stop()
        others.close()
        await opened.close()
      },
    }
  },
}

interface Asking {
  readonly connection: Connection
  /** The Cookie header of each of its people. */
  readonly cookies: string[]
}

/** Asks at a steady pace; gives the time that one of a hundred exceeds. */
async function asked(all: readonly Asking[], span: number, every: number): Promise<number> {
  const until = performance.now() + span
  const times = await Promise.all(
    all.map(async ({ connection, cookies }, at) => {
      const own: number[] = []
      // Each begins at another place of the hundred.
      for (
        let count = Number.isFinite(every) ? Math.floor((at * every) / all.length) : 0;
        performance.now() < until;
        count++
      ) {
        const person = count % cookies.length
        const isRefreshing = count % every === every - 1
        const cookie = isRefreshing ? withoutAccess(cookies[person]!) : cookies[person]!
        const before = performance.now()
        const { status, head } = await connection.ask(
          requestText('GET', '/', { Host: '127.0.0.1', Cookie: cookie }),
        )
        own.push((performance.now() - before) * 1000)
        if (status !== 200) throw new Error(`Somebody is refused: ${status}`)
        if (isRefreshing) cookies[person] = renewed(head)
        await new Promise((resolve) => setTimeout(resolve, pace))
      }
      return own
    }),
  )
  const sorted = times.flat().toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)]!
}

function withoutAccess(cookie: string): string {
  return cookie
    .split('; ')
    .filter((pair) => pair.startsWith('session='))
    .join('; ')
}

function renewed(head: string): string {
  const lines = [...head.matchAll(/^set-cookie: ([^;\r\n]+)/gim)].map(([, pair]) => pair!)
  if (lines.length < 2) throw new Error('A refresh brought no cookies')
  return lines.join('; ')
}

/** Signs strangers out, so many a second, until the function that it gives is called. */
function revoking(sojourn: Sojourn): () => Promise<void> {
  let isOver = false
  const work = async (): Promise<void> => {
    const { session } = await sojourn.create({ subject: 'a stranger' })
    await new Promise((resolve) => setTimeout(resolve, 1000 / revocationsPerSecond))
    await sojourn.revoke(session.id)
    if (!isOver) await work()
  }
  const working = work()
  return async () => {
    isOver = true
    await working
  }
}
