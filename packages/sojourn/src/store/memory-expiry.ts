// Which entries expire next. Entries of one instant share a bucket, and the buckets stand in a heap, the earliest on
// top: an entry joins and leaves in constant time, and the oldest is always at hand. Sessions expire in steps (see
// keptUntil in core/codec.ts), so however many there are, their buckets are a few dozen.

import type { Instant } from '../core/time.ts'

/** All that expires at one instant. */
export interface Bucket<T> {
  readonly expiresAt: Instant
  readonly items: T[]
  /** Where it stands in the heap. */
  place: number
}

/** What stands in a bucket, and knows where, so that it can leave without being searched for. */
export interface Expiring<T> {
  bucket: Bucket<T>
  slot: number
}

export class ExpiryQueue<T extends Expiring<T>> {
  readonly #byInstant = new Map<Instant, Bucket<T>>()
  readonly #heap: Bucket<T>[] = []

  /** The bucket of an instant, which an item that `join`s it must name as its own. */
  bucketOf(expiresAt: Instant): Bucket<T> {
    const known = this.#byInstant.get(expiresAt)
    if (known) return known
    const bucket: Bucket<T> = { expiresAt, items: [], place: this.#heap.length }
    this.#byInstant.set(expiresAt, bucket)
    this.#heap.push(bucket)
    this.#rise(bucket)
    return bucket
  }

  join(item: T): void {
    item.slot = item.bucket.items.push(item) - 1
  }

  leave(item: T): void {
    const { bucket, slot } = item
    const last = bucket.items.pop()!
    if (last !== item) {
      bucket.items[slot] = last
      last.slot = slot
    }
    if (bucket.items.length === 0) this.#forget(bucket)
  }

  /** One of the items that expire first, if that is not after `before`. It stays until it leaves. */
  oldest(before: Instant): T | undefined {
    const bucket = this.#heap[0]
    return bucket && bucket.expiresAt <= before ? bucket.items.at(-1) : undefined
  }

  /** How many have expired at `now`. */
  expired(now: Instant): number {
    let count = 0
    for (const { expiresAt, items } of this.#heap) if (expiresAt <= now) count += items.length
    return count
  }

  #forget(bucket: Bucket<T>): void {
    this.#byInstant.delete(bucket.expiresAt)
    const last = this.#heap.pop()!
    if (last === bucket) return
    this.#put(last, bucket.place)
    this.#rise(last)
    this.#sink(last)
  }

  #rise(bucket: Bucket<T>): void {
    while (bucket.place > 0) {
      const parent = this.#heap[(bucket.place - 1) >> 1]!
      if (parent.expiresAt <= bucket.expiresAt) return
      this.#swap(parent, bucket)
    }
  }

  #sink(bucket: Bucket<T>): void {
    for (;;) {
      const left = this.#heap[2 * bucket.place + 1]
      const right = this.#heap[2 * bucket.place + 2]
      const earlier = left && right && right.expiresAt < left.expiresAt ? right : left
      if (!earlier || earlier.expiresAt >= bucket.expiresAt) return
      this.#swap(bucket, earlier)
    }
  }

  #swap(upper: Bucket<T>, lower: Bucket<T>): void {
    const { place } = upper
    this.#put(upper, lower.place)
    this.#put(lower, place)
  }

  #put(bucket: Bucket<T>, place: number): void {
    bucket.place = place
    this.#heap[place] = bucket
  }
}
