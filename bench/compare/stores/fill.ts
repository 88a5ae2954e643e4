// Filling a store with sessions of people who are not asked about, the same in every store. They go in by the store's own
// door where that is quick, and otherwise by the statement that makes as many rows at once.

import { deepStrictEqual } from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'

import { Pool } from 'pg'
import type { Entry, Store } from 'sojourn'

import { keptUntil, valueOf } from '../../../packages/sojourn/src/store/redis-entries.ts'
import { redisConnection } from '../../servers.ts'

export interface Strangers {
  readonly count: number
  readonly expiresAt: number
}

// What a session of a usual kind is kept as, up to a number that makes each another text.
const began = `${JSON.stringify({
  sub: '5f0c8a52-7d1e-4b52-9a57-000000000000',
  c: 1_760_000_000_000,
  cl: { role: 'member', plan: 'pro' },
  dev: { ua: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', ip: '192.0.2.7' },
}).slice(0, -1)},"x":`

// The ids come in the order in which a primary key keeps them, over the whole of its range: so ten million are made in
// minutes, and those who are asked about lie among them, anywhere.
const order = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

function stranger(number: number, { count, expiresAt }: Strangers): Entry {
  const tag = `${order[Math.floor((number * order.length) / count)]}${padded(number, 7)}`
  const state = `${began}${number}}`
  return {
    id: `${tag}${padded(number, 24)}`,
    owner: `${tag}${padded(number, 16)}`,
    version: 1,
    expiresAt,
    state,
  }
}

function padded(number: number, length: number): string {
  return number.toString(16).padStart(length, '0')
}

/** Makes sure that the store gives back those who were put into it past its door as it would have written them. */
export async function requireStrangers(store: Store, strangers: Strangers): Promise<void> {
  for (const number of [0, strangers.count >> 1, strangers.count - 1]) {
    const entry = stranger(number, strangers)
    deepStrictEqual(await store.find(entry.id), entry)
  }
}

/** By the door of the store in memory. */
export async function fillMemory(store: Store, strangers: Strangers): Promise<void> {
  for (let number = 0; number < strangers.count; number++)
    await store.insert(ownTexts(stranger(number, strangers)))
}

// Texts as they come from a request: whole, and nobody else's.
function ownTexts(entry: Entry): Entry {
  return JSON.parse(JSON.stringify(entry)) as Entry
}

/** For SQLite, in one statement. */
export function fillSqlite(file: string, { count, expiresAt }: Strangers): void {
  const database = new DatabaseSync(file)
  // Nobody depends on this data after a crash.
  database.exec('PRAGMA synchronous = OFF')
  database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count),
        tagged(i, tag) AS (SELECT i, substr(:order, 1 + i * 64 / :count, 1) || printf('%07x', i) FROM n)
      INSERT INTO entry (id, owner, version, expires_at, state)
      SELECT tag || printf('%024x', i), tag || printf('%016x', i), 1, :expiresAt, :began || i || '}' FROM tagged`,
    )
    .run({ order, count, expiresAt, began })
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

/** For PostgreSQL, in one statement, too. */
export async function fillPostgres(url: string, { count, expiresAt }: Strangers): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 })
  await pool.query(
    `insert into sojourn.sessions (id, owner, version, expires_at, state)
      select tag || lpad(to_hex(i), 24, '0'), tag || lpad(to_hex(i), 16, '0'), 1, $3::bigint, $4::text || i || '}'
      from (select i, substr($2::text, 1 + (i * 64 / $1::bigint)::integer, 1) || lpad(to_hex(i), 7, '0') as tag
        from generate_series(0, $1::bigint - 1) i) tagged`,
    [count, order, expiresAt, began],
  )
  await pool.query('vacuum analyze sojourn.sessions')
  // So that nothing of this is still to be written when it counts.
  await pool.query('checkpoint')
  await pool.end()
}

/** For Redis, ten thousand with each script: a hash for each person, as the store keeps it. */
export async function fillRedis(url: string, { count, expiresAt }: Strangers): Promise<void> {
  const client = redisConnection(url)
  await client.connect()
  // The script puts each owner in the place of the dashes.
  const entry = { id: '', owner: `${'-'.repeat(8)}${'-'.repeat(16)}`, version: 1, expiresAt, state: began }
  const [head, tail] = valueOf(entry).split('-'.repeat(16)) as [string, string]
  const facts = [String(count), order, head, tail, keptUntil(entry)]
  for (let from = 0; from < count; from += 10_000)
    await client.eval(script, {
      arguments: [String(from), String(Math.min(count, from + 10_000) - 1), ...facts],
    })
  client.destroy()
}

const script = `
local count, order, head, tail, kept = tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6], ARGV[7]
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local at = 1 + math.floor(i * 64 / count)
  local key = 'sj:{' .. string.sub(order, at, at) .. string.format('%07x', i) .. '}'
  redis.call('HSET', key, string.format('%024x', i), head .. string.format('%016x', i) .. tail .. string.format('%d', i) .. '}')
  redis.call('PEXPIREAT', key, kept)
end`
