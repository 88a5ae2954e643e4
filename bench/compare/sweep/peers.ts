// The stores of express-session, swept as they sweep themselves, but at the time that we say.

import { Pool } from 'pg'

import { startPostgres } from '../../../packages/sojourn/test/support/postgres.ts'
import {
  connectPgSimpleStore,
  connectRedisStore,
  expressMemoryStore,
  keep,
  kept,
  memorystoreStore,
  type PeerStore,
} from '../bytes/peers.ts'
import { redisConnection, redisServer } from '../../servers.ts'
import { expireSoon, untilExpired } from './ours.ts'
import { batches, facts, live, requireThere, type Target } from './target.ts'

const idOf = (number: number): string => `${'0'.repeat(24)}${number}`.slice(-32)
const liveId = (number: number): string => `live-${number}`

function sessionUntil(at: number): object {
  return {
    cookie: { expires: new Date(at), originalMaxAge: 86_400_000, httpOnly: true, path: '/' },
    ...facts,
  }
}
const tomorrow = (): object => sessionUntil(Date.now() + 86_400_000)

async function keepLive(store: PeerStore): Promise<void> {
  for (let number = 0; number < live; number++) await keep(store, liveId(number), tomorrow())
}

function readFrom(name: string, store: PeerStore) {
  return async (number: number): Promise<void> => requireThere(await kept(store, liveId(number)), name)
}

/** The MemoryStore of express-session forgets what has expired when it is asked for all. */
export async function expressMemory(): Promise<Target> {
  const store = expressMemoryStore() as PeerStore & { all(done: () => void): void; sessions: object }
  return {
    store: 'express-session MemoryStore',
    how: 'all()',
    async fill(expired) {
      for (let number = 0; number < expired; number++)
        await keep(store, idOf(number), sessionUntil(Date.now() - 60_000))
      await keepLive(store)
    },
    read: readFrom('MemoryStore', store),
    async sweep() {
      const before = Object.keys(store.sessions).length
      await new Promise<void>((resolve) => store.all(resolve))
      return before - Object.keys(store.sessions).length
    },
    close: async () => {},
  }
}

export async function memorystore(): Promise<Target> {
  // Each for as long as its cookie says.
  const ttl = (_: unknown, { cookie }: { readonly cookie: { readonly maxAge: number } }): number =>
    cookie.maxAge
  const store = (await memorystoreStore({ ttl })) as PeerStore & {
    prune(): void
    store: { readonly length?: number; readonly size?: number; readonly itemCount?: number }
  }
  const count = (): number => store.store.size ?? store.store.itemCount ?? store.store.length ?? 0
  return {
    store: 'memorystore',
    how: 'prune()',
    async fill(expired) {
      const soon = { cookie: { maxAge: 1 }, ...facts }
      for (let number = 0; number < expired; number++) await keep(store, idOf(number), soon)
      await new Promise((resolve) => setTimeout(resolve, 20))
      for (let number = 0; number < live; number++)
        await keep(store, liveId(number), { cookie: { maxAge: 86_400_000 }, ...facts })
    },
    read: readFrom('memorystore', store),
    async sweep() {
      const before = count()
      store.prune()
      return before - count()
    },
    close: async () => {},
  }
}

export async function connectPgSimple(): Promise<Target> {
  const server = await startPostgres({ max_wal_size: '4GB' })
  const pool = new Pool({ connectionString: server.url, max: 4 })
  const store = (await connectPgSimpleStore({
    pool,
    createTableIfMissing: true,
    pruneSessionInterval: false,
  })) as PeerStore & { pruneSessions(done: (error?: Error) => void): void }
  const count = async (): Promise<number> =>
    Number((await pool.query<{ count: string }>('select count(*) from session')).rows[0]?.count)
  return {
    store: 'connect-pg-simple',
    how: 'pruneSessions()',
    async fill(expired) {
      await keepLive(store)
      const text = JSON.stringify(sessionUntil(Date.now() - 60_000))
      for (const numbers of batches(expired))
        await pool.query(
          `insert into session (sid, sess, expire)
            select sid, $2::json, now() - interval '1 minute' * (1 + n % 5000) from unnest($1::text[]) with ordinality as t(sid, n)`,
          [numbers.map(idOf), text],
        )
      await pool.query('vacuum analyze session')
    },
    read: readFrom('connect-pg-simple', store),
    async sweep() {
      const before = await count()
      await new Promise<void>((resolve, reject) =>
        store.pruneSessions((error) => (error ? reject(error) : resolve())),
      )
      return before - (await count())
    },
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

export async function connectRedis(): Promise<Target> {
  const server = await redisServer()
  const client = redisConnection(server.url)
  await client.connect()
  const store = await connectRedisStore({ client })
  return {
    store: 'connect-redis',
    how: 'they expire by themselves',
    async fill(expired) {
      for (const numbers of batches(expired, 1000))
        await Promise.all(
          numbers.map((number) => keep(store, idOf(number), sessionUntil(Date.now() + 3_600_000))),
        )
      await keepLive(store)
      await expireSoon(client, 'sess:*')
    },
    read: readFrom('connect-redis', store),
    sweep: () => untilExpired(client),
    async close() {
      client.destroy()
      await server.close()
    },
  }
}
