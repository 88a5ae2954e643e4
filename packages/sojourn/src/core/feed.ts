// The stream of notices that every node follows. It is what lets a node verify an access token without asking the
// store, and still refuse it the moment its session has ended somewhere else.

import type { EndReason } from './events.ts'
import type { Instant } from './time.ts'

/** Something that changes what access tokens are worth. */
export type Notice =
  /** The session has ended: none of its access tokens is accepted any more. */
  | { readonly kind: 'ended'; readonly sessionId: string; readonly reason: EndReason; readonly at: Instant }
  /** The claims have changed: access tokens with a lower `version` are not accepted any more. */
  | { readonly kind: 'stale'; readonly sessionId: string; readonly version: number; readonly at: Instant }
  /** The signing keys have changed: read them again. */
  | { readonly kind: 'keys'; readonly at: Instant }

/** Where one follower stands. */
export interface Subscription {
  /** The last instant up to which the follower is known to have seen everything. */
  upToDateAt(now: Instant): Instant
  close(): void
}

/** The contract of a feed: whoever follows sees every notice, with no gap across reconnects. */
export interface Feed {
  /** Resolves when every follower will see the notices, whatever happens to this node afterwards. */
  announce(notices: readonly Notice[]): Promise<void>
  /**
   * Calls `listener` for every notice that was announced since that instant, and from now on, each in its turn. A notice
   * may come twice. The listener must not throw.
   */
  follow(listener: (notice: Notice) => void, since: Instant): Subscription
}

export function isFeed(value: object): value is Feed {
  return 'announce' in value && 'follow' in value
}

/** The feed of a single process: nothing can be missed, so it is always up to date. */
export function localFeed(): Feed {
  const listeners = new Set<(notice: Notice) => void>()
  return {
    async announce(notices) {
      for (const notice of notices) for (const listener of listeners) listener(notice)
    },
    follow(listener) {
      listeners.add(listener)
      return { upToDateAt: (now) => now, close: () => void listeners.delete(listener) }
    },
  }
}
