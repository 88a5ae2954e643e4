// Sessions in Redis, ours and those of connect-redis, each in a server of its own. What a server says that it uses counts
// (used_memory): keys, values, expiries, and whatever Redis needs around them.

import { createClient } from 'redis'
import { redisStore } from 'sojourn/redis'

import { startRedis, type RedisServer } from '../../../packages/sojourn/test/support/redis.ts'
import { connectRedisStore, keep, kept, peerId, peerSession } from './peers.ts'
import type { SessionMaker } from './sessions.ts'
import { Samples, type Place, type Target } from './target.ts'

export async function redisPlace(maker: SessionMaker): Promise<Place> {
  return {
    measure: 'used_memory',
    targets: [await sojournIn(maker), await connectRedisIn()],
  }
}

const patience = 60_000

async function sojournIn(maker: SessionMaker): Promise<Target> {
  const { server, client, base } = await startedServer()
  const store = redisStore({ client, timeout: patience })
  const sojourn = maker.engineOn(store)
  const samples = new Samples()
  return {
    store: 'Sojourn',
    async write(batch) {
      const inserted = await Promise.all(batch.map(({ entry }) => store.insert(entry)))
      if (!inserted.every(Boolean)) throw new Error('An id was taken')
      samples.note(batch)
    },
    check: () => samples.check((id) => sojourn.find(id)),
    size: async () => ({ bytes: (await usedMemory(server)) - base }),
    async close() {
      sojourn.close()
      client.destroy()
      await server.close()
    },
  }
}

async function connectRedisIn(): Promise<Target> {
  const { server, client, base } = await startedServer()
  const store = await connectRedisStore({ client })
  const samples = new Samples()
  return {
    store: 'connect-redis',
    async write(batch) {
      const named = batch.map(({ facts }) => ({ id: peerId(), facts }))
      await Promise.all(named.map(({ id, facts }) => keep(store, id, peerSession(facts))))
      samples.note(named)
    },
    check: () => samples.check((id) => kept(store, id)),
    size: async () => ({ bytes: (await usedMemory(server)) - base }),
    async close() {
      client.destroy()
      await server.close()
    },
  }
}

interface Started {
  readonly server: RedisServer
  readonly client: Client
  /** What it uses with nothing in it. */
  readonly base: number
}

async function startedServer(): Promise<Started> {
  const server = await startRedis()
  const client = clientOf(server)
  await client.connect()
  return { server, client, base: await usedMemory(server) }
}

type Client = ReturnType<typeof clientOf>

function clientOf({ url }: RedisServer) {
  const client = createClient({ url })
  // Without a listener an error of the connection would end the process.
  client.on('error', () => {})
  return client
}

/** What Redis uses once it has come to rest: it moves a table that has grown little by little. */
async function usedMemory(server: RedisServer): Promise<number> {
  for (let before = Infinity; ;) {
    const info = String(await server.command('INFO', 'memory'))
    const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
    if (Math.abs(used - before) < 20_000) return used
    before = used
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
