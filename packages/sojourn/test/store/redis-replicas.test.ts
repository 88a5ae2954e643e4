// Signing out where Redis replicates: what `replicas` waits for, and what is left after a fail-over.

import { Redis as IoRedis } from 'ioredis'
import { createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Entry } from '../../src/index.ts'
import { redisStore, type RedisStore } from '../../src/redis.ts'
import {
  hasRedis,
  startCluster,
  startSentinel,
  until,
  type RedisCluster,
  type RedisServer,
  type SentinelSet,
} from '../support/redis.ts'
import { watched } from '../support/redis-monitor.ts'
import { libraries, openClusterClient, type OpenedClient } from './redis-clients.ts'
import { openNode, refusalOf, withNodes, type RedisNode } from './redis-nodes.ts'

const replicas = { count: 1, within: 300 }

function entryOf(number: number): Entry {
  const owner = `owner${String(number).padStart(3, '0')}-of-it`
  const expiresAt = Date.now() + 3_600_000
  return { id: `${owner.slice(0, 8)}-${number}`, owner, version: 1, expiresAt, state: 's' }
}

describe.skipIf(!hasRedis).each(libraries)('A111 removals on a cluster that replicates, %s', (library) => {
  let cluster: RedisCluster
  let opened: OpenedClient
  let store: RedisStore
  beforeAll(async () => {
    cluster = await startCluster()
    opened = await openClusterClient(
      library,
      cluster.primaries.map(({ port }) => port),
    )
    store = redisStore({ client: opened.client, replicas })
  })
  afterAll(async () => {
    await opened.close()
    await cluster.close()
  })

  it('are answered when a replica of the right primary has them', async () => {
    for (let number = 0; number < 12; number++) {
      const entry = entryOf(number)
      await store.insert(entry)
      const asked = await watched(cluster.primaries, () => store.remove(entry.id))
      const words = asked.map(({ words: [command] }) => command?.toUpperCase())
      expect(words.filter((word) => word === 'WAIT')).toHaveLength(1)
      // The replica says so itself.
      const replica = cluster.replicas[cluster.primaries.indexOf(await primaryOf(cluster, entry))]!
      await replica.command('READONLY')
      const key = `sj:{${entry.owner.slice(0, 8)}}`
      expect(await replica.command('HGET', key, entry.id.slice(8))).toBeNull()
    }
    await store.insert(entryOf(1))
    expect(await store.removeAll(entryOf(1).owner)).toEqual([entryOf(1).id])
    await store.announce([{ kind: 'keys', at: 1 }])
  })

  it('are refused while no replica answers, also when they are repeated, and answered when one does', async () => {
    const entry = entryOf(500)
    await store.insert(entry)
    const replica = cluster.replicas[cluster.primaries.indexOf(await primaryOf(cluster, entry))]!
    await store.remove(entryOf(500).id)
    await store.insert(entry)
    replica.freeze()
    try {
      for (let time = 0; time < 3; time++) {
        const began = performance.now()
        await expect(store.remove(entry.id)).rejects.toThrow(/0 of 1 replicas/)
        await expect(store.removeAll(entry.owner)).rejects.toThrow(/0 of 1 replicas/)
        expect(performance.now() - began).toBeLessThan(2 * (replicas.within + 5000))
      }
      // What removes nobody waits for nobody.
      expect(await store.insert(entry)).toBe(true)
    } finally {
      replica.thaw()
    }
    await until(async () => (await store.removeAll(entry.owner)).length === 1)
  })

  // The first sign-out had removed the session and then waited in vain; the second found nothing to remove, and was
  // answered. When the primary died, the session was back.
  it('P19: are waited for by a sign-out that is repeated after it was not answered', async () => {
    const ports = cluster.primaries.map(({ port }) => port)
    await withNodes(
      [openNode(() => openClusterClient(library, ports), { store: { replicas } })],
      async (node) => {
        const { sojourn } = node
        const session = await sessionAwayFromFeed(sojourn)
        const replica = cluster.replicas[cluster.primaries.indexOf(await primaryOf(cluster, session))]!
        replica.freeze()
        try {
          for (let time = 0; time < 3; time++)
            await expect(sojourn.revoke(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
        } finally {
          replica.thaw()
        }
        await until(async () => !(await sojourn.revoke(session.id)))
      },
    )
  })

  /** A session on another primary than the feed, whose notices are replicated all the time. */
  async function sessionAwayFromFeed(sojourn: RedisNode['sojourn']): Promise<{ id: string; owner: string }> {
    const feed = await primaryOf(cluster, { owner: '~feed' })
    for (let subject = 0; ; subject++) {
      const { id } = (await sojourn.create({ subject: `person ${subject}` })).session
      const session = { id, owner: id }
      if ((await primaryOf(cluster, session)) !== feed) return session
    }
  }

  it('say at the start that they cannot be answered where there are too few replicas', async () => {
    const many = redisStore({ client: opened.client, replicas: { count: 2, within: 100 } })
    expect(await many.check()).toEqual([expect.stringMatching(/waits for 2 replicas.*has 1/)])
    expect(await store.check()).toEqual([])
  })
})

describe.skipIf(!hasRedis)(
  'A111 every write on a cluster that replicates, if the application says so',
  () => {
    let cluster: RedisCluster
    let opened: OpenedClient
    let store: RedisStore
    beforeAll(async () => {
      cluster = await startCluster()
      opened = await openClusterClient(
        'redis',
        cluster.primaries.map(({ port }) => port),
      )
      store = redisStore({ client: opened.client, replicas: { ...replicas, covers: 'writes' } })
    })
    afterAll(async () => {
      await opened.close()
      await cluster.close()
    })

    it('is answered when a replica has it, and refused while none answers', async () => {
      const entry = entryOf(7)
      expect(await store.insert(entry)).toBe(true)
      expect(await store.insert(entry)).toBe(false)
      expect(await store.replace({ ...entry, version: 2 })).toBe(true)
      const replica = cluster.replicas[cluster.primaries.indexOf(await primaryOf(cluster, entry))]!
      await replica.command('READONLY')
      const key = `sj:{${entry.owner.slice(0, 8)}}`
      expect(await replica.command('HGET', key, entry.id.slice(8))).toMatch(/^2;/)
      replica.freeze()
      try {
        await expect(store.replace({ ...entry, version: 3 })).rejects.toThrow(/0 of 1 replicas/)
        await expect(store.insert(entryOf(8))).resolves.toBe(true)
      } catch (error) {
        // The other owner may be kept by the same primary.
        if (!/0 of 1 replicas/.test(String(error))) throw error
      } finally {
        replica.thaw()
      }
      await until(async () => (await store.find(entry.id))?.version === 3)
      expect(await store.replace({ ...entry, version: 4 })).toBe(true)
    })
  },
)

describe.skipIf(!hasRedis)('behind a Sentinel', () => {
  let set: SentinelSet
  beforeAll(async () => void (set = await startSentinel()))
  afterAll(() => set.close())

  async function throughIoRedis(): Promise<OpenedClient> {
    const sentinels = [{ host: '127.0.0.1', port: set.sentinel.port }]
    const client = new IoRedis({ sentinels, name: set.name, lazyConnect: true, retryStrategy: () => 50 })
    client.on('error', () => {})
    await client.connect()
    return { client, follower: throughIoRedis, close: async () => client.disconnect() }
  }

  async function throughNodeRedis(): Promise<OpenedClient> {
    const sentinelRootNodes = [{ host: '127.0.0.1', port: set.sentinel.port }]
    const client = createSentinel({ name: set.name, sentinelRootNodes, scanInterval: 200 })
    client.on('error', () => {})
    await client.connect()
    return { client, follower: throughNodeRedis, close: () => client.destroy() }
  }

  it('A111 P19 R207 a fail-over undoes no answered logout, loses no session, and the feed goes on', async () => {
    const trusting = { sojourn: { onInterruptedFeed: 'open' } } as const
    const nodes = [openNode(throughIoRedis, { store: { replicas } }), openNode(throughNodeRedis, trusting)]
    await withNodes(nodes, async (a, b) => {
      const ended = await Promise.all([1, 2, 3].map(() => a.sojourn.create({ subject: 'alice' })))
      const kept = await a.sojourn.create({ subject: 'bob' })
      for (const { session } of ended) await a.sojourn.revoke(session.id)
      // Answered at this moment; the primary does not live a moment longer.
      await set.primary.kill()
      const began = performance.now()
      await expect(a.sojourn.list('alice')).rejects.toMatchObject({ code: 'store_unavailable' })
      expect(performance.now() - began).toBeLessThan(10_000)

      for (const node of [a, b]) await until(async () => (await node.sojourn.list('bob')).length === 1)
      expect(await a.sojourn.list('alice')).toEqual([])
      for (const { accessToken, sessionToken } of ended) {
        expect(await refusalOf(b, accessToken)).toBe('token_rejected')
        await expect(b.sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
      }
      expect((await b.sojourn.refresh(kept.sessionToken)).session.id).toBe(kept.session.id)

      // The new primary has no replica, so whoever insists on one is refused; the other goes on.
      await expect(a.sojourn.revoke(kept.session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
      const last = await b.sojourn.create({ subject: 'carol' })
      await b.sojourn.revoke(last.session.id)
      await until(async () => (await refusalOf(a, last.accessToken)) === 'token_rejected')
    })
  })
})

async function primaryOf({ primaries }: RedisCluster, { owner }: Pick<Entry, 'owner'>): Promise<RedisServer> {
  const slot = Number(await primaries[0]!.command('CLUSTER', 'KEYSLOT', `sj:{${owner.slice(0, 8)}}`))
  return primaries[Math.floor((slot * 3) / 16_384)]!
}
