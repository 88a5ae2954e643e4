// Sessions on which something open stands: a WebSocket, a stream of events. A request is over before its session can end;
// a connection is not, so somebody has to tell it. The feed does, whichever node the sign-out was answered on. What no
// feed tells of, the passing of time, is looked after here: at its expiry a session is read again, because its person
// may have been seen elsewhere. While the feed is interrupted the policy for access tokens holds for connections too.

import type { Access } from './access-token.ts'
import type { EndReason } from './events.ts'
import type { Notice } from './feed.ts'
import type { Settings } from './options.ts'
import { idleExpiry, expiry, type Session } from './session.ts'
import type { Instant } from './time.ts'
import type { FeedVerdict } from './verdicts.ts'

/** Why a connection is over. `ended`: nobody knows why. `unverifiable`: nobody can tell whether the session lives. */
export type OverReason = EndReason | 'ended' | 'unverifiable'

/** What a connection wants to hear of its session. */
export interface Watcher<Claims, Data> {
  /** The session is over. Called once, and nothing is called after it. */
  readonly over: (reason: OverReason) => void
  /** The claims were changed. */
  readonly changed?: (session: Session<Claims, Data>) => void
}

interface Watch<Claims, Data> extends Watcher<Claims, Data> {
  readonly sessionId: string
  claimsVersion: number
  /** From when on the session must be read again. */
  checkAt: Instant
}

// However many connections there are, so many reads of the store are under way for them.
const mostReads = 16

/** What is asked about sessions. */
export interface Ask<Claims, Data> {
  readonly settings: Pick<Settings<Claims, Data>, 'clock' | 'policy' | 'onInterruptedFeed'>
  /** The session in the store, expired or not. */
  find(id: string): Promise<Session<Claims, Data> | undefined>
  /** What the feed has told of a session so far. */
  verdict(id: string, claimsVersion: number): FeedVerdict
  isFeedFresh(now: Instant): boolean
}

/** The sessions of one node that something stands on. */
export class LiveSessions<Claims, Data> {
  readonly #ask: Ask<Claims, Data>
  readonly #bySession = new Map<string, Set<Watch<Claims, Data>>>()
  #isLooking = false

  constructor(ask: Ask<Claims, Data>) {
    this.#ask = ask
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.#bySession.size
  }

  /** Watches the session of an access token that was authenticated; the function that it gives ends the watching. */
  watch(access: Access<Claims>, watcher: Watcher<Claims, Data>): () => void {
    const { sessionId, claimsVersion, expiresAt } = access
    const watch = { ...watcher, sessionId, claimsVersion, checkAt: expiresAt }
    const others = this.#bySession.get(sessionId) ?? new Set()
    this.#bySession.set(sessionId, others.add(watch))
    const verdict = this.#ask.verdict(sessionId, claimsVersion)
    // It may have ended since it was authenticated.
    if (verdict === 'stale') watch.checkAt = 0
    else if (verdict !== undefined) queueMicrotask(() => this.#end(watch, verdict))
    return () => this.#forget(watch)
  }

  /** Takes a notice of the feed to heart. */
  heed(notice: Notice): void {
    if (notice.kind === 'keys') return
    for (const watch of this.#bySession.get(notice.sessionId) ?? []) {
      if (notice.kind === 'ended') this.#end(watch, notice.reason)
      else if (notice.version > watch.claimsVersion) watch.checkAt = 0
    }
    if (notice.kind === 'stale' && this.#bySession.has(notice.sessionId)) void this.look()
  }

  /** Reads again what is due. Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#bySession.size === 0) return
    this.#isLooking = true
    const due = this.#due(this.#ask.settings.clock())
    const reading = Array.from({ length: mostReads }, async () => {
      for (let watch = due.pop(); watch; watch = due.pop()) await this.#check(watch)
    })
    await Promise.all(reading)
    this.#isLooking = false
  }

  #due(now: Instant): Watch<Claims, Data>[] {
    const { onInterruptedFeed } = this.#ask.settings
    const all = [...this.#bySession.values()].flatMap((watches) => [...watches])
    if (this.#ask.isFeedFresh(now) || onInterruptedFeed === 'open')
      return all.filter(({ checkAt }) => now >= checkAt)
    if (onInterruptedFeed === 'strict') return all
    for (const watch of all) this.#end(watch, 'unverifiable')
    return []
  }

  async #check(watch: Watch<Claims, Data>): Promise<void> {
    const { clock, policy } = this.#ask.settings
    const now = clock()
    try {
      const session = await this.#ask.find(watch.sessionId)
      const over = session ? expiry(session, now, policy) : 'ended'
      if (!session || over) return this.#end(watch, over ?? 'ended')
      watch.checkAt = idleExpiry(session, policy)
      if (session.claimsVersion === watch.claimsVersion || !this.#isWatched(watch)) return
      watch.claimsVersion = session.claimsVersion
      watch.changed?.(session)
    } catch {
      // A store that does not answer leaves the session as it was last known, for as long as that is known to hold.
      const isKnown = watch.checkAt > now && this.#ask.isFeedFresh(now)
      if (!isKnown) this.#end(watch, 'unverifiable')
    }
  }

  #isWatched(watch: Watch<Claims, Data>): boolean {
    return this.#bySession.get(watch.sessionId)?.has(watch) === true
  }

  #end(watch: Watch<Claims, Data>, reason: OverReason): void {
    if (!this.#isWatched(watch)) return
    this.#forget(watch)
    watch.over(reason)
  }

  #forget(watch: Watch<Claims, Data>): void {
    const watches = this.#bySession.get(watch.sessionId)
    if (watches?.delete(watch) && watches.size === 0) this.#bySession.delete(watch.sessionId)
  }
}
