// The clients that the tests of the PostgreSQL store use, opened and closed in one way.

import { Client, Pool } from 'pg'
import postgres from 'postgres'

import type { PostgresStoreOptions } from '../../src/postgres.ts'

export interface OpenedPostgres {
  /** What a store is given: a client, and what hears of notices. */
  readonly options: Pick<PostgresStoreOptions, 'client' | 'listener'>
  close(): Promise<void>
}

export type PostgresLibrary = 'pg' | 'postgres'

export const postgresLibraries: readonly PostgresLibrary[] = ['pg', 'postgres']

export function openPostgres(library: PostgresLibrary, url: string, max = 5): OpenedPostgres {
  if (library === 'pg') {
    const pool = new Pool({ connectionString: url, max })
    // Without a listener an error of an idle connection would end the process.
    pool.on('error', () => {})
    const listener = (): Client => new Client({ connectionString: url })
    return { options: { client: pool, listener }, close: () => pool.end() }
  }
  const sql = postgres(url, { max, fetch_types: false, backoff: () => 0.1, onnotice: () => {} })
  return { options: { client: sql, listener: sql }, close: () => sql.end({ timeout: 1 }) }
}
