// The checker against histories in which something was planted: what breaks a promise must be found, and what only
// looks like it must not.

import { describe, expect, it } from 'vitest'

import { delaysIn, percentiles } from '../check/delays.ts'
import { findingsIn } from '../check/violations.ts'
import type { History } from '../history.ts'
import { Story } from './story.ts'

/** The promises that a history breaks, each with the number of cases. */
function broken(story: Story): Record<string, number> {
  const found = findingsIn(story.history).filter(({ violations }) => violations.length > 0)
  return Object.fromEntries(found.map(({ promise, violations }) => [promise, violations.length]))
}

/** Alice has signed in, twice updated her session, and it has gone on for a minute. */
function ordinary(): Story {
  return new Story()
    .signIn(0, 's1')
    .use(100, 's1')
    .update(200, 's1', 'm1')
    .update(300, 's1', 'm2', { result: 'unknown' })
    .use(9000, 's1', { refreshed: true })
    .promote(10_000, 's1', 1)
    .use(10_100, 's1', { refreshed: true, rank: 1 })
    .read(11_000, 's1', ['m1', 'm2'], 1)
}

describe('the checker', () => {
  it('finds nothing in a history where nothing is wrong', () => {
    expect(broken(ordinary().signOut(60_000, 's1').use(60_100, 's1', { result: 'refused' }))).toEqual({})
  })

  it('counts the cases in which a promise was put to the test', () => {
    const cases = findingsIn(ordinary().signOut(60_000, 's1').history).map(({ cases }) => cases)
    expect(cases).toEqual([1, 1, 2, 1, 0, 8])
  })
})

describe('answered logouts', () => {
  const undone = { 'answered logouts undone': 1 }
  const signedOut = (): Story => ordinary().signOut(20_000, 's1', { end: 20_020 })

  it('are undone when the session token is good for something afterwards', () => {
    expect(broken(signedOut().refresh(20_021, 's1'))).toEqual(undone)
    expect(broken(signedOut().use(20_021, 's1', { refreshed: true }))).toEqual(undone)
  })

  it('are undone when the store still takes changes, or still shows the session', () => {
    expect(broken(signedOut().update(20_021, 's1', 'm3'))).toEqual(undone)
    expect(broken(signedOut().read(20_021, 's1', ['m1'], 1))).toEqual(undone)
    expect(broken(signedOut().list(20_021, ['s1']))).toEqual(undone)
  })

  it('are undone when an access token is accepted after a cut-off node must have noticed', () => {
    expect(broken(signedOut().use(25_000, 's1', { carried: 'access', rank: 1 }))).toEqual({})
    expect(broken(signedOut().use(25_021, 's1', { carried: 'access', rank: 1 }))).toEqual(undone)
  })

  it('are not undone by what was under way when the answer came, or by a sign-out without an answer', () => {
    expect(broken(signedOut().refresh(20_019, 's1'))).toEqual({})
    expect(broken(ordinary().signOut(20_000, 's1', { result: 'unknown' }).refresh(20_100, 's1'))).toEqual({})
  })

  it('include those by a backend, by a new sign-in, and by another session of the same person', () => {
    const two = (): Story => ordinary().signIn(12_000, 's2')
    expect(broken(two().revoke(20_000, 's1').refresh(20_100, 's1'))).toEqual(undone)
    expect(broken(two().signIn(20_000, 's3', 'alice', { replaces: 's1' }).refresh(20_100, 's1'))).toEqual(
      undone,
    )
    expect(broken(two().signOut(20_000, 's2', { scope: 'others' }).refresh(20_100, 's1'))).toEqual(undone)
    expect(broken(two().signOut(20_000, 's2', { scope: 'all' }).refresh(20_100, 's1'))).toEqual(undone)
  })

  it('everywhere else spare the own session and those that begin meanwhile', () => {
    const others = ordinary().signIn(12_000, 's2').signOut(20_000, 's2', { scope: 'others', end: 20_020 })
    expect(broken(others.refresh(20_100, 's2').signIn(20_010, 's3').refresh(20_100, 's3'))).toEqual({})
  })

  it('everywhere mean nothing from somebody whose session another has ended', () => {
    const story = ordinary().signIn(12_000, 's2').revoke(19_000, 's2', { by: 'admin' })
    expect(broken(story.signOut(20_000, 's2', { scope: 'all' }).refresh(20_100, 's1'))).toEqual({})
  })

  it('everywhere mean nothing from somebody whose session newer ones may have pushed out', () => {
    const signedOut = (story: Story): Story =>
      story.signOut(20_000, 's1', { scope: 'all' }).refresh(20_100, 's3')
    const two = (): Story => ordinary().signIn(12_000, 's2').signIn(13_000, 's3')
    expect(broken(signedOut(two()))).toEqual(undone)
    expect(broken(signedOut(two().signIn(14_000, undefined, 'alice', { result: 'unknown' })))).toEqual({})
  })

  it('everywhere that are repeated after no answer mean everybody', () => {
    const story = ordinary().signIn(12_000, 's2').signOut(19_000, 's2', { scope: 'all', result: 'unknown' })
    expect(broken(story.signOut(20_000, 's2', { scope: 'all' }).refresh(20_100, 's1'))).toEqual(undone)
  })

  it('everywhere that are repeated after no answer spare who has signed in between the two', () => {
    const story = ordinary().signIn(12_000, 's2').signOut(19_000, 's2', { scope: 'all', result: 'unknown' })
    const after = story.signIn(19_500, 's3').signOut(20_000, 's2', { scope: 'all' })
    expect(broken(after.refresh(20_100, 's3'))).toEqual({})
  })
})

