// What a node knows of ended sessions and changed claims: the reason why a logout is instant although an access token
// is verified without the store. A notice is kept for as long as an access token from before it could still be valid,
// so the list is as long as the number of logouts in a few minutes, however many sessions there are.

import type { EndReason } from './events.ts'
import type { Notice } from './feed.ts'
import type { Instant, Milliseconds } from './time.ts'

/** What the feed says about an access token. */
export type FeedVerdict = EndReason | 'stale' | undefined

interface Verdict {
  readonly ended?: EndReason
  /** The lowest version of the claims that is still accepted. */
  readonly version: number
  readonly forgetAt: Instant
}

export class Verdicts {
  readonly #bySession = new Map<string, Verdict>()
  readonly #keepFor: Milliseconds
  #swept: Instant = 0

  constructor(keepFor: Milliseconds) {
    this.#keepFor = keepFor
  }

  get size(): number {
    return this.#bySession.size
  }

  /** Takes a notice to heart. `now` is this node's time: how long to remember must not depend on another's clock. */
  note(notice: Notice, now: Instant): void {
    if (notice.kind === 'keys') return
    const known = this.#bySession.get(notice.sessionId)
    const forgetAt = now + this.#keepFor
    const version = known?.version ?? 0
    const ended = notice.kind === 'ended' ? notice.reason : known?.ended
    this.#bySession.set(notice.sessionId, {
      ...(ended === undefined ? {} : { ended }),
      version: notice.kind === 'stale' ? Math.max(version, notice.version) : version,
      forgetAt,
    })
    if (now - this.#swept > this.#keepFor / 4) this.#sweep(now)
  }

  /** Why an access token of this session, minted at this version of its claims, is not accepted. */
  on(sessionId: string, claimsVersion: number): FeedVerdict {
    if (this.#bySession.size === 0) return undefined
    const verdict = this.#bySession.get(sessionId)
    if (verdict === undefined) return undefined
    if (verdict.ended !== undefined) return verdict.ended
    return claimsVersion < verdict.version ? 'stale' : undefined
  }

  #sweep(now: Instant): void {
    this.#swept = now
    for (const [id, verdict] of this.#bySession) if (verdict.forgetAt <= now) this.#bySession.delete(id)
  }
}
