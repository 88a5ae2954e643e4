// The life of signing keys, as pure functions:  next → active → retiring → gone.
//
// A key is published before it signs, so that verifiers elsewhere already know it when its first token arrives; it goes
// on being published until the last token that it signed has run out. A ring is a value with times in it: which key
// signs now follows from the time alone, and all nodes that hold the same ring agree.

import type { Jwk } from './algorithms.ts'
import type { Instant, Milliseconds } from './time.ts'

/** Where a key stands in its life. */
export type KeyPhase = 'next' | 'active' | 'retiring' | 'gone'

/** One key and the instants at which its life turns. */
export interface RingKey {
  readonly jwk: Jwk
  readonly publishedAt: Instant
  readonly activeFrom: Instant
  /** When its successor takes over; absent while it has none. */
  readonly retiresAt?: Instant
  /** When no token that it signed can still be valid. */
  readonly goneAt?: Instant
}

/** In the order of `activeFrom`. */
export type KeyRing = readonly RingKey[]

export interface KeySchedule {
  /** How long a key signs. */
  readonly rotateEvery: Milliseconds
  /** How long it is published before. Longer than verifiers keep a key set. */
  readonly publishBefore: Milliseconds
  /** How long it is published after: as long as an access token may live. */
  readonly retireAfter: Milliseconds
}

export function phaseOf(key: RingKey, now: Instant): KeyPhase {
  if (now < key.activeFrom) return 'next'
  if (key.retiresAt === undefined || now < key.retiresAt) return 'active'
  return key.goneAt === undefined || now < key.goneAt ? 'retiring' : 'gone'
}

/**
 * The key that signs now; undefined only for an empty ring. A node whose clock is behind that of the one that made the
 * first key signs with it although its time has not come here.
 */
export function activeKey(ring: KeyRing, now: Instant): RingKey | undefined {
  return ring.findLast((key) => phaseOf(key, now) === 'active') ?? ring[0]
}

/** The ring as it should be at this instant; the same value if nothing is due. */
export function advance(ring: KeyRing, now: Instant, schedule: KeySchedule, generate: () => Jwk): KeyRing {
  const kept = ring.filter((key) => phaseOf(key, now) !== 'gone')
  const newest = kept.at(-1)
  if (!newest) return [{ jwk: generate(), publishedAt: now, activeFrom: now }]
  const handOver = newest.activeFrom + schedule.rotateEvery
  if (now < handOver - schedule.publishBefore) return kept.length === ring.length ? ring : kept
  return succeeded(kept, now, Math.max(handOver, now + schedule.publishBefore), schedule, generate())
}

/** The ring with a successor on its way, ahead of the schedule; the same value if one is on its way already. */
export function rotateSoon(ring: KeyRing, now: Instant, schedule: KeySchedule, generate: () => Jwk): KeyRing {
  const newest = ring.at(-1)
  if (!newest || now < newest.activeFrom) return ring
  return succeeded(ring, now, now + schedule.publishBefore, schedule, generate())
}

/** A ring with one new key and nothing else: every token of every earlier key is worthless from now on. */
export function rotateAtOnce(now: Instant, generate: () => Jwk): KeyRing {
  return [{ jwk: generate(), publishedAt: now, activeFrom: now }]
}

function succeeded(ring: KeyRing, now: Instant, handOver: Instant, schedule: KeySchedule, jwk: Jwk): KeyRing {
  const before = ring.map((key) =>
    key.retiresAt === undefined
      ? { ...key, retiresAt: handOver, goneAt: handOver + schedule.retireAfter }
      : key,
  )
  return [...before, { jwk, publishedAt: now, activeFrom: handOver }]
}

/** When the ring has to be looked at again, if nobody changes it before. */
export function nextTurn(ring: KeyRing, now: Instant, schedule: KeySchedule): Instant {
  const turns = ring.flatMap((key) => [key.activeFrom, key.retiresAt ?? Infinity, key.goneAt ?? Infinity])
  const newest = ring.at(-1)
  if (newest) turns.push(newest.activeFrom + schedule.rotateEvery - schedule.publishBefore)
  return Math.min(...turns.filter((turn) => turn > now))
}

/** A turn in the life of a key. */
export interface Turn {
  readonly kind: 'published' | 'activated' | 'retired' | 'removed'
  readonly jwk: Jwk
}

/** What has happened between two sights of a ring. */
export function turnsBetween(before: KeyRing, then: Instant, after: KeyRing, now: Instant): readonly Turn[] {
  const kidOf = ({ jwk }: RingKey): unknown => jwk['kid']
  const was = new Map(before.map((key) => [kidOf(key), phaseOf(key, then)]))
  const left = new Set(after.map(kidOf))
  const removed = before.filter((key) => !left.has(kidOf(key)))
  return [
    ...after.flatMap((key) => turnsOf(key, was.get(kidOf(key)), phaseOf(key, now))),
    ...removed.map(({ jwk }) => ({ kind: 'removed', jwk }) as const),
  ]
}

function turnsOf({ jwk }: RingKey, was: KeyPhase | undefined, is: KeyPhase): readonly Turn[] {
  const turns: Turn[] = was === undefined ? [{ kind: 'published', jwk }] : []
  if (is === 'active' && was !== 'active') turns.push({ kind: 'activated', jwk })
  if (is === 'retiring' && was !== 'retiring') turns.push({ kind: 'retired', jwk })
  return turns
}
