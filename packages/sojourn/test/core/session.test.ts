// The rotation, row by row: which generation of a session token is good at which instant, and what becomes of the
// session. The newest is 5 throughout, and W is a minute.

import { describe, expect, it } from 'vitest'

import { isPending, present, seen, steppedUp, type Presented, type Session } from '../../src/core/session.ts'
import { frozen, hour, minute, now, policyOf, second, sessionOf } from './rules.ts'

const policy = policyOf()
const W = policy.overlap

const ago = (span: number): number => now - span
const use = (generation: number, span: number): { generation: number; at: number } => ({
  generation,
  at: ago(span),
})

function session(change: Partial<Session> = {}): Session {
  return frozen(sessionOf({ generation: 5, issuedAt: ago(20 * minute), ...change }))
}

const bearer = { profile: 'bearer' } as const
const proof = { authenticatedAt: ago(2 * hour), amr: ['pwd'] }
/** A step-up that made the newest generation, this long ago. */
const floor = (span: number): Partial<Session> => ({
  issuedAt: ago(span),
  floor: { generation: 5, raisedAt: ago(span), before: proof },
})

type Row = readonly [string, Partial<Session>, Presented | number, string]

const rows: readonly Row[] = [
  // The newest.
  ['the newest, never seen in use', {}, 5, 'rotated'],
  ['the newest, in use', { uses: [use(5, second)] }, 5, 'rotated'],
  ['the newest, in use for long', { uses: [use(5, 50 * minute)] }, 5, 'rotated'],
  ['the newest of a bearer client', { ...bearer, uses: [use(5, 50 * minute)] }, 5, 'rotated'],
  // One behind, and the newest was not seen in use.
  ['one behind a lost answer', { uses: [use(4, 20 * minute)] }, 4, 'replayed'],
  ['one behind, of which nothing was seen', {}, 4, 'replayed'],
  ['one behind, bearer, just within the window', { ...bearer, issuedAt: ago(W - 1) }, 4, 'replayed'],
  ['one behind, bearer, when the window has passed', { ...bearer, issuedAt: ago(W) }, 4, 'reused'],
  [
    'one behind, bearer, with the same key, however late',
    { ...bearer, issuedFor: 'k' },
    { generation: 4, idempotencyKey: 'k' },
    'replayed',
  ],
  [
    'one behind, bearer, with another key',
    { ...bearer, issuedFor: 'k' },
    { generation: 4, idempotencyKey: 'l' },
    'reused',
  ],
  ['one behind, bearer, with a key that is forgotten', { ...bearer, issuedFor: 'k' }, 4, 'reused'],
  [
    'one behind, bearer, with a key that was not there',
    bearer,
    { generation: 4, idempotencyKey: 'k' },
    'reused',
  ],
  // One behind, and the newest is in use.
  ['one behind, just within the window', { uses: [use(4, 20 * minute), use(5, W - 1)] }, 4, 'replayed'],
  ['one behind, when the window has passed', { uses: [use(4, 20 * minute), use(5, W)] }, 4, 'reused'],
  ['one behind, bearer, within the window', { ...bearer, uses: [use(5, W - 1)] }, 4, 'replayed'],
  [
    'one behind, with the same key, when the window has passed',
    { ...bearer, issuedFor: 'k', uses: [use(5, W)] },
    { generation: 4, idempotencyKey: 'k' },
    'reused',
  ],
  // Two behind.
  ['two behind, just within the window', { uses: [use(4, W - 1)] }, 3, 'replayed'],
  ['two behind, when the window has passed', { uses: [use(4, W)] }, 3, 'reused'],
  [
    'two behind, within the window of the first that was newer, not of the last',
    { uses: [use(4, W), use(5, second)] },
    3,
    'reused',
  ],
  [
    'two behind, bearer, within the window',
    { ...bearer, issuedAt: ago(second), uses: [use(4, W - 1)] },
    3,
    'replayed',
  ],
  // Further behind.
  [
    'three behind, within the window, when everything since is in use',
    { uses: [use(3, W - 1), use(4, 2), use(5, 1)] },
    2,
    'reused',
  ],
  [
    'three behind, of which the next was seen in use within the window',
    { uses: [use(3, W - 1)] },
    2,
    'replayed',
  ],
  ['what is older than all that we remember', { uses: [use(3, 3), use(4, 2), use(5, 1)] }, 2, 'reused'],
  ['the oldest that we remember', { uses: [use(3, 3), use(4, 2), use(5, 1)] }, 3, 'replayed'],
  ['the first, long after', { uses: [use(3, hour), use(4, 40 * minute), use(5, 20 * minute)] }, 0, 'reused'],
  // Ahead: the store has lost a rotation.
  ['one ahead', { uses: [use(5, 20 * minute)] }, 6, 'rotated'],
  ['far ahead, bearer', { ...bearer, uses: [use(5, 20 * minute)] }, 1000, 'rotated'],
  // From before a step-up.
  ['from before a step-up, within the window', floor(W - 1), 4, 'superseded'],
  ['from before a step-up that was lost', floor(W), 4, 'replayed'],
  [
    'from before a step-up that is in use, within the window',
    { ...floor(10 * minute), uses: [use(4, 11 * minute), use(5, W - 1)] },
    4,
    'superseded',
  ],
  [
    'from before a step-up that is in use, when the window has passed',
    { ...floor(10 * minute), uses: [use(4, 11 * minute), use(5, W)] },
    4,
    'reused',
  ],
  ['from the step-up itself', floor(second), 5, 'rotated'],
  [
    'from before a step-up that was lost, when the proof before it has grown too old',
    { ...floor(W), floor: { ...floor(W).floor!, before: { ...proof, authenticatedAt: ago(24 * hour) } } },
    4,
    'expired',
  ],
  // It is over.
  ['the newest, at the instant of the idle expiry', { lastSeenAt: ago(hour) }, 5, 'expired'],
  ['the newest, just before the idle expiry', { lastSeenAt: ago(hour - 1) }, 5, 'rotated'],
  ['the newest, at the absolute expiry', { authenticatedAt: ago(24 * hour) }, 5, 'expired'],
  ['a copy, after the expiry', { authenticatedAt: ago(24 * hour), uses: [use(5, hour)] }, 0, 'expired'],
]

