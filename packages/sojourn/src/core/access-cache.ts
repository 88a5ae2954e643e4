// Access tokens that this node has verified before. A token is looked up by a few characters of its signature and then
// compared whole: nothing but the very same text is ever taken for it, and a forger who copies those characters only
// misses. What expires or is revoked is judged at every sight, outside of this cache.

import type { Access } from './access-token.ts'
import type { Instant } from './time.ts'

interface Sight {
  readonly token: string
  readonly access: Access<unknown>
  /** When its person was last seen with it on this node. */
  seenAt: Instant | undefined
}

const keyCharacters = 12

export class AccessCache {
  // Two generations: when the young one is full it becomes the old one, and what is still in use moves over.
  #young = new Map<string, Sight>()
  #old = new Map<string, Sight>()
  readonly #half: number

  constructor(capacity: number) {
    this.#half = Math.max(1, Math.ceil(capacity / 2))
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** What is known of a token. */
  find(token: string): Access<unknown> | undefined {
    return this.#sight(token)?.access
  }

  /** What is known of a token with which its person was seen on this node before, and is now again. */
  findSeen(token: string, now: Instant): Access<unknown> | undefined {
    const sight = this.#sight(token)
    if (sight?.seenAt === undefined) return undefined
    sight.seenAt = now
    return sight.access
  }

  /** When the person of a token was last seen with it on this node. */
  lastSeen(token: string): Instant | undefined {
    return this.#sight(token)?.seenAt
  }

  add(token: string, access: Access<unknown>, seenAt?: Instant): void {
    this.#put(token.slice(-keyCharacters), { token, access, seenAt })
  }

  /** Forgets everything: the keys have changed. */
  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }

  #sight(token: string): Sight | undefined {
    const key = token.slice(-keyCharacters)
    const young = this.#young.get(key)
    if (young !== undefined) return young.token === token ? young : undefined
    const old = this.#old.get(key)
    if (old === undefined || old.token !== token) return undefined
    this.#old.delete(key)
    this.#put(key, old)
    return old
  }

  #put(key: string, sight: Sight): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, sight)
  }
}
