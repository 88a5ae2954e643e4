// What the Redis store asks of the server, as the server sees it, and what it leaves there.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createSojourn, type Entry } from '../../src/index.ts'
import { redisStore, type RedisStore } from '../../src/redis.ts'
import { hasRedis, startCluster, startRedis, type RedisServer } from '../support/redis.ts'
import { watched } from '../support/redis-monitor.ts'
import { issuer, secret } from '../support/secrets.ts'
import { libraries, openClient, openClusterClient, type OpenedClient } from './redis-clients.ts'

const later = Date.now() + 3_600_000

function entryOf(number: number, rest: Partial<Entry> = {}): Entry {
  return {
    id: `12345678-${number}`,
    owner: '12345678-owner',
    version: 1,
    expiresAt: later,
    state: 's',
    ...rest,
  }
}

interface Place {
  readonly servers: readonly RedisServer[]
  open(library: (typeof libraries)[number]): Promise<OpenedClient>
  close(): Promise<void>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'one server': async () => {
    const server = await startRedis()
    return {
      servers: [server],
      open: (library) => openClient(library, server.port),
      close: () => server.close(),
    }
  },
  'a cluster': async () => {
    const cluster = await startCluster()
    const ports = cluster.primaries.map(({ port }) => port)
    return {
      servers: cluster.primaries,
      open: (library) => openClusterClient(library, ports),
      close: () => cluster.close(),
    }
  },
}