describe('a presented session token', () => {
  it.each(rows)('R124 R125: %s', (_, change, presented, kind) => {
    const given = typeof presented === 'number' ? { generation: presented } : presented
    expect(present(session(change), given, now, policy).kind).toBe(kind)
  })

  it('is exchanged for the next generation, which is pending, and counts as in use from now on', () => {
    const decision = present(session({ uses: [use(4, hour)] }), { generation: 5 }, now, policy)
    const next = decision.kind === 'rotated' ? decision.session : undefined
    expect(next).toMatchObject({ generation: 6, issuedAt: now, lastSeenAt: now })
    expect(next?.uses).toEqual([use(4, hour), { generation: 5, at: now }])
    expect(next && isPending(next)).toBe(true)
  })

  it('keeps the instant at which it was first used', () => {
    const decision = present(session({ uses: [use(5, 10 * minute)] }), { generation: 5 }, now, policy)
    expect(decision).toMatchObject({ kind: 'rotated', session: { uses: [use(5, 10 * minute)] } })
  })

  it('that is ahead of the store goes on from itself', () => {
    const decision = present(session(), { generation: 9 }, now, policy)
    expect(decision).toMatchObject({ session: { generation: 10, uses: [{ generation: 9, at: now }] } })
  })

  it('that is replayed changes nothing but what was seen in use, and when its person was', () => {
    const before = session({ lastSeenAt: ago(10 * minute) })
    const decision = present(before, { generation: 4 }, now, policy)
    expect(decision).toEqual({
      kind: 'replayed',
      session: { ...before, uses: [{ generation: 4, at: now }], lastSeenAt: now },
    })
    expect(present(session({ uses: [use(4, hour)] }), { generation: 4 }, now, policy)).toEqual({
      kind: 'replayed',
    })
  })

  it('that is replayed counts as being seen, in steps of a tenth: whose answers are lost is not away', () => {
    const seenAfter = (lastSeenAt: number, presented: Omit<Presented, 'generation'> = {}): unknown => {
      const lost = session({ lastSeenAt, uses: [use(4, hour)] })
      const decision = present(lost, { generation: 4, ...presented }, now, policy)
      return decision.kind === 'replayed' && decision.session?.lastSeenAt
    }
    expect(seenAfter(ago(59 * minute))).toBe(now)
    expect(seenAfter(ago(6 * minute))).toBe(now)
    expect(seenAfter(ago(6 * minute - 1))).toBeUndefined()
    expect(seenAfter(ago(59 * minute), { background: true })).toBeUndefined()
    expect(seenAfter(ago(59 * minute), { background: true, seenAt: ago(minute) })).toBe(ago(minute))
  })

  it('leaves the key of the request for which its successor was issued, and no former one', () => {
    const keyed = present(session(), { generation: 5, idempotencyKey: 'k' }, now, policy)
    expect(keyed).toMatchObject({ session: { issuedFor: 'k' } })
    const without = present(session({ issuedFor: 'k' }), { generation: 5 }, now, policy)
    expect(without.kind === 'rotated' && 'issuedFor' in without.session).toBe(false)
  })

  it('in the background does not count as its person being seen, but tells when they last were', () => {
    const away = session({ lastSeenAt: ago(10 * minute) })
    const seenAt = (presented: Omit<Presented, 'generation'>): unknown => {
      const decision = present(away, { generation: 5, ...presented }, now, policy)
      return decision.kind === 'rotated' && decision.session.lastSeenAt
    }
    expect(seenAt({})).toBe(now)
    expect(seenAt({ background: true })).toBe(ago(10 * minute))
    expect(seenAt({ background: true, seenAt: ago(minute) })).toBe(ago(minute))
    expect(seenAt({ background: true, seenAt: ago(20 * minute) })).toBe(ago(10 * minute))
    expect(seenAt({ seenAt: ago(minute) })).toBe(now)
  })

  it('says which of the two lifetimes is over, the absolute one first', () => {
    const cause = (change: Partial<Session>): unknown =>
      present(session(change), { generation: 5 }, now, policy)
    expect(cause({ lastSeenAt: ago(hour) })).toEqual({ kind: 'expired', cause: 'idle' })
    expect(cause({ authenticatedAt: ago(24 * hour) })).toEqual({ kind: 'expired', cause: 'absolute' })
    expect(cause({ authenticatedAt: ago(24 * hour), lastSeenAt: ago(hour) })).toMatchObject({
      cause: 'absolute',
    })
  })
})

