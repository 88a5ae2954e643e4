// How long a session lives, how fresh a sign-in is, and how many sessions a subject may have.

import { describe, expect, it } from 'vitest'

import type { Limit } from '../../src/core/policy.ts'
import {
  absoluteExpiry,
  accessExpiry,
  expiry,
  idleExpiry,
  isFresh,
  lifetimesOf,
  steppedUp,
  surplus,
  type Session,
} from '../../src/core/session.ts'
import { day, hour, minute, now, policyOf, sessionOf } from './rules.ts'

const policy = policyOf()

describe('the lifetime of a session', () => {
  it.each<[string, Partial<Session>, idle: number, absolute: number, access: number]>([
    ['a browser', {}, hour, 24 * hour, 5 * minute],
    ['a bearer client', { profile: 'bearer' }, 14 * day, 30 * day, 10 * minute],
    ['who asked to be remembered', { remember: true }, 14 * day, 30 * day, 5 * minute],
    [
      'a bearer client that is remembered',
      { profile: 'bearer', remember: true },
      14 * day,
      30 * day,
      5 * minute,
    ],
  ])('R7 R8: of %s follows the policy', (_, change, idle, absolute, access) => {
    const session = sessionOf(change)
    expect(lifetimesOf(session, policy)).toEqual({ idle, absolute, access })
    expect(idleExpiry(session, policy)).toBe(now + idle)
    expect(absoluteExpiry(session, policy)).toBe(now + absolute)
    expect(accessExpiry(session, now, policy)).toBe(now + access)
  })

  it('is over at the instant of expiry, not one before', () => {
    const session = sessionOf()
    expect(expiry(session, now + hour - 1, policy)).toBeUndefined()
    expect(expiry(session, now + hour, policy)).toBe('idle')
    const busy = sessionOf({ lastSeenAt: now + 23.5 * hour })
    expect(expiry(busy, now + 24 * hour - 1, policy)).toBeUndefined()
    expect(expiry(busy, now + 24 * hour, policy)).toBe('absolute')
  })

  it('R9: moves with activity only as far as the idle time; a new proof moves both', () => {
    const session = sessionOf()
    const active = { ...session, lastSeenAt: now + 50 * minute }
    expect(idleExpiry(active, policy)).toBe(now + 110 * minute)
    expect(absoluteExpiry(active, policy)).toBe(absoluteExpiry(session, policy))
    const proved = steppedUp(session, 0, { amr: ['pwd'] }, now + 50 * minute)
    expect(idleExpiry(proved, policy)).toBe(now + 110 * minute)
    expect(absoluteExpiry(proved, policy)).toBe(now + 24 * hour + 50 * minute)
  })

  it('R126: is never longer than the absolute one, for the idle time and for access tokens', () => {
    const late = sessionOf({ lastSeenAt: now + 23.5 * hour })
    expect(idleExpiry(late, policy)).toBe(now + 24 * hour)
    expect(accessExpiry(late, now + 24 * hour - minute, policy)).toBe(now + 24 * hour)
    expect(accessExpiry(sessionOf(), now + 58 * minute, policy)).toBe(now + hour)
  })

  it('R140: is not longer because a clock goes back', () => {
    const session = sessionOf({ lastSeenAt: now })
    expect(idleExpiry(session, policy)).toBe(now + hour)
    expect(expiry(session, now - day, policy)).toBeUndefined()
    expect(expiry(session, now + hour, policy)).toBe('idle')
  })
})

describe('a sign-in', () => {
  it('R12: is fresh for less than the span that a route demands', () => {
    expect(isFresh(now, now, minute)).toBe(true)
    expect(isFresh(now, now + minute - 1, minute)).toBe(true)
    expect(isFresh(now, now + minute, minute)).toBe(false)
  })
})

describe('the sessions of a subject beyond the limit', () => {
  const session = (id: string, createdAt: number, kind?: string): Session =>
    sessionOf({ id, createdAt: now + createdAt, device: kind === undefined ? {} : { kind } })
  const ids = (sessions: readonly Session[], limit: Limit | undefined, kind?: string): string[] =>
    surplus(sessions, kind, limit).map(({ id }) => id)
  const evict: Limit = { count: 2, onLimit: 'evict', perKind: false }
  const refuse: Limit = { ...evict, onLimit: 'refuse' }
  const four = [session('c', 3), session('a', 1), session('d', 4), session('b', 2)]

  it('R20: are none without a limit, or below it', () => {
    expect(ids(four, undefined)).toEqual([])
    expect(ids(four.slice(0, 2), evict)).toEqual([])
    expect(ids(four.slice(0, 1), refuse)).toEqual([])
    expect(ids([], evict)).toEqual([])
  })

  it('R20: are the oldest, or the newest, as the policy says', () => {
    expect(ids(four, evict)).toEqual(['a', 'b'])
    expect(ids(four, refuse)).toEqual(['c', 'd'])
    expect(four.map(({ id }) => id)).toEqual(['c', 'a', 'd', 'b'])
  })

  it('R20: are the same for every node, when several began at one instant', () => {
    const together = ['q', 'p', 's', 'r'].map((id) => session(id, 0))
    for (const order of [together, [...together].reverse()]) {
      expect(ids(order, evict)).toEqual(['p', 'q'])
      expect(ids(order, refuse)).toEqual(['r', 's'])
    }
  })

  it('are counted for each kind of device, where the policy says so', () => {
    const mixed = [
      session('a', 1, 'phone'),
      session('b', 2, 'desktop'),
      session('c', 3, 'phone'),
      session('d', 4),
    ]
    const perKind: Limit = { count: 1, onLimit: 'evict', perKind: true }
    expect(ids(mixed, perKind, 'phone')).toEqual(['a'])
    expect(ids(mixed, perKind, 'desktop')).toEqual([])
    expect(ids(mixed, perKind)).toEqual([])
    expect(ids(mixed, { ...perKind, perKind: false }, 'phone')).toEqual(['a', 'b', 'c'])
  })
})
