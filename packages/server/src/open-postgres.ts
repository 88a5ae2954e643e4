// PostgreSQL as a store: a pool for sessions and a connection that listens, with settings that let no request hang.

import pg from 'pg'
import type { Logger } from 'pino'
import { postgresJournal, postgresStore } from 'sojourn/postgres'

import type { OpenStore } from './open-store.ts'
import { lossReporter, withinStart } from './store-life.ts'
import type { PostgresLocation } from './store-url.ts'

/** For an answer of PostgreSQL, in milliseconds. Whoever asks gets 503 then. */
const timeout = 2000
const connections = 10

/** Brings the schema up to date; rejects if that cannot be done. */
export async function openPostgres(
  { url, schema, shown }: PostgresLocation,
  log: Logger,
): Promise<OpenStore> {
  const how = {
    connectionString: url,
    application_name: 'sojourn',
    connectionTimeoutMillis: timeout,
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...how, max: connections })
  // Without a listener, a connection that is lost while nobody uses it ends the process.
  pool.on('error', lossReporter(log, shown))
  try {
    const where = { client: pool, ...(schema === undefined ? {} : { schema }) }
    const store = postgresStore({ ...where, listener: () => new pg.Client(how), timeout })
    await withinStart(store.migrate(), shown)
    return {
      store,
      shown: `sessions in ${shown}`,
      // Its tables came with those of the sessions.
      openJournal: () => ({ journal: postgresJournal(where), close: () => {} }),
      close: () => pool.end(),
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}
