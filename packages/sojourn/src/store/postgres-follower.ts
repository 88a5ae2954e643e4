// Following the feed: everything, in order of arrival, with no gap.
//
// Transactions do not commit in the order in which they begin, so "what is numbered higher than the last I saw" would
// miss whatever was numbered early and committed late. We ask instead for what is visible now and was not at the time
// of the last look: PostgreSQL says so exactly, by comparing the snapshots of the two.
//
// After a restart or a fail-over the server may count its transactions anew from an earlier one, and then snapshots
// from before mean nothing. So each look also tells which server it was; from another one we read the last minutes
// again. A notice may come twice, never not at all.

import type { Notice, Subscription } from '../core/feed.ts'
import { systemClock } from '../core/system.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import { statement, type Query, type Statement } from './postgres-client.ts'
import { listenOn, type PostgresListener } from './postgres-listener.ts'
import { noticesIn } from './shared-notices.ts'

export interface FollowerOptions {
  readonly query: Query
  readonly listener: PostgresListener | undefined
  readonly schema: string
  readonly keepNotices: Milliseconds
  readonly tell: (notice: Notice) => void
  readonly since: Instant
}

// Further apart than this no two clocks are, neither of nodes nor of servers.
const overlap: Milliseconds = 120_000
const readAtMost = 1000
const lookEvery: Milliseconds = 1000
// With an ear, looking is only to know that the connection still carries.
const lookEveryWithEar: Milliseconds = 3000

/** Where a look begins: behind what this snapshot has seen, or behind nothing, from an instant on. */
interface Beginning {
  readonly snapshot: string
  readonly announcedAt: Instant
  readonly at: Instant
}

// Sees no transaction at all.
const seesNothing = '1:1:'

/** What a look found. */
interface News {
  readonly snapshot: string
  readonly server: string
  readonly time: Instant
  readonly count: number
  readonly lines: readonly string[]
}

export class Follower implements Subscription {
  readonly #options: FollowerOptions
  readonly #look: Statement
  readonly #ear: { readonly close: () => void } | undefined
  // Not the clock of the caller: it must run on while that of a test stands still, and never backwards.
  readonly #clock = systemClock()
  #from: Beginning
  #last: News | undefined
  #seenUntil = -Infinity
  #wholeFrom = -Infinity
  #isLooking = false
  #isWanted = false
  #isClosed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: FollowerOptions) {
    const { schema, listener, since } = options
    this.#options = options
    this.#look = lookStatement(schema)
    this.#from = { snapshot: seesNothing, announcedAt: 0, at: Math.max(0, Math.trunc(since) - overlap) }
    const wake = (): void => void this.#wake()
    this.#ear = listener && listenOn(listener, schema, wake)
    wake()
  }

  upToDateAt(now: Instant): Instant {
    const time = this.#clock()
    return time < this.#wholeFrom ? -Infinity : now - (time - this.#seenUntil)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#ear?.close()
  }

  async #wake(): Promise<void> {
    this.#isWanted = true
    if (this.#isLooking) return
    this.#isLooking = true
    clearTimeout(this.#timer)
    let every = this.#options.listener ? lookEveryWithEar : lookEvery
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false
      try {
        await this.#readOn()
      } catch {
        every = lookEvery
        break
      }
    }
    this.#isLooking = false
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#wake(), every).unref()
  }

  /** Reads all there is, page by page. What is announced meanwhile is not seen by the first snapshot: it comes next. */
  async #readOn(): Promise<void> {
    const began = this.#clock()
    let place: readonly string[] = []
    let first: News | undefined
    for (;;) {
      const news = await this.#read(place)
      if (this.#isClosed) return
      first ??= news
      if (this.#isElsewhere(news)) return
      place = this.#tell(news) ?? place
      if (news.count < readAtMost) break
    }
    if (!this.#last) {
      // Notices from before the oldest that are kept are missing until nobody needs them any more.
      const missing = first.time - this.#options.keepNotices - this.#options.since
      if (missing > 0) this.#wholeFrom = began + missing
    }
    this.#last = first
    this.#from = { snapshot: first.snapshot, announcedAt: 0, at: 0 }
    this.#seenUntil = began
  }

  async #read([xid = '0', number = '0']: readonly string[]): Promise<News> {
    const { snapshot, announcedAt, at } = this.#from
    const { rows } = await this.#options.query(this.#look, [snapshot, xid, number, announcedAt, at])
    const [[seen, server, time, count, text] = []] = rows
    const lines = typeof text === 'string' ? text.split('\n') : []
    return { snapshot: String(seen), server: String(server), time: Number(time), count: Number(count), lines }
  }

  /** Whether another server has answered than before; if so, the next look begins in the past. */
  #isElsewhere({ server }: News): boolean {
    if (!this.#last || this.#last.server === server) return false
    this.#from = { snapshot: seesNothing, announcedAt: this.#last.time - overlap, at: 0 }
    this.#last = { ...this.#last, server }
    this.#isWanted = true
    return true
  }

  /** Tells what is new; gives the place of the last. */
  #tell({ lines }: News): readonly string[] | undefined {
    let place: readonly string[] | undefined
    for (const line of lines) {
      if (/^\d+ \d+$/.test(line)) place = line.split(' ')
      else for (const notice of noticesIn(line)) this.#options.tell(notice)
    }
    return place
  }
}

// Always gives one row, with all of the news in one text: two lines for each announcement, its place and its notices.
function lookStatement(schema: string): Statement {
  return statement(
    `select pg_current_snapshot()::text, pg_postmaster_start_time()::text,
      (extract(epoch from clock_timestamp()) * 1000)::bigint, count(*),
      string_agg(xid || ' ' || number || E'\\n' || notices, E'\\n' order by xid, number)
    from (
      select xid, number, notices from "${schema}".notices
      where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
        and (xid, number) > ($2::xid8, $3::bigint) and announced_at >= $4 and at >= $5
      order by xid, number limit ${readAtMost}) as news`,
  )
}
