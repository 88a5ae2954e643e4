// The stores that operations are measured on, each as its guide says that it should be run.

import { Pool } from 'pg'
import type { Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'

import { postgresServer, redisConnection, redisServer, type Server } from '../servers.ts'

export interface Opened {
  readonly name: string
  readonly store: Store
  readonly server?: Server
  readonly close: () => Promise<void>
}

export async function memory(): Promise<Opened> {
  return { name: 'memory', store: memoryStore({ maxEntries: 100_000_000 }), close: async () => {} }
}

export async function sqlite(file: string): Promise<Opened> {
  const store = sqliteStore(file)
  return { name: 'SQLite', store, close: () => store.close() }
}

export async function redis(): Promise<Opened> {
  const server = await redisServer()
  const [client, follower] = [redisConnection(server.url), redisConnection(server.url)]
  await Promise.all([client.connect(), follower.connect()])
  const close = async (): Promise<void> => {
    client.destroy()
    follower.destroy()
    await server.close()
  }
  return { name: 'Redis', store: redisStore({ client, follower, timeout: patience }), server, close }
}

export async function postgres(): Promise<Opened> {
  const server = await postgresServer()
  const pool = new Pool({ connectionString: server.url, max: 10 })
  const store = postgresStore({ client: pool, timeout: patience })
  await store.migrate()
  const close = async (): Promise<void> => {
    await pool.end()
    await server.close()
  }
  return { name: 'PostgreSQL', store, server, close }
}

// A busy machine is no reason to give up.
const patience = 30_000
