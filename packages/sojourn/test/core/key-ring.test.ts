import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Jwk } from '../../src/core/algorithms.ts'
import {
  activeKey,
  advance,
  nextTurn,
  phaseOf,
  rotateAtOnce,
  rotateSoon,
  type KeyRing,
  type KeySchedule,
} from '../../src/core/key-ring.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const schedule: KeySchedule = { rotateEvery: 30 * day, publishBefore: hour, retireAfter: 11 * minute }
const start = 1_800_000_000_000

function generator(): () => Jwk {
  let count = 0
  return () => ({ kid: `key ${++count}` })
}

const kidsOf = (ring: KeyRing): unknown[] => ring.map(({ jwk }) => jwk['kid'])
const phases = (ring: KeyRing, now: number): string[] =>
  ring.map((key) => `${String(key.jwk['kid'])} ${phaseOf(key, now)}`)

describe('the life of a signing key (R111)', () => {
  const generate = generator()
  const first = advance([], start, schedule, generate)
  const both = advance(first, start + 30 * day - hour, schedule, generate)

  it('begins at once for the first one: it signs from now on', () => {
    expect(phases(first, start)).toEqual(['key 1 active'])
  })

  it('has nothing to change until a successor is due, and says so with the same value', () => {
    expect(advance(first, start + 30 * day - hour - 1, schedule, generate)).toBe(first)
    expect(nextTurn(first, start, schedule)).toBe(start + 30 * day - hour)
  })

  it('begins for the next one with being published, an hour before it signs', () => {
    expect(phases(both, start + 30 * day - hour)).toEqual(['key 1 active', 'key 2 next'])
    expect(phases(both, start + 30 * day - 1)).toEqual(['key 1 active', 'key 2 next'])
  })

  it('goes over to the next one at its instant, and stays published until its last token has run out', () => {
    const handOver = start + 30 * day
    expect(phases(both, handOver)).toEqual(['key 1 retiring', 'key 2 active'])
    expect(phases(both, handOver + 11 * minute - 1)).toEqual(['key 1 retiring', 'key 2 active'])
    expect(phases(both, handOver + 11 * minute)).toEqual(['key 1 gone', 'key 2 active'])
    expect(kidsOf(advance(both, handOver + 11 * minute, schedule, generate))).toEqual(['key 2'])
  })

  it('is longer when nobody was there to turn it: the successor is still published first', () => {
    const late = start + 100 * day
    const ring = advance(first, late, schedule, () => ({ kid: 'key 9' }))
    expect(phases(ring, late)).toEqual(['key 1 active', 'key 9 next'])
    expect(ring[1]!.activeFrom).toBe(late + hour)
  })

  it('is looked at again at each of its turns', () => {
    const handOver = start + 30 * day
    expect(nextTurn(both, handOver - 1, schedule)).toBe(handOver)
    expect(nextTurn(both, handOver, schedule)).toBe(handOver + 11 * minute)
  })
})

describe('rotating by hand', () => {
  it('publishes a successor now, which signs as soon as verifiers can know it', () => {
    const generate = generator()
    const ring = rotateSoon(advance([], start, schedule, generate), start + day, schedule, generate)
    expect(phases(ring, start + day)).toEqual(['key 1 active', 'key 2 next'])
    expect(activeKey(ring, start + day + hour)?.jwk['kid']).toBe('key 2')
  })

  it('does nothing while a successor is on its way', () => {
    const generate = generator()
    const ring = rotateSoon(advance([], start, schedule, generate), start, schedule, generate)
    expect(rotateSoon(ring, start + minute, schedule, generate)).toBe(ring)
  })

  it('at once leaves one new key that signs now, and nothing of the others', () => {
    expect(phases(rotateAtOnce(start, generator()), start)).toEqual(['key 1 active'])
  })
})

describe('a node whose clock is behind', () => {
  // It answered 503 until its clock had caught up with that of the node that made the first key.
  it('signs with the only key there is, although its time has not come here', () => {
    const ring = advance([], start, schedule, generator())
    expect(activeKey(ring, start - 5000)?.jwk['kid']).toBe('key 1')
  })
})

describe('whatever happens, and whenever somebody looks', () => {
  const schedules = fc
    .record({
      publish: fc.integer({ min: 1, max: 100 }),
      more: fc.integer({ min: 0, max: 300 }),
      access: fc.integer({ min: 1, max: 60 }),
    })
    .map(({ publish, more, access }) => ({
      access: access * minute,
      schedule: {
        publishBefore: publish * minute,
        rotateEvery: (2 * publish + more) * minute,
        retireAfter: access * minute,
      },
    }))
  const step = fc.record({
    pass: fc.integer({ min: 0, max: 200 * minute }),
    rotate: fc.boolean(),
    advance: fc.boolean(),
  })

  it('one key signs, it was published for long enough, and every token verifies until it expires (R111)', () => {
    fc.assert(
      fc.property(
        schedules,
        fc.array(step, { minLength: 1, maxLength: 60 }),
        ({ access, schedule }, steps) => {
          const generate = generator()
          let now = start
          let ring = advance([], now, schedule, generate)
          const everyKid = new Set(kidsOf(ring))
          let tokens: { kid: unknown; expiresAt: number }[] = []
          for (const { pass, rotate, advance: isAdvanced } of steps) {
            now += pass
            const before = ring
            if (rotate) ring = rotateSoon(ring, now, schedule, generate)
            if (isAdvanced) ring = advance(ring, now, schedule, generate)

            const active = ring.filter((key) => phaseOf(key, now) === 'active')
            expect(active).toHaveLength(1)
            const signer = active[0]!
            expect(activeKey(ring, now)).toBe(signer)
            const isFirst = signer.jwk['kid'] === 'key 1'
            expect(isFirst || now - signer.publishedAt >= schedule.publishBefore).toBe(true)

            tokens.push({ kid: signer.jwk['kid'], expiresAt: now + access })
            tokens = tokens.filter(({ expiresAt }) => expiresAt > now)
            const published = new Set(
              ring.filter((key) => phaseOf(key, now) !== 'gone').map(({ jwk }) => jwk['kid']),
            )
            for (const { kid } of tokens) expect(published.has(kid)).toBe(true)

            expect(new Set(kidsOf(ring)).size).toBe(ring.length)
            for (const kid of kidsOf(ring).filter((name) => !kidsOf(before).includes(name))) {
              expect(everyKid.has(kid)).toBe(false)
              everyKid.add(kid)
            }
            expect(nextTurn(ring, now, schedule)).toBeGreaterThan(now)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('the ring stays small: a key that is gone leaves with the next turn', () => {
    const generate = generator()
    let ring = advance([], start, schedule, generate)
    for (let now = start; now < start + 3 * 365 * day; now += 6 * hour) {
      ring = advance(ring, now, schedule, generate)
      expect(ring.length).toBeLessThanOrEqual(2)
    }
  })
})
