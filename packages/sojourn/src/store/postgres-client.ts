// The PostgreSQL clients that people already have, described by what is used of them: `pg` (a Pool or a Client) and
// `postgres`. Nothing of them is imported.

/** A `Pool` or `Client` of `pg`. */
export interface PgClient {
  query(query: {
    name?: string
    text: string
    values: unknown[]
  }): Promise<{ rowCount: number | null; rows: unknown[] }>
}

/** The `sql` of `postgres`. */
export interface PostgresSql {
  unsafe(
    text: string,
    values: unknown[],
    options: { prepare: boolean },
  ): PromiseLike<unknown[] & { count: number }>
}

export type PostgresClient = PgClient | PostgresSql

export interface Result {
  /** How many rows the statement touched or gave. */
  readonly count: number
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** Runs one statement with its values. `name` lets the server keep its plan. */
export type Query = (
  statement: { readonly name: string; readonly text: string },
  values: readonly unknown[],
) => Promise<Result>

/** The one way to ask, whichever client it is. Without `prepare` no statement is kept on the server (some poolers need that). */
export function querier(client: PostgresClient, prepare: boolean): Query {
  if ('unsafe' in client) {
    return async ({ text }, values) => {
      const rows = await client.unsafe(text, [...values], { prepare })
      return { count: rows.count, rows: rows as readonly Record<string, unknown>[] }
    }
  }
  return async ({ name, text }, values) => {
    const named = prepare ? { name: `sojourn_${name}` } : {}
    const { rowCount, rows } = await client.query({ ...named, text, values: [...values] })
    return { count: rowCount ?? 0, rows: rows as readonly Record<string, unknown>[] }
  }
}

/** A statement that did not answer in time. */
export class PostgresTimeout extends Error {
  override readonly name = 'PostgresTimeout'
}

/** The same, but a statement that gets no answer for so long rejects: a client of a dead server must not hang. */
export function withTimeout(query: Query, milliseconds: number): Query {
  return async (statement, values) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      const complain = (): void =>
        reject(new PostgresTimeout(`PostgreSQL gave no answer within ${milliseconds} ms`))
      timer = setTimeout(complain, milliseconds)
    })
    try {
      return await Promise.race([query(statement, values), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}
