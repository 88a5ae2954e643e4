// What all that we measure has in common: it is given the same sessions, gives them back, and says how large it is.

import { deepStrictEqual } from 'node:assert/strict'

import type { Facts } from './facts.ts'
import type { Kept } from './sessions.ts'

/** One place with those that keep sessions in it. */
export interface Place {
  /** Whose figure the size is. */
  readonly measure: string
  readonly targets: readonly Target[]
}

export interface Target {
  /** Whose format it is. */
  readonly store: string
  readonly write: (batch: readonly Kept[]) => Promise<void>
  /** Reads a sample back through the store itself; rejects if a fact is not as it was given. Resolves to how many. */
  readonly check: () => Promise<number>
  readonly size: () => Promise<Size>
  readonly close: () => Promise<void>
}

export interface Size {
  readonly bytes: number
  /** After everybody was seen once more, where that makes a difference. */
  readonly afterUse?: number
}

// A prime, so that it has nothing to do with how the sessions come about.
const oneIn = 997

/** Some of the sessions that a store was given, to be compared with what it gives back. */
export class Samples {
  readonly #facts = new Map<string, Facts>()
  #seen = 0

  note(batch: readonly { readonly id: string; readonly facts: Facts }[]): void {
    for (const { id, facts } of batch) if (this.#seen++ % oneIn === 0) this.#facts.set(id, facts)
  }

  /** Resolves to how many were compared. */
  async check(read: (id: string) => Promise<unknown>): Promise<number> {
    for (const [id, facts] of this.#facts) {
      const given = ((await read(id)) ?? {}) as Readonly<Record<string, unknown>>
      const { subject, claims, data, device, createdAt, lastSeenAt } = given
      const same = { subject, claims, data, device, signedInAt: createdAt, seenAt: lastSeenAt }
      deepStrictEqual(same, facts, 'A store gave back other facts than it was given')
    }
    return this.#facts.size
  }
}
