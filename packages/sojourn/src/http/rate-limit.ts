// How many requests one session may make. The limiter is described by its shape, so that one on a shared store can take
// the place of the one here, which counts in this process.

import { SojournError } from '../core/errors.ts'
import { milliseconds, type Duration, type Instant } from '../core/time.ts'

/** Says whether one more request is allowed, and if not, after how many seconds the next one is. */
export interface RateLimiter {
  take(key: string, now: Instant): RateDecision | Promise<RateDecision>
}

export type RateDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfter: number }

interface Bucket {
  tokens: number
  at: Instant
}

const allowed: RateDecision = { allowed: true }
const mostKeys = 100_000

/** A token bucket for each key: `requests` in a burst, refilled evenly over `per`. Remembers 100,000 keys. */
export function tokenBuckets({
  requests,
  per,
}: {
  readonly requests: number
  readonly per: Duration
}): RateLimiter {
  const span = milliseconds(per)
  if (span === undefined || !Number.isInteger(requests) || requests < 1) {
    throw new RangeError('rateLimit needs a whole number of requests from 1, and a duration')
  }
  const refill = requests / span
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  const bucketOf = (key: string, now: Instant): Bucket => {
    const known = young.get(key)
    if (known) return known
    if (young.size >= mostKeys / 2) {
      old = young
      young = new Map()
    }
    const bucket = old.get(key) ?? { tokens: requests, at: now }
    young.set(key, bucket)
    return bucket
  }
  return {
    take(key, now) {
      const bucket = bucketOf(key, now)
      bucket.tokens = Math.min(requests, bucket.tokens + Math.max(0, now - bucket.at) * refill)
      bucket.at = Math.max(bucket.at, now)
      if (bucket.tokens < 1)
        return { allowed: false, retryAfter: Math.ceil((1 - bucket.tokens) / refill / 1000) }
      bucket.tokens -= 1
      return allowed
    },
  }
}

/** What is used of a limiter of `rate-limiter-flexible`, which counts in Redis, PostgreSQL and other places. */
export interface FlexibleLimiter {
  consume(key: string): Promise<unknown>
}

/**
 * Counts where all nodes count together. A limiter that cannot be reached is `store_unavailable`: give it its own
 * `insuranceLimiter` where requests should go on meanwhile.
 */
export function sharedLimiter(limiter: FlexibleLimiter): RateLimiter {
  return {
    async take(key) {
      try {
        await limiter.consume(key)
        return allowed
      } catch (refusal) {
        const wait = waitIn(refusal)
        if (wait !== undefined) return { allowed: false, retryAfter: Math.ceil(wait / 1000) }
        throw new SojournError('store_unavailable', {
          detail: 'Requests cannot be counted at the moment.',
          retryAfter: 1,
          cause: refusal,
        })
      }
    },
  }
}

// It rejects with a result where there were too many, and with an error where something is broken.
function waitIn(refusal: unknown): number | undefined {
  if (typeof refusal !== 'object' || refusal === null || !('msBeforeNext' in refusal)) return undefined
  return typeof refusal.msBeforeNext === 'number' ? refusal.msBeforeNext : undefined
}
