// The stores in SQLite have a table with `sid`, `sess` as JSON, and when it expires: `expire` as text in UTC
// (better-sqlite3-session-store), or `expired` in milliseconds (connect-sqlite3).

import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'

import { SojournError } from 'sojourn'

import { pageSize, sessionIn, type FormerStore, type FormerStoreOptions } from './former-store.ts'

const expiries = ['expire', 'expired', 'expires']

export async function openFormerSqlite(
  path: string,
  { table = 'sessions' }: FormerStoreOptions,
): Promise<FormerStore> {
  if (!existsSync(path))
    throw new SojournError('request_malformed', { detail: `--from names ${path}, which is not there.` })
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table)
    const columns = new Set(rows.map(({ name }) => String(name)))
    const expiry = expiries.find((name) => columns.has(name))
    if (expiry === undefined || !columns.has('sid') || !columns.has('sess'))
      throw new SojournError('request_malformed', {
        detail: `${path} has no table ${table} with sid, sess and ${expiries.join(' or ')}: name it with --table.`,
      })
    const named = `"${table.replaceAll('"', '""')}"`
    const page = database.prepare(
      `SELECT sid, sess, "${expiry}" AS expiry FROM ${named} WHERE sid > ? ORDER BY sid LIMIT ${pageSize}`,
    )
    return {
      shown: `sqlite:${path} ${named}`,
      count: async () => Number(database.prepare(`SELECT count(*) AS count FROM ${named}`).get()?.['count']),
      async *pages() {
        let last = ''
        for (;;) {
          const rows = page.all(last)
          if (rows.length === 0) return
          last = String(rows.at(-1)!['sid'])
          yield rows.map(({ sid, sess, expiry: at }) => ({
            name: String(sid),
            session: sessionIn(sess),
            expiresAt: instantOf(at),
          }))
        }
      },
      close: async () => database.close(),
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Milliseconds; 0, long over, for what is no time. */
function instantOf(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  return Date.parse(String(value)) || 0
}
