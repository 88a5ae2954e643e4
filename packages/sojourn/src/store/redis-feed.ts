// The feed in Redis: one stream, trimmed by age. Whoever announces writes to it; every node reads it over a connection
// of its own, from where it stopped, so it misses nothing while a connection or the server is gone.
//
// The ids in a stream are times of the server. A fail-over may put a server in its place whose clock is behind and which
// lacks the last notices: what it then writes has ids that we believe to have passed. So a node asks once a second whose
// history it reads, and when that has changed, or anything went wrong, it reads the last minutes again. A notice may
// come twice, never not at all.

import type { Feed, Notice, Subscription } from '../core/feed.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import type { Redis } from './redis-client.ts'
import type { Settled } from './redis-replicas.ts'
import { announce, run, source } from './redis-scripts.ts'
import { entriesOf, noticeIn, textOf } from './redis-notices.ts'

// Further apart than this no two clocks are, neither of nodes nor of servers.
const overlap: Milliseconds = 120_000
const readAtMost = 1000
const waitAtMost: Milliseconds = 1000
const askEvery: Milliseconds = 1000
// Notices that come close together are read together, so that a storm of logouts costs each node 500 reads a second.
const breath: Milliseconds = 2
const shortestPause: Milliseconds = 50
const longestPause: Milliseconds = 1000

export interface FeedOptions {
  readonly prefix: string
  readonly keepNotices: Milliseconds
  readonly settled: Settled
}

/** The feed of all who use this prefix. Without a follower it announces, and whoever follows is never up to date. */
export function feedIn(redis: Redis, follower: Redis | undefined, options: FeedOptions): Feed {
  const { prefix, keepNotices, settled } = options
  // No tag of an owner contains ~.
  const stream = `${prefix}{~feed}`
  return {
    async announce(notices) {
      if (notices.length === 0) return
      await run(redis.send, announce, stream, [String(keepNotices), ...notices.map(textOf)])
      await settled(stream)
    },
    follow(listener, since) {
      if (!follower) return { upToDateAt: () => -Infinity, close: () => {} }
      const reader = new Reader(follower, stream, { since, keepNotices, listener })
      void reader.read()
      return reader
    },
  }
}

interface ReaderOptions {
  readonly since: Instant
  readonly keepNotices: Milliseconds
  readonly listener: (notice: Notice) => void
}

/** What is read of one source: the server's history, and the position in it. */
interface Reading {
  readonly history: string
  readonly position: string
  /** When it was last asked whether the history is still the same. */
  readonly askedAt: Milliseconds
}

class Reader implements Subscription {
  readonly #redis: Redis
  readonly #stream: string
  readonly #options: ReaderOptions
  #closed = false
  /** Times of the monotonic clock: how late we are must not depend on what somebody does to the other one. */
  #seenUntil: Milliseconds | undefined
  #wholeFrom: Milliseconds = Infinity

  constructor(redis: Redis, stream: string, options: ReaderOptions) {
    this.#redis = redis
    this.#stream = stream
    this.#options = options
  }

  upToDateAt(now: Instant): Instant {
    const elapsed = performance.now()
    if (this.#seenUntil === undefined || elapsed < this.#wholeFrom) return -Infinity
    return now - (elapsed - this.#seenUntil)
  }

  close(): void {
    this.#closed = true
  }

  /** Reads until it is closed, whatever happens to the connection. */
  async read(): Promise<void> {
    let reading: Reading | undefined
    let position: string | undefined
    let pauseFor = shortestPause
    while (!this.#closed) {
      try {
        reading = await this.#ask(reading, position)
        reading = await this.#readOn(reading)
        position = reading.position
        pauseFor = shortestPause
      } catch {
        // Asked again, the server may be another one: begin where we stopped, and a little before.
        reading = undefined
        await pause(pauseFor)
        pauseFor = Math.min(longestPause, pauseFor * 2)
      }
    }
  }

  /** Makes sure, once a second, that we still read the same history; otherwise goes back in it. */
  async #ask(reading: Reading | undefined, position: string | undefined): Promise<Reading> {
    const askedAt = performance.now()
    if (reading && askedAt - reading.askedAt < askEvery) return reading
    const reply = (await run(this.#redis.send, source, this.#stream, [])) as [string, string]
    const [history, time] = [reply[0], Number(reply[1])]
    if (reading?.history === history) return { ...reading, askedAt }
    return { history, askedAt, position: before(position ?? this.#begin(time, askedAt), overlap) }
  }

  /** Where to begin. Notices from before the oldest that are kept are missing until nobody needs them any more. */
  #begin(serverTime: Instant, at: Milliseconds): string {
    const { since, keepNotices } = this.#options
    const missing = serverTime - keepNotices - since
    this.#wholeFrom = Math.min(this.#wholeFrom, at + Math.max(0, missing))
    return String(Math.min(since, serverTime))
  }

  async #readOn(reading: Reading): Promise<Reading> {
    const how = ['COUNT', String(readAtMost), 'BLOCK', String(waitAtMost)]
    const command = ['XREAD', ...how, 'STREAMS', this.#stream, reading.position]
    const entries = entriesOf(await this.#redis.send(this.#stream, command))
    for (const { text } of entries) {
      const notice = noticeIn(text)
      if (notice && !this.#closed) this.#options.listener(notice)
    }
    if (entries.length < readAtMost) this.#seenUntil = reading.askedAt
    if (entries.length === 0) return reading
    if (entries.length < readAtMost) await pause(breath)
    return { ...reading, position: entries.at(-1)!.id }
  }
}

/** The position so much earlier. */
function before(position: string, span: Milliseconds): string {
  return `${Math.max(0, Math.trunc(Number(position.split('-')[0])) - span)}-0`
}

function pause(span: Milliseconds): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, span).unref())
}
