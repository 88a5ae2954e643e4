// Sessions in PostgreSQL 14 or newer, and the feed of the nodes that share them. Every operation is one statement with
// parameters only, so it works through any pooler and happens wholly or not at all.

import { configurationError } from '../core/errors.ts'
import type { Feed } from '../core/feed.ts'
import type { Browsable, Entry, Measurable, Store, Sweepable } from '../core/store.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import { querier, type PostgresClient } from './postgres-client.ts'
import { postgresFeed } from './postgres-feed.ts'
import type { PostgresListener } from './postgres-listener.ts'
import { migrate, withAdvice } from './postgres-schema.ts'
import { entryIn, isText, rangeOf, sessionStatements, valuesOf } from './postgres-sessions.ts'
import { postgresSweep } from './postgres-sweep.ts'

export interface PostgresStoreOptions {
  /** A `Pool` of `pg`, or the `sql` of `postgres`. */
  readonly client: PostgresClient
  /**
   * A connection of its own that hears at once what other nodes announce: `() => new Client(…)` of `pg`, or the `sql` of
   * `postgres`. Without one this node looks once a second.
   */
  readonly listener?: PostgresListener
  /** The schema that holds our tables. Default: `sojourn`. */
  readonly schema?: string
  /** How long to wait for an answer, in milliseconds, before the store counts as unavailable. Default: 2,000. */
  readonly timeout?: Milliseconds
  /** Whether the server keeps the plans of statements. Switch it off for poolers that cannot. Default: true. */
  readonly prepare?: boolean
  /** How long notices stay in the feed, in milliseconds: longer than an access token lives. Default: an hour. */
  readonly keepNotices?: Milliseconds
}

/** `scan` and `stats` read the whole table: they are for administrators, not for requests. */
export interface PostgresStore extends Store, Feed, Sweepable, Browsable, Measurable {
  /** Brings the schema up to date. Call it before the first use; any number of nodes may do so at once. */
  migrate(): Promise<void>
}

const anHour = 3_600_000
// For what is no request: migrations, and counting a large table.
const patience = 60_000

/** A store in PostgreSQL, and the feed of its nodes. It does not open or close the client. */
export function postgresStore(options: PostgresStoreOptions): PostgresStore {
  const {
    client,
    listener,
    schema = 'sojourn',
    timeout = 2000,
    prepare = true,
    keepNotices = anHour,
  } = options
  checkOptions({ schema, timeout, keepNotices })
  const query = withAdvice(querier(client, { prepare, timeout }), schema)
  const patiently = withAdvice(
    querier(client, { prepare: false, timeout: Math.max(timeout, patience) }),
    schema,
  )
  const table = `"${schema}".sessions`
  const sql = sessionStatements(table)
  return {
    ...postgresFeed({ query, listener, schema, keepNotices }),
    migrate: () => migrate(patiently, schema),
    async insert(entry: Entry) {
      return (await query(sql.insert, valuesOf(entry))).count === 1
    },
    async find(id) {
      if (!isText(id)) return undefined
      const [row] = (await query(sql.find, [id])).rows
      return row && entryIn(row)
    },
    async replace(entry: Entry) {
      return (await query(sql.replace, valuesOf(entry))).count === 1
    },
    async remove(id) {
      return isText(id) && (await query(sql.remove, [id])).count === 1
    },
    async list(owner) {
      if (!isText(owner)) return []
      return (await query(sql.list, rangeOf(owner))).rows.map(entryIn)
    },
    async removeAll(owner, except) {
      if (!isText(owner)) return []
      const spared = except !== undefined && isText(except) ? except : null
      return (await query(sql.removeAll, [...rangeOf(owner), spared])).rows.map(([id]) => String(id))
    },
    sweep: postgresSweep(query, table),
    async backlog(before: Instant, limit: number) {
      const [row = []] = (await query(sql.backlog, [before, limit])).rows
      return Number(row[0])
    },
    async scan(cursor, limit) {
      // One more than asked for tells whether there is a next page.
      const entries = (await query(sql.scan, [cursor ?? '', limit + 1])).rows.map(entryIn)
      const items = entries.slice(0, limit)
      const last = items.at(-1)
      return last && entries.length > limit ? { items, next: last.id } : { items }
    },
    async stats(now: Instant) {
      const [row = []] = (await patiently(sql.stats, [now])).rows
      const [live, expired, bytes] = row.map(Number)
      return { live: live ?? 0, expired: expired ?? 0, bytes: bytes ?? 0 }
    },
  }
}

function checkOptions({
  schema,
  ...spans
}: { readonly schema: string } & Readonly<Record<string, unknown>>): void {
  const faults = Object.entries(spans)
    .filter(([, span]) => !Number.isInteger(span) || Number(span) < 1)
    .map(([name]) => `${name} is not a whole number from 1`)
  // Names that begin with pg_ belong to PostgreSQL.
  if (!/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(schema))
    faults.push('schema must be a name in lower case, such as sojourn')
  if (faults.length > 0)
    throw configurationError('postgresStore was given options that cannot be used', faults)
}
