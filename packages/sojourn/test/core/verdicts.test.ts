import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Notice } from '../../src/core/feed.ts'
import { Verdicts } from '../../src/core/verdicts.ts'

const keepFor = 600_000
const ended = (sessionId: string, reason: 'revoked' | 'signed_out' = 'revoked'): Notice => ({
  kind: 'ended',
  sessionId,
  reason,
  at: 0,
})
const stale = (sessionId: string, version: number): Notice => ({ kind: 'stale', sessionId, version, at: 0 })

function after(...notices: readonly Notice[]): Verdicts {
  const verdicts = new Verdicts(keepFor)
  for (const notice of notices) verdicts.note(notice, 1000)
  return verdicts
}

describe('what a node has heard of a session', () => {
  it('is nothing, for almost every session', () => {
    expect(after().on('a', 1)).toBeUndefined()
    expect(after(ended('b'), stale('c', 9), { kind: 'keys', at: 0 }).on('a', 1)).toBeUndefined()
  })

  it('is that it has ended, and why', () => {
    expect(after(ended('a', 'signed_out')).on('a', 99)).toBe('signed_out')
  })

  it('is that its claims have changed: earlier versions are stale, later ones are not', () => {
    const verdicts = after(stale('a', 3))
    expect([1, 2, 3, 4].map((version) => verdicts.on('a', version))).toEqual([
      'stale',
      'stale',
      undefined,
      undefined,
    ])
  })

  it('does not depend on the order in which it was heard', () => {
    const notice = fc.oneof(
      fc.constant(ended('a')),
      fc.integer({ min: 1, max: 9 }).map((version) => stale('a', version)),
      fc.constant(ended('b')),
    )
    fc.assert(
      fc.property(fc.array(notice, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (notices, version) => {
        const forwards = after(...notices).on('a', version)
        expect(after(...notices.toReversed()).on('a', version)).toBe(forwards)
        expect(after(...notices, ...notices).on('a', version)).toBe(forwards)
        const isEnded = notices.some((heard) => heard.kind === 'ended' && heard.sessionId === 'a')
        expect(forwards === 'revoked').toBe(isEnded)
      }),
    )
  })

  it('is kept for as long as an access token from before could live', () => {
    const verdicts = after(ended('a'))
    for (let now = 1000; now < 1000 + keepFor; now += 10_000) {
      verdicts.note(ended(`other ${now}`), now)
      expect(verdicts.on('a', 1)).toBe('revoked')
    }
  })

  it('is forgotten some time after that, so that it does not pile up', () => {
    const verdicts = new Verdicts(keepFor)
    for (let now = 0; now < 20 * keepFor; now += 1000) verdicts.note(ended(`session ${now}`), now)
    expect(verdicts.size).toBeLessThanOrEqual((keepFor / 1000) * 1.25 + 1)
  })

  it('is remembered from when it was heard, whatever the clock of the announcer said', () => {
    const verdicts = new Verdicts(keepFor)
    verdicts.note({ ...ended('a'), at: -10 * keepFor }, 1000)
    verdicts.note(ended('b'), 1000 + keepFor / 2)
    expect(verdicts.on('a', 1)).toBe('revoked')
  })
})
