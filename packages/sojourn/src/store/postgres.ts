// Sessions in PostgreSQL 14 or newer, or an engine that speaks it. Every operation is one statement, decided by the row
// it touches: safe under READ COMMITTED, with parameters only.

import { configurationError } from '../core/errors.ts'
import type { Browsable, Entry, Measurable, Store, Sweepable } from '../core/store.ts'
import type { Instant } from '../core/time.ts'
import { querier, withTimeout, type PostgresClient } from './postgres-client.ts'
import { migrate } from './postgres-schema.ts'

export interface PostgresStoreOptions {
  readonly client: PostgresClient
  /** The schema that holds our table. Default: `sojourn`. */
  readonly schema?: string
  /** How long to wait for an answer, in milliseconds, before the store counts as unavailable. Default: 2,000. */
  readonly timeout?: number
  /** Whether the server keeps the plans of statements. Switch it off for poolers that cannot. Default: true. */
  readonly prepare?: boolean
}

export interface PostgresStore extends Store, Sweepable, Browsable, Measurable {
  /** Brings the schema up to date. Call it before the first use; any number of nodes may do so at once. */
  migrate(): Promise<void>
}

const migrationTimeout = 60_000
const partitionCharacters = 8
// Beyond every character of an id.
const last = '\u{10ffff}'

/** A store in PostgreSQL. It does not open or close the client. */
export function postgresStore(options: PostgresStoreOptions): PostgresStore {
  const { client, schema = 'sojourn', timeout = 2000, prepare = true } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw configurationError('postgresStore cannot be opened', [
      'schema must be a name in lower case, such as sojourn',
    ])
  }
  const ask = querier(client, prepare)
  const query = withTimeout(ask, timeout)
  const sql = statements(`${schema}.sessions`)
  return {
    migrate: () => migrate(withTimeout(querier(client, false), migrationTimeout), schema),
    async insert({ id, owner, version, expiresAt, state }) {
      return (await query(sql.insert, [id, owner, version, expiresAt, state])).count === 1
    },
    async find(id) {
      const { rows } = await query(sql.find, [id])
      return rows[0] && entryIn(rows[0])
    },
    async replace({ id, owner, version, expiresAt, state }) {
      return (await query(sql.replace, [id, owner, version, expiresAt, state])).count === 1
    },
    async remove(id) {
      return (await query(sql.remove, [id])).count === 1
    },
    async list(owner) {
      const { rows } = await query(sql.list, [...partition(owner), owner])
      return rows.map(entryIn)
    },
    async removeAll(owner, except) {
      const { rows } = await query(sql.removeAll, [...partition(owner), owner, except ?? null])
      return rows.map((row) => String(row['id']))
    },
    async sweep(before: Instant, limit: number) {
      return (await query(sql.sweep, [before, limit])).count
    },
    async scan(cursor, limit) {
      const { rows } = await query(sql.scan, [cursor ?? '', limit])
      const items = rows.map(entryIn)
      const next = items.length === limit ? items.at(-1)?.id : undefined
      return { items, ...(next === undefined ? {} : { next }) }
    },
    async stats(now: Instant) {
      const { rows } = await query(sql.stats, [now])
      const [row = {}] = rows
      return { live: Number(row['live']), expired: Number(row['expired']), bytes: Number(row['bytes']) }
    },
  }
}

function statements(table: string) {
  const columns = 'id, owner, version, expires_at, state'
  const statement = (name: string, text: string): { name: string; text: string } => ({ name, text })
  return {
    insert: statement(
      'insert',
      `insert into ${table} (${columns}) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    ),
    find: statement('find', `select ${columns} from ${table} where id = $1`),
    replace: statement(
      'replace',
      `update ${table} set owner = $2, version = $3, expires_at = $4, state = $5 where id = $1 and version = $3 - 1`,
    ),
    remove: statement('remove', `delete from ${table} where id = $1`),
    list: statement('list', `select ${columns} from ${table} where id >= $1 and id <= $2 and owner = $3`),
    removeAll: statement(
      'remove_all',
      `delete from ${table} where id >= $1 and id <= $2 and owner = $3 and id is distinct from $4 returning id`,
    ),
    sweep: statement(
      'sweep',
      `delete from ${table} where ctid = any(array(
        select ctid from ${table} where expires_at <= $1 order by expires_at limit $2 for update skip locked))`,
    ),
    scan: statement('scan', `select ${columns} from ${table} where id > $1 order by id limit $2`),
    stats: statement(
      'stats',
      `select count(*) filter (where expires_at > $1) as live, count(*) filter (where expires_at <= $1) as expired,
        pg_total_relation_size('${table}') as bytes from ${table}`,
    ),
  }
}

function partition(owner: string): [from: string, to: string] {
  const tag = owner.slice(0, partitionCharacters)
  return [tag, tag + last]
}

function entryIn(row: Readonly<Record<string, unknown>>): Entry {
  return {
    id: String(row['id']),
    owner: String(row['owner']),
    version: Number(row['version']),
    // A bigint, which the drivers give as text.
    expiresAt: Number(row['expires_at']),
    state: String(row['state']),
  }
}
