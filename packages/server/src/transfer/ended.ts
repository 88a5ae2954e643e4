// Which sessions have ended since an instant, as the feed of a store tells: so that what ends while sessions are moved is
// not brought back by the move. A feed remembers for a time only (an hour on Redis and PostgreSQL, a day on SQLite).

import type { Feed, Store } from 'sojourn'

export interface Ended {
  has(id: string): boolean
  /**
   * Entries with the data keys of a subject that were dropped: with a new sign-in there may be new ones under the same id.
   */
  dropped(): readonly string[]
  /** Those that were told since the last call. */
  news(): readonly string[]
  /** Resolves once everything is known that was told before the call, or after `patience` to false. */
  caughtUp(patience: number): Promise<boolean>
  close(): void
}

// More than the clocks of two machines may differ.
const slack = 60_000
const lookEvery = 20

/** Follows the feed of the store; knows of nothing where it has none. */
export function endedSince(store: Store, since: number): Ended {
  const ids = new Set<string>()
  const dropped: string[] = []
  let fresh: string[] = []
  const subscription = isFeed(store)
    ? store.follow((notice) => {
        if (notice.kind !== 'ended' || ids.has(notice.sessionId)) return
        ids.add(notice.sessionId)
        if (isOfDataKeys(notice.sessionId)) dropped.push(notice.sessionId)
        else fresh.push(notice.sessionId)
      }, since - slack)
    : undefined
  return {
    has: (id) => ids.has(id),
    dropped: () => dropped,
    news() {
      const told = fresh
      fresh = []
      return told
    },
    async caughtUp(patience) {
      const asked = Date.now()
      if (!subscription) return true
      while (subscription.upToDateAt(Date.now()) < asked) {
        if (Date.now() - asked > patience) return false
        await new Promise((resolve) => setTimeout(resolve, lookEvery))
      }
      return true
    },
    close: () => subscription?.close(),
  }
}

/** Whether an id is that of an entry with data keys: no session has one that ends like this. */
export function isOfDataKeys(id: string): boolean {
  return id.endsWith('________')
}

function isFeed(store: Store): store is Store & Feed {
  return 'follow' in store
}
