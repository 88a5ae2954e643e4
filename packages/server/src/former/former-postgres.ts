// connect-pg-simple: a table with `sid`, `sess` as JSON, and `expire`.

import { Pool } from 'pg'

import type { PostgresLocation } from '../store-url.ts'
import { pageSize, sessionIn, type FormerStore, type FormerStoreOptions } from './former-store.ts'

interface Row {
  readonly sid: string
  readonly sess: string
  readonly expire: number
}

export async function openFormerPostgres(
  location: PostgresLocation,
  { table = 'session' }: FormerStoreOptions,
): Promise<FormerStore> {
  const pool = new Pool({ connectionString: location.url, max: 1, connectionTimeoutMillis: 5000 })
  // A connection that is lost while nobody uses it.
  pool.on('error', () => {})
  const named = [...(location.schema === undefined ? [] : [location.schema]), table]
    .map((name) => `"${name.replaceAll('"', '""')}"`)
    .join('.')
  // A timestamp without a zone is in that of the connection, as connect-pg-simple writes and compares it.
  const page = `select sid, sess::text as sess, (extract(epoch from expire::timestamptz) * 1000)::float8 as expire
    from ${named} where sid > $1 order by sid limit ${pageSize}`
  return {
    shown: `${location.shown} ${named}`,
    async count() {
      const { rows } = await pool.query<{ count: string }>(`select count(*) from ${named}`)
      return Number(rows[0]?.count)
    },
    async *pages() {
      let last = ''
      for (;;) {
        const { rows } = await pool.query<Row>(page, [last])
        if (rows.length === 0) return
        last = rows.at(-1)!.sid
        yield rows.map(({ sid, sess, expire }) => ({
          name: sid,
          session: sessionIn(sess),
          expiresAt: expire,
        }))
      }
    },
    close: () => pool.end(),
  }
}