describe.skipIf(!hasRedis).each(Object.keys(places))('Redis store on %s', (name) => {
  let place: Place
  beforeAll(async () => void (place = await places[name]!()))
  afterAll(() => place.close())

  async function within(
    library: (typeof libraries)[number],
    story: (store: RedisStore) => Promise<void>,
  ): Promise<void> {
    await Promise.all(place.servers.map(({ command }) => command('FLUSHALL')))
    const opened = await place.open(library)
    try {
      await story(redisStore({ client: opened.client }))
    } finally {
      await opened.close()
    }
  }

  async function keysThere(): Promise<{ key: string; ttl: number }[]> {
    const all = place.servers.map(async ({ command }) => {
      const keys = (await command('KEYS', '*')) as string[]
      return Promise.all(
        keys.map(async (key) => ({
          key,
          ttl: Number(await command('PTTL', key)),
        })),
      )
    })
    return (await Promise.all(all)).flat()
  }

  for (const library of libraries) {
    it(`R209 A111 ${library}: each operation is one command about one key, and none searches for keys`, async () => {
      await within(library, async (store) => {
        const entry = entryOf(1)
        const steps: Readonly<Record<string, () => Promise<unknown>>> = {
          insert: () => store.insert(entry),
          'insert again': () => store.insert(entry),
          find: () => store.find(entry.id),
          replace: () => store.replace({ ...entry, version: 2 }),
          'replace in vain': () => store.replace({ ...entry, version: 2 }),
          list: () => store.list(entry.owner),
          remove: () => store.remove(entry.id),
          'remove again': () => store.remove(entry.id),
          removeAll: () => store.removeAll(entry.owner),
          announce: () => store.announce([{ kind: 'keys', at: 1 }]),
        }
        // The first time a server is taught the scripts.
        for (const step of Object.values(steps)) await step()
        const seen: string[][] = []
        for (const [step, work] of Object.entries(steps)) {
          const asked = await watched(place.servers, work)
          // One command a step, about one key: of a script that is the number after its name.
          const sent = asked.filter(({ byScript }) => !byScript).map(({ words }) => words)
          seen.push([
            step,
            ...sent.map(([command, , count]) => (command === 'EVALSHA' ? `${command} ${count}` : command!)),
          ])
          for (const { words } of asked) expect(words[0]).not.toMatch(/^(keys|scan|hscan|zscan|sscan|sort)$/i)
        }
        const one = 'EVALSHA 1'
        expect(seen).toEqual([
          ['insert', one],
          ['insert again', one],
          ['find', 'HGET'],
          ['replace', one],
          ['replace in vain', one],
          ['list', one],
          ['remove', 'HDEL'],
          ['remove again', 'HDEL'],
          ['removeAll', one],
          ['announce', one],
        ])
      })
    })

    it(`R209 A111 P35 ${library}: the sessions of a subject are one key that expires, and never cross slots`, async () => {
      await within(library, async (store) => {
        const sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store })
        for (const subject of ['alice', 'bob', 'carol']) {
          const issued = await Promise.all(Array.from({ length: 10 }, () => sojourn.create({ subject })))
          await Promise.all(issued.map(({ sessionToken }) => sojourn.refresh(sessionToken)))
          await sojourn.revoke(issued[0]!.session.id)
          const ids = issued.slice(1).map(({ session }) => session.id)
          expect((await sojourn.list(subject)).map(({ id }) => id).sort()).toEqual(ids.sort())
        }
        await sojourn.revokeAll('carol')
        const keys = await keysThere()
        // One for each of alice and bob, and the stream of notices.
        expect(keys).toHaveLength(3)
        expect(keys.filter(({ ttl }) => ttl <= 0)).toEqual([])
        for (const { command } of place.servers)
          expect(String(await command('INFO', 'errorstats'))).not.toMatch(/CROSSSLOT/)
        sojourn.close()
      })
    })
  }

  it('P22 P39 forgets expired sessions of a subject with the next sign-in, and all of them with the last', async () => {
    await within('redis', async (store) => {
      const longAgo = Date.now() - 2 * 3_600_000
      const fields = async (): Promise<number> => {
        const [key] = await keysThere()
        const counts = place.servers.map(({ command }) => command('HLEN', key!.key).catch(() => 0))
        return Math.max(...(await Promise.all(counts)).map(Number))
      }
      await store.insert(entryOf(0))
      const asked = await watched(place.servers, async () => {
        for (let number = 1; number <= 40; number++)
          await store.insert(entryOf(number, { expiresAt: longAgo }))
      })
      expect(await fields()).toBe(2)
      await store.insert(entryOf(41, { expiresAt: later - 1000 }))
      expect(await fields()).toBe(2)
      for (const { words } of asked) expect(words[0]).not.toMatch(/scan|keys|hgetall/i)

      // The key goes with the longest-lived, an hour after it.
      const { ttl } = (await keysThere())[0]!
      expect(Date.now() + ttl).toBeGreaterThan(later + 3_590_000)
      expect(Date.now() + ttl).toBeLessThan(later + 3_610_000)
      await store.removeAll('12345678-owner')
      expect(await keysThere()).toEqual([])
    })
  })

  it('R211 A56 spares nobody whose id ends like that of another', async () => {
    await within('redis', async (store) => {
      await store.insert(entryOf(1))
      expect(await store.removeAll('12345678-owner', '87654321-1')).toEqual(['12345678-1'])
    })
  })

  for (const library of libraries) {
    it(`${library}: goes on when the server has forgotten the scripts`, async () => {
      await within(library, async (store) => {
        await store.insert(entryOf(1))
        const flush = (): Promise<unknown> =>
          Promise.all(place.servers.map(({ command }) => command('SCRIPT', 'FLUSH')))
        await flush()
        expect(await store.insert(entryOf(2))).toBe(true)
        await flush()
        expect(await store.replace(entryOf(2, { version: 2 }))).toBe(true)
        await flush()
        expect(await store.list('12345678-owner')).toHaveLength(2)
        await flush()
        await store.announce([{ kind: 'keys', at: 1 }])
        await flush()
        expect(await store.removeAll('12345678-owner')).toHaveLength(2)
      })
    })

    it(`A111 R209 ${library}: says when Redis may evict sessions`, async () => {
      await within(library, async (store) => {
        expect(await store.check()).toEqual([])
        const last = place.servers.at(-1)!
        await last.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
        expect(await store.check()).toEqual([expect.stringMatching(/allkeys-lru.*noeviction/)])
        await last.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
        expect(await store.check()).toEqual([])
      })
    })
  }
})
