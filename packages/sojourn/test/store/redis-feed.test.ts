// The feed in Redis: what one node ends, every node refuses, at once and whatever happens to connections.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  hasRedis,
  startCluster,
  startRedis,
  until,
  type RedisCluster,
  type RedisServer,
} from '../support/redis.ts'
import { asPercentiles, delaysOfRefusal } from './nodes.ts'
import { libraries, openClient, openClusterClient } from './redis-clients.ts'
import { openNode, refusalOf, withNodes, type NodeOptions, type RedisNode } from './redis-nodes.ts'

// A node that trusts what it hears until it expires: whatever is refused there, the feed alone has refused.
const trusting: NodeOptions = { sojourn: { onInterruptedFeed: 'open' } }

describe.skipIf(!hasRedis)('feed in Redis', () => {
  let server: RedisServer
  let cluster: RedisCluster
  beforeAll(async () => {
    server = await startRedis()
    cluster = await startCluster()
  })
  afterAll(() => Promise.all([server.close(), cluster.close()]))

  const onServer =
    (library: (typeof libraries)[number] = 'redis') =>
    () =>
      openClient(library, server.port)
  const onCluster = (library: (typeof libraries)[number]) => () =>
    openClusterClient(
      library,
      cluster.primaries.map(({ port }) => port),
    )

  for (const library of libraries) {
    for (const [place, open] of [
      ['one server', onServer(library)],
      ['a cluster', onCluster(library)],
    ] as const) {
      it(`R15 P19 P21 P44 ${library}, ${place}: a logout on one node is refused on another within milliseconds`, async () => {
        await withNodes([openNode(open), openNode(open, trusting)], async (a, b) => {
          const delays = await delaysOfRefusal(a, b, 200)
          console.log(`answered logout to refusal elsewhere, ${library}, ${place}: ${asPercentiles(delays)}`)
          // A machine that does much else may be late once, not half of the time.
          expect(delays[100]).toBeLessThan(500)
        })
      })
    }
  }

  it('R15 a change of claims, and the end of all sessions of a subject, reach the other node too', async () => {
    await withNodes([openNode(onServer()), openNode(onServer('ioredis'), trusting)], async (a, b) => {
      const issued = await Promise.all([1, 2, 3].map(() => a.sojourn.create({ subject: 'alice' })))
      const [changed, ...others] = issued as [(typeof issued)[0], ...typeof issued]
      await a.sojourn.update(changed.session.id, (claims) => ({ ...claims, role: 'none' }))
      await until(async () => (await refusalOf(b, changed.accessToken)) === 'token_rejected')
      for (const { accessToken } of others) expect(await refusalOf(b, accessToken)).toBeUndefined()
      await a.sojourn.revokeAll('alice')
      for (const { accessToken } of others)
        await until(async () => (await refusalOf(b, accessToken)) === 'token_rejected')
    })
  })

  it.each(libraries)(
    'P21 %s: loses no notice while its connection is cut again and again',
    async (library) => {
      await withNodes([openNode(onServer()), openNode(onServer(library), trusting)], async (a, b) => {
        const tokens: string[] = []
        let cuts = 0
        for (let round = 0; round < 100; round++) {
          const { session, accessToken } = await a.sojourn.create({ subject: 'alice' })
          tokens.push(accessToken)
          if (round % 10 === 0) {
            await until(async () => {
              const cut = await cutFollowers(server)
              cuts += cut
              return cut > 0
            })
          }
          await a.sojourn.revoke(session.id)
        }
        for (const token of tokens)
          await until(async () => (await refusalOf(b, token)) === 'token_rejected', 5000)
        expect(cuts).toBeGreaterThanOrEqual(10)
      })
    },
  )

  it('R15 P21 a node that is started after a logout refuses the old access token, without asking the store', async () => {
    await withNodes([openNode(onServer())], async (a) => {
      const { session, accessToken } = await a.sojourn.create({ subject: 'alice' })
      await a.sojourn.revoke(session.id)
      const late = await openNode(onServer(), trusting)
      try {
        await until(async () => (await refusalOf(late, accessToken)) === 'token_rejected')
      } finally {
        await late.close()
      }
      // While it is still reading, a node that is not so trusting asks the store.
      const strict = await openNode(onServer())
      expect(await refusalOf(strict, accessToken)).toBe('token_rejected')
      await strict.close()
    })
  })

  it('P20 P21 P36 R207 cut off from the feed a node asks the store, refuses, or goes on, as it was told', async () => {
    const patience = { feedPatience: '3s' } as const
    const node = (onInterruptedFeed: 'strict' | 'closed' | 'open'): Promise<RedisNode> =>
      openNode(onServer(), { sojourn: { ...patience, onInterruptedFeed } })
    await withNodes(
      [openNode(onServer()), node('strict'), node('closed'), node('open')],
      async (a, strict, closed, open) => {
        const ended = await a.sojourn.create({ subject: 'alice' })
        const kept = await a.sojourn.create({ subject: 'bob' })
        for (const of of [strict, closed, open]) await of.cut()
        await a.sojourn.revoke(ended.session.id)
        await sleep(3200)
        expect(await refusalOf(strict, ended.accessToken)).toBe('token_rejected')
        expect(await refusalOf(strict, kept.accessToken)).toBeUndefined()
        for (const { accessToken } of [ended, kept]) {
          const refused = closed.sojourn.verify(accessToken)
          await expect(refused).rejects.toMatchObject({
            code: 'verification_unavailable',
            status: 503,
            retryAfter: 1,
          })
          expect(await refusalOf(open, accessToken)).toBeUndefined()
        }
      },
    )
  })

  it('P20 a logout that cannot be announced is not answered', async () => {
    const other = await startRedis()
    const a = await openNode(() => openClient('redis', other.port), { store: { timeout: 200 } })
    const { session } = await a.sojourn.create({ subject: 'alice' })
    await other.kill()
    await expect(a.sojourn.revoke(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
    await a.close()
    await other.close()
  })
})

/** Cuts the connections that wait for notices; resolves to how many there were. */
async function cutFollowers({ command }: RedisServer): Promise<number> {
  const clients = String(await command('CLIENT', 'LIST')).split('\n')
  const followers = clients.filter((text) => text.includes('cmd=xread'))
  for (const line of followers) await command('CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(line)![1]!)
  return followers.length
}
