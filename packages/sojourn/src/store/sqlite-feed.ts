// The feed between the processes that share a SQLite file: one table. Whoever announces adds a row to it, and whoever
// follows looks every fifteen milliseconds for rows that it has not seen. A look takes two microseconds: as few as asking
// SQLite first whether anybody has written at all (PRAGMA data_version), so we do not.
//
// A file has one writer at a time, so rows appear in the order of their numbers: whoever has read a number has read all
// that came before it, and nothing is ever missed.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { Notice, Subscription } from '../core/feed.ts'
import { systemClock } from '../core/system.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import { noticesIn, textOf } from './shared-notices.ts'
import { insist } from './sqlite-file.ts'
import { feedStatements, readAtOnce, type FeedOperation } from './sqlite-statements.ts'

const lookEvery: Milliseconds = 15
// Longer than any access token lives, so longer than anybody needs to look back.
const keepFor: Milliseconds = 25 * 3_600_000
const trimEvery = 100
const trimAtOnce = 1000

type Prepared = Readonly<Record<FeedOperation, StatementSync>>

export class SqliteFeed {
  readonly #prepared: Prepared
  readonly #followers = new Set<Follower>()
  readonly #clock = systemClock()
  #announcements = 0

  constructor(database: DatabaseSync) {
    const all = Object.entries(feedStatements).map(([name, text]) => [
      name,
      insist(() => database.prepare(text)),
    ])
    this.#prepared = Object.fromEntries(all) as Prepared
  }

  /** Followers in this process have heard it when this returns. Throws if SQLite is busy, and has done nothing then. */
  announce(notices: readonly Notice[]): void {
    if (notices.length === 0) return
    // By whichever clock is ahead: those who look back go by the one, and the notices by the other.
    const at = notices.reduce((latest, notice) => Math.max(latest, Math.ceil(notice.at)), this.#clock())
    this.#prepared.announce.run(at, textOf(notices))
    for (const follower of this.#followers) follower.look()
    if (this.#announcements++ % trimEvery === 0) this.#trim()
  }

  follow(listener: (notice: Notice) => void, since: Instant): Subscription {
    const follower = new Follower(this.#prepared, listener, {
      since,
      closed: () => this.#followers.delete(follower),
    })
    this.#followers.add(follower)
    follower.look()
    return follower
  }

  close(): void {
    for (const follower of this.#followers) follower.close()
  }

  #trim(): void {
    try {
      this.#prepared.trim.run({ before: this.#clock() - keepFor, limit: trimAtOnce })
    } catch {
      // Somebody else is writing: what is too old can wait for the next time, what was announced is announced.
    }
  }
}

interface FollowerOptions {
  readonly since: Instant
  readonly closed: () => void
}

class Follower implements Subscription {
  readonly #prepared: Prepared
  readonly #listener: (notice: Notice) => void
  readonly #options: FollowerOptions
  readonly #timer = setInterval(() => this.look(), lookEvery).unref()
  /** The last row that was read; undefined until it is known where to begin. */
  #number: number | undefined
  /** By the monotonic clock: how late we are must not depend on what somebody does to the other one. */
  #seenUntil: Milliseconds = -Infinity
  #isClosed = false

  constructor(prepared: Prepared, listener: (notice: Notice) => void, options: FollowerOptions) {
    this.#prepared = prepared
    this.#listener = listener
    this.#options = options
  }

  upToDateAt(now: Instant): Instant {
    return now - (performance.now() - this.#seenUntil)
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#options.closed()
  }

  /** Reads what is new and tells of it. If it cannot be read, we fall behind until it can. */
  look(): void {
    if (this.#isClosed) return
    const began = performance.now()
    const rows = this.#read()
    if (!rows) return
    const notices = rows.flatMap(({ notices }) => noticesIn(String(notices)))
    for (const notice of notices) if (!this.#isClosed) this.#listener(notice)
    if (rows.length < readAtOnce) this.#seenUntil = began
    // There may be more; let requests in between.
    else setImmediate(() => this.look())
  }

  #read(): ReturnType<StatementSync['all']> | undefined {
    const { begin, read } = this.#prepared
    try {
      this.#number ??= Number(begin.get({ since: this.#options.since })?.['number'])
      const rows = read.all(this.#number)
      this.#number = Number(rows.at(-1)?.['number'] ?? this.#number)
      return rows
    } catch {
      return undefined
    }
  }
}
