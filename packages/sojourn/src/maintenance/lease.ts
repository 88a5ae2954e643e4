// Who of several nodes does the work that one is enough for: an entry in the store that they all share, changed by
// compare-and-set. It says until when its holder works, by the clock of the holder; another node takes it over once that
// is past by more than clocks may differ. Were a clock further off than that, two would do the same work for once, which
// must do no harm; the one that was overtaken notices when it renews.

import { sha256Text } from '../core/crypto.ts'
import { orUnavailable } from '../core/store-guard.ts'
import type { Entry, Store } from '../core/store.ts'
import type { Instant, Milliseconds } from '../core/time.ts'

interface Held {
  /** Until when its holder works; 0 if nobody does. */
  readonly until: Instant
  /** Before which nobody needs to. */
  readonly dueAt: Instant
}

export interface LeaseOptions {
  readonly store: Store
  /** What the work is called: the same for all nodes of the store. */
  readonly work: string
  readonly span: Milliseconds
  /** For how long at most a holder says that nothing is due. */
  readonly longestPause: Milliseconds
  readonly tolerance: Milliseconds
}

// No subject has this owner, and no session an id that ends like this.
const suffix = '________'
// A store with a clock may forget the entry then, and the next node makes it anew.
const keptFor: Milliseconds = 30 * 24 * 3_600_000

export class Lease {
  readonly #options: LeaseOptions
  readonly #owner: string
  /** The version that we have written; undefined while the lease is not ours. */
  #version: number | undefined

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#owner = sha256Text(`lease ${options.work}`).slice(0, 24)
  }

  /** Takes the lease. Resolves to false if another node has it, or, unless `evenIfNotDue`, if the work was done lately. */
  async take(now: Instant, evenIfNotDue = false): Promise<boolean> {
    const { store, span, tolerance, longestPause } = this.#options
    const entry = await orUnavailable(() => store.find(this.#owner + suffix))
    const held = entry && heldIn(entry)
    // What only a clock can have written that is wrong by far is not believed.
    if (held && held.until <= now + span + tolerance && now < held.until + tolerance && held.until > 0)
      return false
    if (held && !evenIfNotDue && now < held.dueAt && held.dueAt <= now + longestPause) return false
    return this.#write((entry?.version ?? 0) + 1, { until: now + span, dueAt: now }, now)
  }

  /** Goes on holding it. Resolves to false if it has been taken over. */
  async renew(now: Instant): Promise<boolean> {
    const { span } = this.#options
    return (
      this.#version !== undefined && this.#write(this.#version + 1, { until: now + span, dueAt: now }, now)
    )
  }

  /** Lets go, and says from when on there is work again. */
  async release(now: Instant, dueAt: Instant): Promise<void> {
    if (this.#version !== undefined) await this.#write(this.#version + 1, { until: 0, dueAt }, now)
    this.#version = undefined
  }

  async #write(version: number, held: Held, now: Instant): Promise<boolean> {
    const { store } = this.#options
    const entry = {
      id: this.#owner + suffix,
      owner: this.#owner,
      version,
      expiresAt: now + keptFor,
      state: JSON.stringify({ t: 'lease', ...held }),
    }
    const isOurs = await orUnavailable(() => (version === 1 ? store.insert(entry) : store.replace(entry)))
    this.#version = isOurs ? version : undefined
    return isOurs
  }
}

function heldIn({ state }: Entry): Held {
  return JSON.parse(state) as Held
}
