// What the benchmark of the feed and its followers tell each other.

import type { Notice } from 'sojourn'

export type Told = 'report' | 'end'

export interface Report {
  /** How late notices came since the last report, in milliseconds. */
  readonly delays: readonly number[]
}

/** A notice that says in its id when it was sent, to less than a millisecond; both clocks are of one machine. */
export function noticeOf(sent: number): Notice {
  return {
    kind: 'ended',
    sessionId: sent.toFixed(3).padStart(32, '0'),
    reason: 'signed_out',
    at: Math.trunc(sent),
  }
}

export function sentAt({ sessionId }: { readonly sessionId: string }): number {
  return Number(sessionId)
}
