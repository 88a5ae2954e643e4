// The limit per session where all nodes count together: rate-limiter-flexible on a real Redis and on a real PostgreSQL.

import { runInNewContext } from 'node:vm'

import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible'
import { describe, expect, it } from 'vitest'

import { sharedLimiter, type RateLimiter } from '../../src/rate-limit.ts'
import type { Told } from '../../src/testing.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { onScene } from './support/serve.ts'

const limit = { points: 5, duration: 60 } as const

/** Two nodes with five requests between them: who of six is let through, and what an HTTP client of theirs is told. */
async function countedTogether([here, there]: readonly [RateLimiter, RateLimiter]): Promise<unknown> {
  const decisions = []
  for (const limiter of [here, there, here, there, here, there]) decisions.push(await limiter.take('s1', 0))
  const answers: Told[] = []
  await onScene({ http: { rateLimit: there } }, async ({ signedIn }) => {
    const client = await signedIn({ subject: 'alice' })
    for (let request = 0; request < 7; request++) answers.push(await client.ask('GET', '/'))
  })
  const last = answers.at(-1)!
  const wait = Number(last.headers['retry-after'])
  return {
    passed: decisions.filter(({ allowed }) => allowed).length,
    refused: decisions.filter(({ allowed }) => !allowed).length,
    answer: [last.status, last.json()['code']],
    waitsWithinTheMinute: wait > 0 && wait <= limit.duration,
  }
}

const together = { passed: 5, refused: 1, answer: [429, 'rate_limited'], waitsWithinTheMinute: true }

describe('R150 requests of one session are counted by all nodes together', () => {
  it.skipIf(!hasRedis)('in Redis', async () => {
    const server = await startRedis()
    const clients = [0, 1].map(() => new Redis(server.port, { enableOfflineQueue: false }))
    for (const client of clients) client.on('error', () => {})
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('ready', resolve))))
    try {
      const over = (storeClient: Redis): RateLimiter =>
        sharedLimiter(new RateLimiterRedis({ storeClient, ...limit }))
      expect(await countedTogether([over(clients[0]!), over(clients[1]!)])).toEqual(together)
    } finally {
      for (const client of clients) client.disconnect()
      await server.close()
    }
  })

  it.skipIf(!hasPostgres)('in PostgreSQL', async () => {
    const server = await startPostgres()
    const pools = [0, 1].map(() => new Pool({ connectionString: server.url, max: 2 }))
    for (const pool of pools) pool.on('error', () => {})
    const made = (storeClient: Pool): Promise<RateLimiterPostgres> =>
      new Promise((resolve, reject) => {
        const limiter: RateLimiterPostgres = new RateLimiterPostgres({ storeClient, ...limit }, (error) =>
          error ? reject(error) : resolve(limiter),
        )
      })
    try {
      const here = sharedLimiter(await made(pools[0]!))
      expect(await countedTogether([here, sharedLimiter(await made(pools[1]!))])).toEqual(together)
    } finally {
      await Promise.all(pools.map((pool) => pool.end()))
      await server.remove()
    }
  })

  it.skipIf(!hasRedis)('P36 and refused with 503 while they cannot be counted', async () => {
    const server = await startRedis()
    const client = new Redis(server.port, { enableOfflineQueue: false, retryStrategy: () => null })
    client.on('error', () => {})
    await new Promise((resolve) => client.once('ready', resolve))
    const limiter = sharedLimiter(new RateLimiterRedis({ storeClient: client, ...limit }))
    await onScene({ http: { rateLimit: limiter } }, async ({ signedIn }) => {
      const browser = await signedIn({ subject: 'alice' })
      expect((await browser.ask('GET', '/')).status).toBe(200)
      await server.kill()
      const told = await browser.ask('GET', '/')
      expect([told.status, told.json()['code'], told.headers['retry-after']]).toEqual([
        503,
        'store_unavailable',
        '1',
      ])
    })
    client.disconnect()
    await server.close()
  })
})

describe('a limiter of a library with promises of its own', () => {
  it('is waited for, and heeded', async () => {
    const strange: PromiseConstructor = runInNewContext('Promise')
    let asked = 0
    const rateLimit: RateLimiter = {
      take: () => strange.resolve(++asked > 2 ? { allowed: false, retryAfter: 7 } : { allowed: true }),
    }
    await onScene({ http: { rateLimit } }, async ({ signedIn }) => {
      const client = await signedIn({ subject: 'alice' })
      const statuses: number[] = []
      for (let request = 0; request < 3; request++) statuses.push((await client.ask('GET', '/')).status)
      expect(statuses).toEqual([200, 200, 429])
    })
  })
})