describe('sign-outs by accident', () => {
  const accident = { 'accidental sign-outs': 1 }
  const refused = { result: 'refused', why: 'session_reused' } as const

  it('are refusals of a session token that nobody has ended', () => {
    expect(broken(ordinary().refresh(20_000, 's1', refused))).toEqual(accident)
    expect(broken(ordinary().use(20_000, 's1', refused))).toEqual(accident)
  })

  it('are not refusals of an access token, which only asks for a refresh', () => {
    expect(broken(ordinary().use(20_000, 's1', { ...refused, carried: 'access' }))).toEqual({})
  })

  it('are not refusals while or after somebody has tried to end the session, whatever the answer', () => {
    const trying = { result: 'unknown', end: 20_100 } as const
    expect(broken(ordinary().signOut(20_000, 's1', trying).refresh(20_050, 's1', refused))).toEqual({})
    expect(broken(ordinary().revoke(20_000, 's1', trying).refresh(30_000, 's1', refused))).toEqual({})
  })

  it('are caused by a sign-out everywhere that was over before the session began', () => {
    const story = (outcome: { result?: 'unknown' }): Story =>
      new Story()
        .signIn(0, 's1')
        .signOut(1000, 's1', { scope: 'all', ...outcome, end: 2000 })
        .signOut(2100, 's1', { scope: 'all' })
    expect(broken(story({}).signIn(2200, 's2').refresh(3000, 's2', refused))).toEqual(accident)
    // Without an answer it may still be under way, for as long as anything can be.
    const late = { result: 'unknown' } as const
    expect(broken(story(late).signIn(2200, 's2').refresh(3000, 's2', refused))).toEqual({})
    expect(broken(story(late).signIn(9000, 's2').refresh(9500, 's2', refused))).toEqual(accident)
  })

  it('are not what happens to the oldest session when there are too many', () => {
    const story = ordinary().signIn(20_000, 's2').signIn(20_100, 's3')
    expect(broken(story.refresh(20_300, 's1', refused))).toEqual(accident)
    expect(broken(story.signIn(20_200, undefined, 'alice', { result: 'unknown' }))).toEqual({})
  })

  it('are what happens to the newest', () => {
    const story = new Story().signIn(0, 's1').signIn(100, 's2').signIn(200, 's3').signIn(300, 's4')
    expect(broken(story.refresh(1000, 's4', refused))).toEqual(accident)
  })
})

