// The last events, and who wants to hear the next ones. Each event remembers the request it happened in, so that a page
// with two requests under way can tell which of them was told what.

import { AsyncLocalStorage } from 'node:async_hooks'

import type { Listener, SojournEvent } from 'sojourn'

/** An event with its number. Numbers grow, also over a restart, so that a stream can be resumed. */
export interface Told {
  readonly id: number
  readonly event: SojournEvent
}

export class EventLog {
  readonly #most: number
  readonly #relay: (event: SojournEvent) => boolean
  #last = Date.now()
  #kept: readonly Told[] = []
  readonly #followers = new Set<(told: Told) => void>()
  readonly #requests = new AsyncLocalStorage<SojournEvent[]>()

  /** Keeps that many events. `relay` takes an event to all processes, this one included, or says that it did not. */
  constructor(most = 200, relay: (event: SojournEvent) => boolean = () => false) {
    this.#most = most
    this.#relay = relay
  }

  /** For `listeners` of the Sojourn. */
  readonly listener: Listener = (event) => {
    this.#requests.getStore()?.push(event)
    if (!this.#relay(event)) this.take({ id: this.#last + 1, event })
  }

  /** Keeps an event that has its number already, and tells it on. */
  take(told: Told): void {
    this.#last = told.id
    this.#kept = [...this.#kept.slice(1 - this.#most), told]
    for (const follower of this.#followers) follower(told)
  }

  /** What was told after that number. */
  since(id: number): readonly Told[] {
    return this.#kept.filter((told) => told.id > id)
  }

  /** Whether everything after that number is still kept. */
  reaches(id: number): boolean {
    const first = this.#kept[0]
    return first === undefined ? id >= this.#last : id >= first.id - 1
  }

  /** Calls `follower` for every event from now on, until the function that it returns is called. */
  follow(follower: (told: Told) => void): () => void {
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }

  /** Runs `work`, and gives the events that happened because of it. */
  async during(work: () => Promise<void>): Promise<readonly SojournEvent[]> {
    const events: SojournEvent[] = []
    await this.#requests.run(events, work)
    return events
  }
}
