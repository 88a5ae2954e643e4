// The PostgreSQL store passes the suite through both clients. What is its own is told in postgres-*.test.ts.

import { Pool } from 'pg'
import postgres from 'postgres'
import { afterAll } from 'vitest'

import { postgresStore } from '../../src/postgres.ts'
import { storeSuite, type OpenedStore } from '../../src/testing.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { runnerWhere } from '../support/suite-runner.ts'

const server = hasPostgres ? await startPostgres() : undefined
const url = server?.url ?? 'postgres://nowhere.invalid'
const pool = new Pool({ connectionString: url, max: 10 })
// What docs/guides/postgres-storage.md recommends: a connection that is cut while this client looks up array types
// would end the process, by a rejection that nobody can handle.
const sql = postgres(url, { max: 10, fetch_types: false })

afterAll(async () => {
  await pool.end()
  await sql.end()
  await server?.remove()
})

const clients = {
  pg: { client: pool },
  postgres: { client: sql },
  'pg without plans on the server': { client: pool, prepare: false },
  'postgres without plans on the server': { client: sql, prepare: false },
} as const

for (const [name, options] of Object.entries(clients)) {
  const schema = `through_${name.replaceAll(' ', '_')}`
  const store = postgresStore({ ...options, schema })
  if (server) await store.migrate()
  const open = async (): Promise<OpenedStore> => {
    if (server) await pool.query(`truncate ${schema}.sessions`)
    return { store, close: async () => {} }
  }
  await storeSuite(`R208 PostgreSQL store through ${name}`, open, runnerWhere(hasPostgres))
}
