// Where the rules of sessions are tried: every store of ours, on the real server.

import { readFileSync } from 'node:fs'

import { Pool } from 'pg'

import type { Browsable, Instant, Measurable, Store } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { postgresStore } from '../../src/postgres.ts'
import { redisStore } from '../../src/redis.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { hasRedis, startCluster, startRedis, type RedisServer } from '../support/redis.ts'
import { openClient, openClusterClient, type OpenedClient } from './redis-clients.ts'
import { openSqlite } from './sqlite-folder.ts'

/** An empty store. */
export interface Place {
  readonly store: Store & Browsable & Measurable
  /** What the clock of a test shows first, where the server has one of its own. */
  readonly now?: Instant
  /** Everything that somebody who steals the store gets to see. */
  dump(): Promise<string>
  close(): Promise<void>
}

/** What gives one empty store after the other. */
export interface Ground {
  open(): Promise<Place>
  close(): Promise<void>
}

export interface GroundKind {
  readonly isHere: boolean
  /** Whether what has expired waits for a sweep; otherwise it goes by itself. */
  readonly isSwept: boolean
  start(): Promise<Ground>
}

export const grounds: Readonly<Record<string, GroundKind>> = {
  memory: {
    isHere: true,
    isSwept: true,
    start: async () => ({ open: async () => inMemory(), close: async () => {} }),
  },
  SQLite: {
    isHere: true,
    isSwept: true,
    start: async () => ({ open: async () => inSqlite(), close: async () => {} }),
  },
  PostgreSQL: { isHere: hasPostgres, isSwept: true, start: onPostgres },
  Redis: {
    isHere: hasRedis,
    isSwept: false,
    async start() {
      const server = await startRedis()
      return onRedis([server], await openClient('redis', server.port), () => server.close())
    },
  },
  'Redis Cluster': {
    isHere: hasRedis,
    isSwept: false,
    async start() {
      const { primaries, close } = await startCluster()
      const ports = primaries.map(({ port }) => port)
      return onRedis(primaries, await openClusterClient('redis', ports), close)
    },
  },
}

function inMemory(): Place {
  const store = memoryStore()
  const dump = async (): Promise<string> => JSON.stringify((await store.scan(undefined, 1_000_000)).items)
  return { store, dump, close: async () => {} }
}

function inSqlite(): Place {
  const { store, file, close } = openSqlite()
  const dump = async (): Promise<string> =>
    ['', '-wal', '-shm'].map((end) => readFileSync(file + end, 'latin1')).join('\n')
  return { store, dump, close }
}

async function onPostgres(): Promise<Ground> {
  const server = await startPostgres()
  const pool = new Pool({ connectionString: server.url, max: 5 })
  const store = postgresStore({ client: pool })
  await store.migrate()
  return {
    async open() {
      await pool.query('truncate sojourn.sessions, sojourn.notices')
      const dump = async (): Promise<string> => {
        const tables = ['sessions', 'notices'].map((name) => pool.query(`select * from sojourn.${name}`))
        return JSON.stringify((await Promise.all(tables)).map(({ rows }) => rows))
      }
      return { store, dump, close: async () => {} }
    },
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

async function onRedis(
  servers: readonly RedisServer[],
  opened: OpenedClient,
  close: () => Promise<void>,
): Promise<Ground> {
  const follower = await opened.follower()
  return {
    async open() {
      await Promise.all(servers.map(({ command }) => command('FLUSHALL')))
      const store = redisStore({ client: opened.client, follower: follower.client })
      const dump = async (): Promise<string> => (await Promise.all(servers.map(everythingIn))).join('\n')
      // Redis forgets by its own clock, which a test cannot move.
      return { store, now: Date.now(), dump, close: async () => {} }
    },
    async close() {
      await follower.close()
      await opened.close()
      await close()
    },
  }
}

async function everythingIn({ command }: RedisServer): Promise<string> {
  const keys = (await command('KEYS', '*')) as string[]
  const values = keys.map(async (key) => {
    const isHash = (await command('TYPE', key)) === 'hash'
    return isHash ? command('HGETALL', key) : command('XRANGE', key, '-', '+')
  })
  return JSON.stringify([keys, await Promise.all(values)])
}
