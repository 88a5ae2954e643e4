// How a node reads the feed in Redis: from where it stopped or a little before, knowing how far it has come.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Notice } from '../../src/index.ts'
import { hasRedis, startRedis, until, type RedisServer } from '../support/redis.ts'
import { openClient, type OpenedClient } from './redis-clients.ts'
import { openNode, withNodes } from './redis-nodes.ts'

describe.skipIf(!hasRedis)('follower of the feed in Redis', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.close())
  const open = (): Promise<OpenedClient> => openClient('redis', server.port)

  it('goes back when another server takes the place, whose clock is behind', async () => {
    const first = await startRedis()
    const heard: Notice[] = []
    const node = await openNode(() => openClient('redis', first.port))
    const subscription = node.store.follow((notice) => void heard.push(notice), Date.now())
    await node.store.announce([{ kind: 'keys', at: 1 }])
    await until(async () => heard.length === 1)
    await first.kill()
    await first.start()
    // It has none of the notices, and writes the next one with an id from a minute ago.
    const notice = { kind: 'ended', sessionId: 'x', reason: 'idle', at: 2 }
    const id = `${Date.now() - 60_000}-0`
    await until(
      async () => (await first.command('XADD', 'sj:{~feed}', id, 'n', JSON.stringify(notice))) === id,
    )
    await until(async () => heard.length === 2)
    expect(heard[1]).toEqual(notice)
    subscription.close()
    await node.close()
    await first.close()
  })

  it('knows how far it has read, by a clock that nobody sets, and nothing at all before it has read', async () => {
    await withNodes([openNode(open)], async (node) => {
      const now = Date.now()
      const subscription = node.store.follow(() => {}, now - 60_000)
      expect(subscription.upToDateAt(now)).toBe(-Infinity)
      await until(async () => subscription.upToDateAt(now) > -Infinity)
      expect(now - subscription.upToDateAt(now)).toBeLessThan(3000)
      await node.cut()
      const before = now - subscription.upToDateAt(now)
      await sleep(500)
      expect(now - subscription.upToDateAt(now)).toBeGreaterThan(before + 400)
      subscription.close()
    })
  })

  it('is not up to date where notices from so long ago are no longer kept', async () => {
    await withNodes([openNode(open, { store: { keepNotices: 60_000 } })], async (node) => {
      const now = Date.now()
      const whole = node.store.follow(() => {}, now - 30_000)
      const missing = node.store.follow(() => {}, now - 90_000)
      await until(async () => whole.upToDateAt(now) > -Infinity)
      await sleep(100)
      expect(missing.upToDateAt(now)).toBe(-Infinity)
      whole.close()
      missing.close()
    })
  })

  it('says nothing more when it is closed, and trims what is old', async () => {
    await withNodes([openNode(open)], async (node) => {
      const heard: Notice[] = []
      const subscription = node.store.follow((notice) => void heard.push(notice), Date.now())
      await until(async () => subscription.upToDateAt(0) > -Infinity)
      subscription.close()
      const before = heard.length
      await node.store.announce([{ kind: 'keys', at: 1 }])
      await sleep(50)
      expect(heard).toHaveLength(before)
      const old = Date.now() - 7_200_000
      await server.command('DEL', 'sj:{~feed}')
      for (let at = 0; at < 300; at++) await server.command('XADD', 'sj:{~feed}', `${old}-${at}`, 'n', '{}')
      await node.store.announce([{ kind: 'keys', at: 1 }])
      expect(Number(await server.command('XLEN', 'sj:{~feed}'))).toBeLessThan(200)
      expect(Number(await server.command('PTTL', 'sj:{~feed}'))).toBeGreaterThan(3_590_000)
    })
  })
})
