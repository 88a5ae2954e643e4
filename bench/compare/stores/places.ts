// Each place where sessions live, with all that is measured there: our store, the driver alone, and better-auth.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { Pool } from 'pg'
import { createSojourn, type Sojourn, type SojournOptions } from 'sojourn'

import { hasPostgres } from '../../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../../packages/sojourn/test/support/redis.ts'
import { memory, postgres, redis, sqlite, type Opened } from '../../operations/stores.ts'
import { redisConnection } from '../../servers.ts'
import { busy, elapsed, type Meter } from '../loop.ts'
import { betterAuth, type BetterAuth } from '../request/better-auth.ts'
import { secret } from '../request/layer.ts'
import { rawMemory, rawPostgres, rawRedis, rawSqlite, type RawStore } from './raw.ts'

export interface Place {
  readonly opened: Opened
  readonly raw: RawStore
  /** What counts: time on a core where nothing is waited for, otherwise the clock. */
  readonly meter: Meter
  /** better-auth with its sessions there. */
  betterAuth(session: object): Promise<BetterAuth>
  close(): Promise<void>
}

/** The names of the places that are here. */
export const places: readonly string[] = [
  'memory',
  'SQLite',
  ...(hasRedis ? ['Redis'] : []),
  ...(hasPostgres ? ['PostgreSQL'] : []),
]

export async function openPlace(name: string): Promise<Place> {
  switch (name) {
    case 'memory': {
      const opened = await memory()
      return {
        opened,
        raw: rawMemory(),
        meter: busy,
        betterAuth: (session) => betterAuth({ session }),
        close: () => opened.close(),
      }
    }
    case 'SQLite':
      return sqlitePlace()
    case 'Redis':
      return redisPlace()
    default:
      return postgresPlace()
  }
}

/** An engine on the store of a place. */
export function sojournOn(
  { store }: Opened,
  more: Partial<SojournOptions<Record<string, unknown>, Record<string, unknown>>> = {},
): Sojourn<Record<string, unknown>, Record<string, unknown>> {
  const secrets = [secret]
  return createSojourn({ issuer: 'https://app.example', environment: 'bench', secrets, store, ...more })
}

async function sqlitePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-compare-'))
  const opened = await sqlite(join(folder, 'sessions.db'))
  const raw = rawSqlite(join(folder, 'raw.db'))
  const theirs = new DatabaseSync(join(folder, 'theirs.db'))
  theirs.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  return {
    opened,
    raw,
    meter: busy,
    betterAuth: (session) => betterAuth({ session, database: theirs }),
    async close() {
      await opened.close()
      await raw.close()
      theirs.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function redisPlace(): Promise<Place> {
  const opened = await redis()
  const { url } = opened.server!
  const raw = await rawRedis(url)
  const client = redisConnection(url)
  await client.connect()
  const secondaryStorage = {
    get: (key: string) => client.get(`theirs:${key}`),
    set: async (key: string, value: string, seconds?: number) => {
      await client.set(
        `theirs:${key}`,
        value,
        seconds === undefined ? {} : { expiration: { type: 'EX', value: Math.ceil(seconds) } },
      )
    },
    delete: async (key: string) => void (await client.del(`theirs:${key}`)),
  }
  return {
    opened,
    raw,
    meter: elapsed,
    betterAuth: (session) => betterAuth({ session, secondaryStorage }),
    async close() {
      await raw.close()
      client.destroy()
      await opened.close()
    },
  }
}

async function postgresPlace(): Promise<Place> {
  const opened = await postgres()
  const { url } = opened.server!
  const raw = await rawPostgres(url)
  const pool = new Pool({ connectionString: url, max: 10 })
  return {
    opened,
    raw,
    meter: elapsed,
    betterAuth: (session) => betterAuth({ session, database: pool }),
    async close() {
      await raw.close()
      await pool.end()
      await opened.close()
    },
  }
}
