// The PostgreSQL clients that people already have, described by what is used of them: `pg` (a Pool, or a Client) and
// `postgres`. Nothing of them is imported. Rows are read by position, so that no naming scheme of a client matters.

import { sha256Text } from '../core/crypto.ts'
import type { Milliseconds } from '../core/time.ts'
import { within } from './shared-timeout.ts'

export type Value = string | number | null

/** A `Pool` or `Client` of `pg`. */
export interface PgClient {
  query(query: {
    name?: string
    text: string
    values: Value[]
    rowMode: 'array'
    query_timeout: number
  }): Promise<{ rowCount: number | null; rows: unknown[][] }>
}

/** The `sql` of `postgres`. */
export interface PostgresSql {
  unsafe(
    text: string,
    values: Value[],
    options: { prepare: boolean },
  ): { values(): PromiseLike<unknown[][] & { count: number | null }> }
}

export type PostgresClient = PgClient | PostgresSql

export interface Statement {
  readonly text: string
  /** Under which the server keeps the plan: another text has another name, also of another version of ours. */
  readonly name: string
}

export interface Result {
  /** How many rows the statement touched or gave. */
  readonly count: number
  readonly rows: readonly (readonly unknown[])[]
}

/** Runs one statement with its values, in a transaction of its own. */
export type Query = (statement: Statement, values: readonly Value[]) => Promise<Result>

export interface QueryOptions {
  /** Whether the server keeps plans: some poolers cannot. */
  readonly prepare: boolean
  /** How long to wait for an answer before rejecting. */
  readonly timeout: Milliseconds
}

export function statement(text: string): Statement {
  return { text, name: `sojourn_${sha256Text(text).slice(0, 16)}` }
}

/** The one way to ask, whichever client it is. */
export function querier(client: PostgresClient, options: QueryOptions): Query {
  const ask = 'unsafe' in client ? throughPostgres(client, options) : throughPg(client, options)
  return (asked, values) => within(untilItIsOurTurn(ask, asked, values), options.timeout, 'PostgreSQL')
}

function throughPostgres(client: PostgresSql, { prepare }: QueryOptions): Query {
  return async ({ text }, values) => {
    const rows = await client.unsafe(text, [...values], { prepare }).values()
    return { count: rows.count ?? 0, rows }
  }
}

function throughPg(client: PgClient, { prepare, timeout }: QueryOptions): Query {
  return async ({ name, text }, values) => {
    // With a timeout of its own, a pool throws away the connection that does not answer and opens another.
    const how = { rowMode: 'array', query_timeout: timeout } as const
    const { rowCount, rows } = await client.query({
      ...(prepare ? { name } : {}),
      text,
      values: [...values],
      ...how,
    })
    return { count: rowCount ?? 0, rows }
  }
}

const attempts = 20

// Two that want the same rows may stop each other, and under a stricter isolation than READ COMMITTED whoever comes
// second is refused. The statement has then done nothing, so it can be asked again as if it had not been.
async function untilItIsOurTurn(ask: Query, asked: Statement, values: readonly Value[]): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(asked, values)
    } catch (cause) {
      if (!isConflict(cause) || attempt === attempts) throw cause
    }
    await new Promise((resolve) => setTimeout(resolve, attempt))
  }
}

function isConflict(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

/** The SQLSTATE of what the server has said no with. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { readonly code?: unknown }).code : undefined
}
