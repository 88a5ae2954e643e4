// The limit per session where all nodes count together: rate-limiter-flexible on a real Redis and on a real PostgreSQL.

import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible'
import { describe, expect, it } from 'vitest'

import { sharedLimiter, type RateLimiter } from '../../src/rate-limit.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { onScene } from './support/serve.ts'

const limit = { points: 5, duration: 60 } as const

/** Two nodes with five requests between them: five pass, and the sixth is told how long to wait. */
async function expectCountedTogether([here, there]: readonly [RateLimiter, RateLimiter]): Promise<void> {
  const decisions = []
  for (const limiter of [here, there, here, there, here, there]) decisions.push(await limiter.take('s1', 0))
  expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false])
  const last = decisions.at(-1)
  const wait = last?.allowed === false ? last.retryAfter : 0
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(limit.duration)

  await onScene({ http: { rateLimit: there } }, async ({ signedIn, told }) => {
    const client = await signedIn({ subject: 'alice' })
    const answers = []
    for (let request = 0; request < 7; request++) answers.push(await client.ask('GET', '/'))
    const refused = answers.at(-1)!
    expect([refused.status, refused.json()['code']]).toEqual([429, 'rate_limited'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(told('rate.limited')).not.toEqual([])
  })
}

describe('R150 requests of one session are counted by all nodes together', () => {
  it.skipIf(!hasRedis)('in Redis', async () => {
    const server = await startRedis()
    const clients = [0, 1].map(() => new Redis(server.port, { enableOfflineQueue: false }))
    for (const client of clients) client.on('error', () => {})
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('ready', resolve))))
    try {
      const over = (storeClient: Redis): RateLimiter =>
        sharedLimiter(new RateLimiterRedis({ storeClient, ...limit }))
      await expectCountedTogether([over(clients[0]!), over(clients[1]!)])
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
      await expectCountedTogether([here, sharedLimiter(await made(pools[1]!))])
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
