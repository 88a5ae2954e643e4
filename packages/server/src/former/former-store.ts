// The stores of express-session as people have them, read from one end to the other: nothing in them is changed.

import type { Facts } from './pick.ts'

/** A session as express-session keeps it. */
export interface FormerRow {
  /** Its id: a secret. */
  readonly name: string
  /** What it holds; undefined where that is no JSON object. */
  readonly session: Facts | undefined
  /** When its store forgets it. */
  readonly expiresAt: number
}

export interface FormerStore {
  /** What a person is told, and by what sessions are known to be of this store: no password in it. */
  readonly shown: string
  /** How many there are, more or less. */
  count(): Promise<number>
  /** Every session at least once, some hundred at a time. */
  pages(): AsyncIterable<readonly FormerRow[]>
  close(): Promise<void>
}

export interface FormerStoreOptions {
  /** Of the keys in Redis. Default: `sess:`, as connect-redis has it. */
  readonly prefix?: string
  /** Default: `session` in PostgreSQL (connect-pg-simple), `sessions` in SQLite. */
  readonly table?: string
}

/** How many rows are read at once. */
export const pageSize = 500

/** What a row of text holds. */
export function sessionIn(text: unknown): Facts | undefined {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : text
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : undefined
  } catch {
    return undefined
  }
}
