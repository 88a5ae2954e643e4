// The feed in PostgreSQL: a table of notices, with LISTEN and NOTIFY to say that there is something new in it. What is
// too old for anybody is removed by those who write, a little at a time.

import type { Feed, Notice } from '../core/feed.ts'
import type { Milliseconds } from '../core/time.ts'
import { statement, type Query } from './postgres-client.ts'
import { Follower } from './postgres-follower.ts'
import type { PostgresListener } from './postgres-listener.ts'
import { textOf } from './shared-notices.ts'

export interface PostgresFeedOptions {
  readonly query: Query
  readonly listener: PostgresListener | undefined
  readonly schema: string
  readonly keepNotices: Milliseconds
}

export function postgresFeed(options: PostgresFeedOptions): Feed {
  const { query, schema, keepNotices } = options
  const table = `"${schema}".notices`
  const announce = statement(
    `with forgotten as (
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where announced_at < (extract(epoch from now()) * 1000)::bigint - $3::bigint
          order by announced_at limit 100 for update skip locked))
    ), kept as (
      insert into ${table} (at, notices) values ($1, $2)
    )
    select pg_notify($4, '')`,
  )
  return {
    announce: together(async (notices) => {
      const latest = notices.reduce((at, notice) => Math.max(at, Math.trunc(notice.at)), 0)
      await query(announce, [latest, textOf(notices), keepNotices, schema])
    }),
    follow: (listener, since) => new Follower({ ...options, tell: listener, since }),
  }
}

/**
 * One writes at a time, and takes along what has come while it waited: PostgreSQL lets those who notify commit one
 * after the other, and requests should not lose all connections of a pool to a queue for that.
 */
function together(write: (notices: readonly Notice[]) => Promise<void>): Feed['announce'] {
  let last = Promise.resolve()
  let next: { readonly notices: Notice[]; readonly written: Promise<void> } | undefined
  return async (notices) => {
    if (notices.length === 0) return
    if (!next) {
      const gathered: Notice[] = []
      const written = last.then(() => {
        next = undefined
        return write(gathered)
      })
      last = written.catch(() => {})
      next = { notices: gathered, written }
    }
    next.notices.push(...notices)
    await next.written
  }
}
