// The ear of the feed: a connection that does nothing but listen, and is opened again whenever it is lost. What it hears
// is only that there is something to read, so nothing depends on hearing everything: who has been deaf reads at once.

import type { Milliseconds } from '../core/time.ts'
import { within } from './shared-timeout.ts'

/** A `Client` of `pg` that is not connected yet. */
export interface PgListener {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: () => void): unknown
  on(event: 'error', listener: () => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): Promise<unknown>
}

/** The `sql` of `postgres`. It has a connection for this, and opens it again by itself. */
export interface PostgresSqlListener {
  listen(
    channel: string,
    onNotify: () => void,
    onListen: () => void,
  ): PromiseLike<{ unlisten(): Promise<unknown> }>
}

export type PostgresListener = (() => PgListener) | PostgresSqlListener

/** Calls `wake` for every notification, and whenever some may have been missed, until it is closed. */
export function listenOn(
  listener: PostgresListener,
  channel: string,
  wake: () => void,
): { readonly close: () => void } {
  return 'listen' in listener ? listenBySql(listener, channel, wake) : new Ear(listener, channel, wake)
}

function listenBySql(sql: PostgresSqlListener, channel: string, wake: () => void): { close(): void } {
  const listening = Promise.resolve(sql.listen(channel, wake, wake))
  // It goes on trying by itself.
  listening.catch(() => {})
  return {
    close: () => {
      listening.then((request) => request.unlisten()).catch(() => {})
    },
  }
}

const answerWithin: Milliseconds = 5000
// A connection that a router has forgotten looks like one on which nothing happens.
const askEvery: Milliseconds = 15_000
const shortestPause: Milliseconds = 100
const longestPause: Milliseconds = 3000

class Ear {
  readonly #make: () => PgListener
  readonly #channel: string
  readonly #wake: () => void
  #isClosed = false
  #pause = shortestPause
  /** Gives up the connection of the moment. */
  #leave = (): void => {}

  constructor(make: () => PgListener, channel: string, wake: () => void) {
    this.#make = make
    this.#channel = channel
    this.#wake = wake
    void this.#stay()
  }

  close(): void {
    this.#isClosed = true
    this.#leave()
  }

  async #stay(): Promise<void> {
    while (!this.#isClosed) {
      await this.#listenOnce()
      if (this.#isClosed) return
      await new Promise((resolve) => setTimeout(resolve, this.#pause).unref())
      this.#pause = Math.min(longestPause, this.#pause * 2)
    }
  }

  /** Resolves when the connection is lost, or was none. */
  async #listenOnce(): Promise<void> {
    try {
      const client = this.#make()
      const lost = new Promise<void>((resolve) => {
        this.#leave = resolve
        client.on('error', resolve)
        client.on('end', resolve)
      })
      try {
        await Promise.race([this.#open(client), lost])
        const asking = setInterval(() => this.#ask(client), askEvery).unref()
        await lost
        clearInterval(asking)
      } finally {
        client.end().catch(() => {})
      }
    } catch {
      // Until it succeeds the feed is read by the clock.
    }
  }

  async #open(client: PgListener): Promise<void> {
    client.on('notification', this.#wake)
    await within(client.connect(), answerWithin, 'PostgreSQL')
    await within(client.query(`listen "${this.#channel}"`), answerWithin, 'PostgreSQL')
    this.#pause = shortestPause
    this.#wake()
  }

  #ask(client: PgListener): void {
    within(client.query('select 1'), answerWithin, 'PostgreSQL').catch(this.#leave)
  }
}