describe('changes', () => {
  it('are lost when they were answered and a later reading lacks them', () => {
    expect(broken(ordinary().read(12_000, 's1', ['m2'], 1))).toEqual({ 'answered updates lost': 1 })
    expect(broken(ordinary().read(12_000, 's1', ['m1', 'm2'], 0))).toEqual({ 'answered updates lost': 1 })
  })

  it('are not lost when they had no answer, or when the reading began before it', () => {
    expect(broken(ordinary().read(12_000, 's1', ['m1'], 1))).toEqual({})
    expect(
      broken(ordinary().update(12_000, 's1', 'm3', { end: 12_500 }).read(12_400, 's1', ['m1'], 1)),
    ).toEqual({})
  })

  it('of claims are in force everywhere once a cut-off node must have noticed', () => {
    const old = { rank: 0, carried: 'access' } as const
    expect(broken(ordinary().use(15_000, 's1', old))).toEqual({})
    expect(broken(ordinary().use(15_006, 's1', old))).toEqual({ 'old claims accepted': 1 })
  })
})

describe('limits', () => {
  const crowd = (): Story => [1, 2, 3, 4].reduce((told, n) => told.signIn(n, `s${n}`, 'crowd'), new Story())

  it('are broken by a list that is longer once all sign-ins are answered', () => {
    expect(broken(crowd().list(1000, ['s1', 's2', 's3', 's4'], 'crowd'))).toEqual({
      'sessions over the limit': 1,
    })
    expect(broken(crowd().list(1000, ['s2', 's3', 's4'], 'crowd'))).toEqual({})
  })

  it('are not judged while somebody is signing in', () => {
    const story = crowd().signIn(900, 's5', 'crowd', { end: 1100 })
    expect(broken(story.list(1000, ['s1', 's2', 's3', 's4', 's5'], 'crowd'))).toEqual({})
  })

  it('leave room for sign-ins without an answer, until a later one is answered', () => {
    const story = (): Story => crowd().signIn(5, undefined, 'crowd', { result: 'unknown' })
    const four = ['s1', 's2', 's3', 's4']
    expect(broken(story().list(1000, four, 'crowd'))).toEqual({})
    expect(broken(story().signIn(20_000, 's5', 'crowd').list(30_000, four, 'crowd'))).toEqual({
      'sessions over the limit': 1,
    })
  })
})

describe('answers', () => {
  it('that say neither yes, nor no, nor that the store is unavailable are told', () => {
    const strange = { result: 'unknown', status: 500, why: 'internal' } as const
    expect(broken(ordinary().use(12_000, 's1', strange))).toEqual({ 'answers that nobody expected': 1 })
    expect(broken(ordinary().use(12_000, 's1', { ...strange, status: 503 }))).toEqual({})
  })
})

describe('the time a logout takes', () => {
  const access = { carried: 'access', node: 1 } as const
  const measured = (story: Story): History =>
    story
      .signOut(20_000, 's1', { end: 20_010 })
      .use(20_011, 's1', access)
      .use(20_017, 's1', { ...access, result: 'refused', end: 20_019 }).history

  it('is that from its answer to the first refusal on another node', () => {
    expect(delaysIn(measured(ordinary()))).toEqual([{ milliseconds: 9, isCalm: true }])
  })

  it('is told apart when something was broken then', () => {
    expect(delaysIn(measured(ordinary().fault(17_000, 19_000)))).toMatchObject([{ isCalm: false }])
    expect(delaysIn(measured(ordinary().fault(17_000, 17_500)))).toMatchObject([{ isCalm: true }])
  })

  it('is told by values that were measured', () => {
    expect(percentiles(Array.from({ length: 200 }, (_, at) => at + 1))).toEqual({
      count: 200,
      p50: 100,
      p99: 198,
      max: 200,
    })
    expect(percentiles([])).toBeUndefined()
  })
})
