// Filling a store with sessions of people who are not asked about. They go in by the store's own door or, where that would
// take minutes, by the statement that makes as many rows at once.

import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

import { Pool } from 'pg'
import type { Entry, Store } from 'sojourn'

const inFlight = 1000
// What a session of a usual kind is kept as.
const state = JSON.stringify({
  sub: '5f0c8a52-7d1e-4b52-9a57-000000000000',
  c: 1_760_000_000_000,
  cl: { role: 'member', plan: 'pro' },
  dev: { ua: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', ip: '192.0.2.7' },
})
const day = 86_400_000

/** Adds so many, each of somebody else. */
export async function fill(store: Store, count: number): Promise<void> {
  for (let done = 0; done < count; done += inFlight) {
    const entries = Array.from({ length: Math.min(inFlight, count - done) }, stranger)
    await Promise.all(entries.map((entry) => store.insert(entry)))
  }
}

function stranger(): Entry {
  const owner = randomBytes(18).toString('base64url')
  const id = owner.slice(0, 8) + randomBytes(18).toString('base64url')
  // Each its own text, as it would be in life.
  return {
    id,
    owner,
    version: 1,
    expiresAt: Date.now() + day,
    state: `${state.slice(0, -1)},"x":${Math.random()}}`,
  }
}

/** The same for SQLite, in one statement. */
export function fillSqlite(file: string, count: number): void {
  const database = new DatabaseSync(file)
  database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO entry (id, owner, version, expires_at, state)
      SELECT substr(hex(randomblob(16)), 1, 32), substr(hex(randomblob(12)), 1, 24), 1, ?, ? || i || '}' FROM n`,
    )
    .run(count, Date.now() + day, `${state.slice(0, -1)},"x":`)
  database.close()
}

/** And for PostgreSQL. */
export async function fillPostgres(url: string, count: number): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 })
  await pool.query(
    `insert into sojourn.sessions (id, owner, version, expires_at, state)
      select md5(i::text || random()), substr(md5(random()::text), 1, 24), 1, $2::bigint, $3::text || i || '}'
      from generate_series(1, $1::integer) i`,
    [count, Date.now() + day, `${state.slice(0, -1)},"x":`],
  )
  await pool.query('vacuum analyze sojourn.sessions')
  await pool.end()
}
