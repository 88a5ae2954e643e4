// Our stores, filled past their interface where that takes too long, and swept by the engine as the server does it: 500 at
// a time with room for requests in between.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { Pool } from 'pg'
import { createSojourn, type Entry, type Sojourn, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'

import { startPostgres } from '../../../packages/sojourn/test/support/postgres.ts'
import { redisConnection, redisServer } from '../../servers.ts'
import { batches, facts, live, requireThere, type Target } from './target.ts'

const state = JSON.stringify({ c: 1, ...facts })
const how = 'sojourn.sweep()'

function entryOf(number: number, expiresAt: number): Entry {
  const tag = (number * 2_654_435_761).toString(36).padStart(8, '0').slice(-8)
  return {
    id: `${tag}${String(number).padStart(24, '0')}`,
    owner: `${tag}-owner-000000000`,
    version: 1,
    expiresAt,
    state,
  }
}
const liveEntry = (number: number): Entry => entryOf(2_000_000_000 + number, Date.now() + 86_400_000)
// Some thousand instants of the last days, as sessions expire.
const expiredEntry = (number: number): Entry => entryOf(number, Date.now() - 1000 - (number % 5000) * 60_000)

function engineOn(store: Store): Sojourn {
  const secrets = [randomBytes(32).toString('base64url')]
  return createSojourn({ issuer: 'https://app.example', environment: 'bench', secrets, store })
}

async function sweepAll(sojourn: Sojourn): Promise<number> {
  let removed = 0
  for (let done = false; !done;) {
    const swept = await sojourn.sweep()
    removed += swept.removed
    done = swept.done
  }
  return removed
}

async function readFrom(store: Store, number: number): Promise<void> {
  requireThere(await store.find(liveEntry(number).id), 'Sojourn')
}

async function insertLive(store: Store): Promise<void> {
  for (let number = 0; number < live; number++) await store.insert(liveEntry(number))
}

export async function ourMemory(): Promise<Target> {
  const store = memoryStore({ maxEntries: 10_000_000 })
  const sojourn = engineOn(store)
  return {
    store: 'Sojourn',
    how,
    async fill(expired) {
      for (let number = 0; number < expired; number++) await store.insert(expiredEntry(number))
      await insertLive(store)
    },
    read: (number) => readFrom(store, number),
    sweep: () => sweepAll(sojourn),
    close: async () => sojourn.close(),
  }
}

export async function ourSqlite(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const file = join(folder, 'sessions.db')
  const store = sqliteStore(file)
  const sojourn = engineOn(store)
  return {
    store: 'Sojourn',
    how,
    async fill(expired) {
      const database = new DatabaseSync(file)
      // Room for all of it: the ids lie anywhere, and a page is not to be read again for each.
      database.exec('PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF')
      const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')
      for (const numbers of batches(expired)) {
        database.exec('BEGIN')
        for (const { id, owner, version, expiresAt } of numbers.map(expiredEntry))
          insert.run(id, owner, version, expiresAt, state)
        database.exec('COMMIT')
      }
      database.close()
      await insertLive(store)
    },
    read: (number) => readFrom(store, number),
    sweep: () => sweepAll(sojourn),
    async close() {
      sojourn.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export async function ourPostgres(): Promise<Target> {
  const server = await startPostgres({ max_wal_size: '4GB' })
  const pool = new Pool({ connectionString: server.url, max: 4 })
  const store = postgresStore({ client: pool, timeout: 60_000 })
  await store.migrate()
  const sojourn = engineOn(store)
  return {
    store: 'Sojourn',
    how,
    async fill(expired) {
      for (const numbers of batches(expired)) {
        const entries = numbers.map(expiredEntry)
        await pool.query(
          `insert into sojourn.sessions (id, owner, version, expires_at, state)
            select id, owner, 1, expires_at, $4 from unnest($1::text[], $2::text[], $3::bigint[]) as t(id, owner, expires_at)`,
          [
            entries.map(({ id }) => id),
            entries.map(({ owner }) => owner),
            entries.map(({ expiresAt }) => expiresAt),
            state,
          ],
        )
      }
      await insertLive(store)
      await pool.query('vacuum analyze sojourn.sessions')
    },
    read: (number) => readFrom(store, number),
    sweep: () => sweepAll(sojourn),
    async close() {
      sojourn.close()
      await pool.end()
      await server.remove()
    },
  }
}

// Redis forgets by itself: all of it expires within ten seconds, while it is read.
export async function ourRedis(): Promise<Target> {
  const server = await redisServer()
  const client = redisConnection(server.url)
  await client.connect()
  const store = redisStore({ client, prefix: 'sj:' })
  return {
    store: 'Sojourn',
    how: 'they expire by themselves',
    async fill(expired) {
      for (const numbers of batches(expired, 1000))
        await Promise.all(numbers.map((number) => store.insert(entryOf(number, Date.now() + 3_600_000))))
      await insertLive(store)
      await expireSoon(client, 'sj:*')
    },
    read: (number) => readFrom(store, number),
    sweep: () => untilExpired(client),
    async close() {
      client.destroy()
      await server.close()
    },
  }
}

type Client = ReturnType<typeof redisConnection>

/**
 * Lets every key but those of the live expire: the first as soon as it is known how reads are before. To look at a million
 * takes some seconds.
 */
export async function expireSoon(client: Client, pattern: string): Promise<void> {
  const wait = 6000 + Math.ceil((await client.dbSize()) / 200)
  await client.eval(
    `local time = redis.call('TIME')
    local from = time[1] * 1000 + ARGV[2]
    local cursor, at = '0', 0
    repeat
      local found = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
      cursor = found[1]
      for _, key in ipairs(found[2]) do
        if redis.call('PTTL', key) < 2 * 3600000 then
          redis.call('PEXPIREAT', key, from + at % 10000)
          at = at + 1
        end
      end
    until cursor == '0'`,
    { arguments: [pattern, String(wait)] },
  )
}

/** Waits until all of them are gone. */
export async function untilExpired(client: Client): Promise<number> {
  const before = await client.dbSize()
  let left = before
  while (left > live) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    left = await client.dbSize()
  }
  return before - left
}