describe('an overlap of nothing', () => {
  const strict = policyOf({ overlap: '0s' })
  const kind = (change: Partial<Session>, presented: Presented): string =>
    present(session(change), presented, now, strict).kind

  it.each<[string, Partial<Session>, Presented, string]>([
    ['takes the newest', {}, { generation: 5 }, 'rotated'],
    ['goes on handing out again what a browser has not received', {}, { generation: 4 }, 'replayed'],
    [
      'takes a generation for a copy at the instant of a newer use',
      { uses: [use(5, 0)] },
      { generation: 4 },
      'reused',
    ],
    ['has no patience with a bearer client', { ...bearer, issuedAt: now }, { generation: 4 }, 'reused'],
    [
      'but with one that repeats its key',
      { ...bearer, issuedFor: 'k' },
      { generation: 4, idempotencyKey: 'k' },
      'replayed',
    ],
    ['takes a step-up that was not received for lost at once', floor(0), { generation: 4 }, 'replayed'],
  ])('R124: %s', (_, change, presented, expected) => {
    expect(kind(change, presented)).toBe(expected)
  })
})

describe('an access token that is seen', () => {
  it('is what a session that has just begun waits for', () => {
    expect(isPending(sessionOf())).toBe(true)
    expect(isPending(sessionOf({ uses: [use(0, 0)] }))).toBe(false)
    expect(isPending(sessionOf({ generation: 1, uses: [use(0, 0)] }))).toBe(true)
  })

  it('notes the first use of its generation, and nothing the second time', () => {
    const once = seen(session(), { generation: 5 }, now, policy)
    expect(once).toMatchObject({ generation: 5, uses: [{ generation: 5, at: now }] })
    expect(once && isPending(once)).toBe(false)
    expect(seen(frozen(once!), { generation: 5 }, now + 1, policy)).toBeUndefined()
  })

  it('notes nothing of a generation when something newer was seen before', () => {
    expect(seen(session({ uses: [use(5, 1)] }), { generation: 4 }, now, policy)).toBeUndefined()
  })

  it('notes no use of a generation that the store does not know', () => {
    expect(seen(session(), { generation: 6 }, now, policy)).toBeUndefined()
    const away = session({ lastSeenAt: ago(30 * minute) })
    expect(seen(away, { generation: 6 }, now, policy)).toEqual({ ...away, lastSeenAt: now })
  })

  it('moves the time of being seen in steps of a tenth of the idle time', () => {
    const at = (span: number, background = false): number | undefined =>
      seen(
        session({ uses: [use(5, hour)], lastSeenAt: ago(span) }),
        { generation: 5, background },
        now,
        policy,
      )?.lastSeenAt
    expect(at(6 * minute - 1)).toBeUndefined()
    expect(at(6 * minute)).toBe(now)
    expect(at(30 * minute, true)).toBeUndefined()
    expect(
      seen(session({ lastSeenAt: ago(minute) }), { generation: 5, background: true }, now, policy),
    ).toMatchObject({ lastSeenAt: ago(minute), uses: [{ generation: 5, at: now }] })
  })

  it('R140: never moves the time of being seen back, when clocks of nodes differ', () => {
    const ahead = session({ lastSeenAt: now + 5 * second })
    expect(seen(ahead, { generation: 5 }, now, policy)?.lastSeenAt).toBe(now + 5 * second)
  })

  it('remembers the three latest uses', () => {
    const before = session({ uses: [use(2, 4), use(3, 3), use(4, 2)] })
    expect(seen(before, { generation: 5 }, now, policy)?.uses).toEqual([use(3, 3), use(4, 2), use(5, 0)])
  })
})

