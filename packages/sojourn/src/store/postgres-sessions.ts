// The statements about sessions. Each is decided by the rows that it touches, so READ COMMITTED is enough: of two that
// change a row the later one waits, looks at the row again, and finds it changed or gone.

import type { Entry } from '../core/store.ts'
import { statement, type Statement, type Value } from './postgres-client.ts'

export type SessionStatements = Readonly<
  Record<
    'insert' | 'find' | 'replace' | 'remove' | 'list' | 'removeAll' | 'backlog' | 'scan' | 'stats',
    Statement
  >
>

export function sessionStatements(table: string): SessionStatements {
  const columns = 'id, owner, version, expires_at, state'
  const ofOwner = 'id >= $1 and id < $2 and owner = $3'
  // The header of a row and its two numbers; texts are counted as they are kept, which may be compressed.
  const bytes = '40 + pg_column_size(id) + pg_column_size(owner) + pg_column_size(state)'
  return {
    insert: statement(
      `insert into ${table} (${columns}) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    ),
    find: statement(`select ${columns} from ${table} where id = $1`),
    replace: statement(
      `update ${table} set owner = $2, version = $3, expires_at = $4, state = $5 where id = $1 and version = $3 - 1`,
    ),
    remove: statement(`delete from ${table} where id = $1`),
    list: statement(`select ${columns} from ${table} where ${ofOwner}`),
    removeAll: statement(`delete from ${table} where ${ofOwner} and id is distinct from $4 returning id`),
    // In the order of the index, so that it is read and not the table.
    backlog: statement(
      `select count(*) from (select 1 from ${table} where expires_at <= $1 order by expires_at limit $2) as due`,
    ),
    scan: statement(`select ${columns} from ${table} where id > $1 order by id limit $2`),
    stats: statement(
      `select count(*) filter (where expires_at > $1), count(*) filter (where expires_at <= $1), sum(${bytes})
        from ${table}`,
    ),
  }
}

export function valuesOf({ id, owner, version, expiresAt, state }: Entry): readonly Value[] {
  return [id, owner, version, expiresAt, state]
}

export function entryIn([id, owner, version, expiresAt, state]: readonly unknown[]): Entry {
  return {
    id: String(id),
    owner: String(owner),
    version: Number(version),
    // A bigint, which clients give as text.
    expiresAt: Number(expiresAt),
    state: String(state),
  }
}

/** Whether PostgreSQL can keep such a name; there is no entry with one that it cannot. */
export function isText(name: string): boolean {
  return !/\0|\p{Surrogate}/u.test(name)
}

const partitionCharacters = 8
// Behind every id there is.
const end = '\u{10ffff}'.repeat(100)

/**
 * The range of ids that an owner's lie in, then the owner. Only a beginning in ASCII counts, where the next character is
 * one greater; a range that is too wide is still right, because the owner is compared as well.
 */
export function rangeOf(owner: string): readonly [from: string, to: string, owner: string] {
  const [from = ''] = /^[ -~]*/.exec(owner.slice(0, partitionCharacters)) ?? []
  const last = from.length - 1
  const to = last < 0 ? end : from.slice(0, last) + String.fromCharCode(from.charCodeAt(last) + 1)
  return [from, to, owner]
}
