// The only source of time and chance. Everything else is given them, so that a test can say what time it is.

import { randomFillSync } from 'node:crypto'

import type { Instant, Milliseconds } from './time.ts'

/** Where time comes from. */
export type Clock = () => Instant

/** Where chance comes from: fresh bytes of a cryptographically secure generator, owned by the caller. */
export type Random = (length: number) => Uint8Array

/**
 * The clock of the machine, except that it never runs backwards: when the wall clock is set back, time goes on at the
 * pace of the monotonic clock, so nothing that has expired comes back to life.
 */
export function systemClock(): Clock {
  let wall = Date.now()
  let elapsed = performance.now()
  return () => {
    const wallNow = Date.now()
    const elapsedNow = performance.now()
    wall = Math.max(wallNow, wall + (elapsedNow - elapsed))
    elapsed = elapsedNow
    return Math.floor(wall)
  }
}

// Filling a pool in one call is fifteen times cheaper than asking for each few bytes.
const poolBytes = 16_384

/** Randomness of the operating system, handed out from a pool; no byte is handed out twice. */
export function systemRandom(): Random {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return (length) => {
    if (length > poolBytes) return randomFillSync(new Uint8Array(length))
    if (used + length > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + length)
    // What was handed out leaves the pool, so that a later read of memory does not find it.
    pool.fill(0, used, used + length)
    used += length
    return bytes
  }
}

/** An instant as HTTP APIs write it: RFC 3339, in UTC, with milliseconds. */
export function timestamp(instant: Instant): string {
  return new Date(instant).toISOString()
}

/** Does something once, unless the function that it gives is called before. It keeps no process alive. */
export function after(span: Milliseconds, work: () => void): () => void {
  const timer: unknown = setTimeout(work, span)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  return () => clearTimeout(timer as number)
}

/** Does something again and again, until the function that it gives is called. It keeps no process alive. */
export function every(span: Milliseconds, work: () => void): () => void {
  const timer: unknown = setInterval(work, span)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  return () => clearInterval(timer as number)
}
