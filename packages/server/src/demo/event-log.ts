// The last events of the demo, and who wants to hear the next ones. Each event remembers the request it happened in, so
// that a page with two requests under way can tell which of them was told what.

import { AsyncLocalStorage } from 'node:async_hooks'

import type { Listener, SojournEvent } from 'sojourn'

/** An event with its number. Numbers grow, also over a restart, so that a stream can be resumed. */
export interface Told {
  readonly id: number
  readonly event: SojournEvent
}

const mostKept = 200

export class EventLog {
  #last = Date.now()
  #kept: readonly Told[] = []
  readonly #followers = new Set<(told: Told) => void>()
  readonly #requests = new AsyncLocalStorage<SojournEvent[]>()

  /** For `listeners` of the Sojourn. */
  readonly listener: Listener = (event) => {
    const told = { id: ++this.#last, event }
    this.#kept = [...this.#kept.slice(1 - mostKept), told]
    this.#requests.getStore()?.push(event)
    for (const follower of this.#followers) follower(told)
  }

  /** What was told after that number. */
  since(id: number): readonly Told[] {
    return this.#kept.filter((told) => told.id > id)
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
