// Sessions in the memory of one process: for development, tests, and applications that run as a single process and may
// sign everybody out when they restart. It is bounded. When it is full it refuses new entries and says so; it never
// makes room by forgetting a session that somebody is using.

import { configurationError } from '../core/errors.ts'
import type { Browsable, Entry, Measurable, Store, Sweepable } from '../core/store.ts'
import type { Instant } from '../core/time.ts'
import { ExpiryQueue, type Bucket } from './memory-expiry.ts'
import { EntryIndex } from './memory-index.ts'

export interface MemoryStoreOptions {
  /** The most entries it holds; from then on inserting rejects. Default: 1,000,000, about half a gigabyte. */
  readonly maxEntries?: number
}

export interface MemoryStore extends Store, Sweepable, Browsable, Measurable {}

/** Keeps entries in this process, until it ends. Throws `config_invalid` for a `maxEntries` that makes no sense. */
export function memoryStore({ maxEntries = 1_000_000 }: MemoryStoreOptions = {}): MemoryStore {
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw configurationError('memoryStore cannot be opened', ['maxEntries is not a whole number from 1'])
  }
  return new Memory(maxEntries)
}

/** An entry as it is kept: its expiry is that of its bucket. */
interface Kept {
  readonly id: string
  owner: string
  version: number
  state: string
  bucket: Bucket<Kept>
  slot: number
}

// What an entry takes beyond its texts: the object, its places in the index and in a bucket, the heads of the strings.
const bytesAround = 240

// After so many, a sweep lets others go first: it holds them up for a millisecond, however long it is.
const sweptAtOnce = 100

class Memory implements MemoryStore {
  readonly #index = new EntryIndex<Kept>()
  readonly #queue = new ExpiryQueue<Kept>()
  readonly #maxEntries: number
  #characters = 0

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  async insert({ id, owner, version, expiresAt, state }: Entry): Promise<boolean> {
    if (this.#index.find(id)) return false
    if (this.#index.size >= this.#maxEntries) throw fullError(this.#maxEntries)
    this.#add({ id, owner, version, state, bucket: this.#queue.bucketOf(expiresAt), slot: 0 })
    return true
  }

  async find(id: string): Promise<Entry | undefined> {
    const kept = this.#index.find(id)
    return kept && entryOf(kept)
  }

  async replace({ id, owner, version, expiresAt, state }: Entry): Promise<boolean> {
    const kept = this.#index.find(id)
    if (kept?.version !== version - 1) return false
    this.#characters += state.length - kept.state.length + owner.length - kept.owner.length
    kept.owner = owner
    kept.version = version
    kept.state = state
    if (kept.bucket.expiresAt !== expiresAt) {
      this.#queue.leave(kept)
      kept.bucket = this.#queue.bucketOf(expiresAt)
      this.#queue.join(kept)
    }
    return true
  }

  async remove(id: string): Promise<boolean> {
    const kept = this.#index.find(id)
    if (kept) this.#forget(kept)
    return kept !== undefined
  }

  async list(owner: string): Promise<readonly Entry[]> {
    return this.#index.ownedBy(owner).map(entryOf)
  }

  async removeAll(owner: string, except?: string): Promise<readonly string[]> {
    const gone = this.#index.ownedBy(owner).filter(({ id }) => id !== except)
    for (const kept of gone) this.#forget(kept)
    return gone.map(({ id }) => id)
  }

  async sweep(before: Instant, limit: number): Promise<number> {
    for (let swept = 0; swept < limit; swept++) {
      if (swept > 0 && swept % sweptAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
      const kept = this.#queue.oldest(before)
      if (!kept) return swept
      this.#forget(kept)
    }
    return limit
  }

  async backlog(before: Instant, limit: number): Promise<number> {
    return Math.min(limit, this.#queue.expired(before))
  }

  async scan(cursor: string | undefined, limit: number): ReturnType<Browsable['scan']> {
    const items: Entry[] = []
    for (const kept of this.#index.after(cursor)) {
      const last = items.at(-1)
      if (last && items.length >= limit) return { items, next: last.id }
      items.push(entryOf(kept))
    }
    return { items }
  }

  /** `bytes` is an estimate, for text of one byte a character. */
  async stats(now: Instant): ReturnType<Measurable['stats']> {
    const { size } = this.#index
    const expired = this.#queue.expired(now)
    return { live: size - expired, expired, bytes: this.#characters + size * bytesAround }
  }

  #add(kept: Kept): void {
    this.#index.add(kept)
    this.#queue.join(kept)
    this.#characters += lengthOf(kept)
  }

  #forget(kept: Kept): void {
    this.#index.remove(kept)
    this.#queue.leave(kept)
    this.#characters -= lengthOf(kept)
  }
}

// A copy each time: nobody outside holds what is kept.
function entryOf({ id, owner, version, bucket, state }: Kept): Entry {
  return { id, owner, version, expiresAt: bucket.expiresAt, state }
}

function lengthOf({ id, owner, state }: Kept): number {
  return id.length + owner.length + state.length
}

function fullError(maxEntries: number): Error {
  return new Error(
    `The memory store is full: it holds ${maxEntries} entries and forgets none of them by itself. ` +
      'Sweep what has expired (sojourn.sweep()), set policy.limit, raise maxEntries, or keep sessions in sqliteStore(…).',
  )
}
