// When the session will be over, and the warning before it. A deadline is an instant on the stopwatch, set from what the
// server said is left; a timer only makes us look again, at least every half minute, and so does every wake-up: after a
// night's sleep the first look tells.
//
// The deadline is the server's, and moves with what the person does anywhere, so before anybody is warned, and again when
// the time is up, the server is asked. Each tab looks a moment later or earlier than the others and tells them what it has
// heard, so that usually one of them asks for all.

import type { Platform } from './platform.ts'
import type { ClientSession } from './session.ts'
import type { Stopwatch } from './stopwatch.ts'

/** `idle`: doing something helps. `absolute`: only a new sign-in does. */
export type WarningKind = 'idle' | 'absolute'

export interface DeadlineEvents {
  /** Asks the server how much is left, which sets the deadlines anew or ends them. */
  readonly ask: () => Promise<void>
  /** The warning is due, changes, or is no longer. */
  readonly warn: (kind: WarningKind | undefined) => void
}

interface Known {
  readonly over: number
  readonly kind: WarningKind
  readonly learnedAt: number
}

const longestLook = 30_000
const spread = 2000
const firstPause = 2000

export class Deadlines {
  readonly #platform: Platform
  readonly #stopwatch: Stopwatch
  readonly #warnBefore: number
  readonly #events: DeadlineEvents
  readonly #jitter: number
  #known: Known | undefined
  #cancel: (() => void) | undefined
  #isAsking = false
  #askAgainAt = 0
  #pause = firstPause

  constructor(platform: Platform, stopwatch: Stopwatch, warnBefore: number, events: DeadlineEvents) {
    this.#platform = platform
    this.#stopwatch = stopwatch
    this.#warnBefore = warnBefore
    this.#events = events
    this.#jitter = platform.random() * spread
  }

  /** What the server said, `age` milliseconds ago. */
  set({ expiresIn, idleExpiresIn }: Pick<ClientSession, 'expiresIn' | 'idleExpiresIn'>, age = 0): void {
    const learnedAt = this.#stopwatch.now() - age
    const left = Math.min(idleExpiresIn, expiresIn) * 1000
    this.#known = {
      over: learnedAt + left,
      kind: idleExpiresIn < expiresIn ? 'idle' : 'absolute',
      learnedAt,
    }
    this.#pause = firstPause
    this.look()
  }

  clear(): void {
    this.#known = undefined
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Milliseconds until the session is over, as far as is known. */
  left(): number | undefined {
    return this.#known && Math.max(0, this.#known.over - this.#stopwatch.now())
  }

  /** Which of the two deadlines comes first, once it has passed. */
  get passed(): WarningKind | undefined {
    return this.left() === 0 ? this.#known?.kind : undefined
  }

  /** Does what is due now, and sees to it that we look again. */
  look(): void {
    const known = this.#known
    if (!known) return
    const now = this.#stopwatch.now()
    const warnAt = known.over - this.#warnBefore
    // Of a time that begins now nothing is known that was learned before it.
    const due = now >= known.over ? known.over : now >= warnAt ? warnAt : undefined
    const isToAsk = due !== undefined && (due === known.over || known.learnedAt < due)
    if (due === undefined) this.#events.warn(undefined)
    else if (!isToAsk) this.#events.warn(known.kind)
    if (isToAsk && now >= due + this.#jitter) void this.#ask(now)
    this.#lookLater(this.#wait(known, now))
  }

  #wait({ over }: Known, now: number): number {
    const moments = [over - this.#warnBefore + this.#jitter, over + this.#jitter, this.#askAgainAt]
    const next = moments.filter((moment) => moment > now)
    return Math.min(longestLook, ...next.map((moment) => moment - now))
  }

  async #ask(now: number): Promise<void> {
    if (this.#isAsking || now < this.#askAgainAt) return
    this.#isAsking = true
    this.#askAgainAt = now + this.#pause
    this.#pause = Math.min(longestLook, this.#pause * 2)
    try {
      await this.#events.ask()
    } catch {
      // Nothing is decided: what there is stays, and we ask again. But the person is told that time is up.
      if (this.passed) this.#events.warn(this.passed)
    } finally {
      this.#isAsking = false
    }
    this.look()
  }

  #lookLater(milliseconds: number): void {
    this.#cancel?.()
    this.#cancel = this.#platform.after(Math.max(10, milliseconds), () => this.look())
  }
}