describe('a step-up', () => {
  const before = session({ acr: 'aal1', authenticatedAt: ago(2 * hour), lastSeenAt: ago(minute) })
  const otp = { amr: ['otp'], acr: 'aal2' }

  it('R6 R12: raises what the session is worth, under a new generation and a floor', () => {
    const raised = steppedUp(before, 5, otp, now)
    expect(raised).toEqual({
      ...before,
      generation: 6,
      issuedAt: now,
      lastSeenAt: now,
      authenticatedAt: now,
      uses: [{ generation: 5, at: now }],
      amr: ['pwd', 'otp'],
      acr: 'aal2',
      floor: {
        generation: 6,
        raisedAt: now,
        before: { authenticatedAt: ago(2 * hour), amr: ['pwd'], acr: 'aal1' },
      },
    })
    expect(isPending(raised)).toBe(true)
  })

  it('names no method twice, and keeps the class where the proof has none', () => {
    const raised = steppedUp(before, 5, { amr: ['pwd', 'otp', 'otp'] }, now)
    expect(raised).toMatchObject({ amr: ['pwd', 'otp'], acr: 'aal1' })
    const plain = steppedUp(session(), 5, { amr: [] }, now)
    expect('acr' in plain || 'acr' in plain.floor!.before).toBe(false)
  })

  it('goes on from the newest when it was asked with the one before', () => {
    expect(steppedUp(before, 4, otp, now)).toMatchObject({
      generation: 6,
      uses: [{ generation: 4, at: now }],
    })
    expect(steppedUp(before, 8, otp, now)).toMatchObject({ generation: 9, floor: { generation: 9 } })
  })

  it('R6: hands nobody who was not there the better credentials: what is lost is undone', () => {
    const raised = frozen(steppedUp(before, 5, otp, now))
    const late = now + W
    expect(present(raised, { generation: 5 }, late - 1, policy)).toEqual({ kind: 'superseded' })
    const decision = present(raised, { generation: 5 }, late, policy)
    const lifted = decision.kind === 'replayed' ? decision.session : undefined
    expect(lifted).toMatchObject({
      generation: 6,
      acr: 'aal1',
      amr: ['pwd'],
      authenticatedAt: ago(2 * hour),
      issuedAt: late,
    })
    expect(lifted && 'floor' in lifted).toBe(false)
  })

  it('forgets a class that it gave, when it is undone and there was none before', () => {
    const raised = steppedUp(session(), 5, otp, now)
    const decision = present(raised, { generation: 5 }, now + W, policy)
    expect(decision.kind === 'replayed' && decision.session && 'acr' in decision.session).toBe(false)
  })

  it('on top of a lost one starts from before both', () => {
    const raised = steppedUp(before, 5, { amr: ['sms'], acr: 'aal3' }, now)
    const again = steppedUp(raised, 5, { amr: ['otp'] }, now + W)
    expect(again).toMatchObject({
      amr: ['pwd', 'otp'],
      acr: 'aal1',
      floor: { before: { amr: ['pwd'], acr: 'aal1', authenticatedAt: ago(2 * hour) } },
    })
    const received = steppedUp(raised, 6, { amr: ['otp'] }, now + W)
    expect(received).toMatchObject({
      amr: ['pwd', 'sms', 'otp'],
      acr: 'aal3',
      floor: { before: { acr: 'aal3' } },
    })
  })
})
