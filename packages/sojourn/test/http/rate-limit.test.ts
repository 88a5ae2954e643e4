import { describe, expect, it } from 'vitest'
import { tokenBuckets, type RateDecision } from '../../src/http/rate-limit.ts'
import { manualClock } from '../../src/testing/clock.ts'

const now = 1_000_000

function take(limiter: ReturnType<typeof tokenBuckets>, key: string, at: number): RateDecision {
  const decision = limiter.take(key, at)
  if (decision instanceof Promise) throw new Error('it answers at once')
  return decision
}

describe('the rate limiter', () => {
  it('R150: lets a burst through, and then says how long to wait', () => {
    const limiter = tokenBuckets({ requests: 3, per: '1m' })
    const decisions = [1, 2, 3, 4].map(() => take(limiter, 'a', now))
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, false])
    expect(decisions[3]).toEqual({ allowed: false, retryAfter: 20 })
  })

  it('lets the next one through after exactly as long as it said', () => {
    const clock = manualClock()
    const limiter = tokenBuckets({ requests: 3, per: '1m' })
    for (let request = 0; request < 3; request++) take(limiter, 'a', clock())
    expect(take(limiter, 'a', clock.pass('19s')).allowed).toBe(false)
    expect(take(limiter, 'a', clock.pass('1s')).allowed).toBe(true)
    expect(take(limiter, 'a', clock()).allowed).toBe(false)
  })

  it('never saves up more than a burst', () => {
    const clock = manualClock()
    const limiter = tokenBuckets({ requests: 2, per: '1s' })
    take(limiter, 'a', clock())
    clock.pass('1h')
    expect([1, 2, 3].map(() => take(limiter, 'a', clock()).allowed)).toEqual([true, true, false])
  })

  it('counts each key for itself, whatever it is called', () => {
    const limiter = tokenBuckets({ requests: 1, per: '1m' })
    for (const key of ['a', 'b', '__proto__', 'constructor', '']) {
      expect(take(limiter, key, now).allowed).toBe(true)
      expect(take(limiter, key, now).allowed).toBe(false)
    }
  })

  it('gives nothing away when the clock goes back', () => {
    const limiter = tokenBuckets({ requests: 1, per: '1m' })
    expect(take(limiter, 'a', now).allowed).toBe(true)
    expect(take(limiter, 'a', now - 3_600_000).allowed).toBe(false)
    expect(take(limiter, 'a', now).allowed).toBe(false)
  })

  it('A53: forgets those it has not seen for longest, and not the one that is asking', () => {
    const limiter = tokenBuckets({ requests: 2, per: '1h' })
    take(limiter, 'busy', now)
    take(limiter, 'busy', now)
    const busy: boolean[] = []
    for (let key = 0; key < 120_000; key++) {
      take(limiter, `key ${key}`, now)
      if (key % 10_000 === 0) busy.push(take(limiter, 'busy', now).allowed)
    }
    expect(busy).not.toContain(true)
    expect(take(limiter, 'busy', now).allowed).toBe(false)
    expect(take(limiter, 'key 0', now).allowed).toBe(true)
  })

  it.each([0, -1, 1.5, Number.NaN])('cannot be made for %d requests', (requests) => {
    expect(() => tokenBuckets({ requests, per: '1m' })).toThrow(RangeError)
  })
})
