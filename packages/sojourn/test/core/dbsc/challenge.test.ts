import { describe, expect, it } from 'vitest'

import { challengeEnd, issueChallenge, type ChallengeUse } from '../../../src/core/dbsc/challenge.ts'
import { seededRandom } from '../../../src/testing.ts'
import { base64urlAlphabet, editsOf, keysFor } from '../../support/secrets.ts'

const keys = keysFor(1)
const random = seededRandom('challenges')
const now = 1_767_225_600_123
const use: ChallengeUse = { purpose: 'registration', sessionId: 'a'.repeat(32) }
const challenge = issueChallenge(use, keys, random, now)
const endOf = (text: string, of: ChallengeUse, at: number, own = keys): number | undefined =>
  challengeEnd(text, of, { keys: own, tolerance: 10_000 }, at)

describe('R183 a challenge', () => {
  it('is random, and good for five minutes at a registration and ten at a refresh', () => {
    const refresh: ChallengeUse = { ...use, purpose: 'refresh' }
    const other = issueChallenge(refresh, keys, random, now)
    expect(new Set(Array.from({ length: 1000 }, () => issueChallenge(use, keys, random, now))).size).toBe(
      1000,
    )
    expect([now, now + 299_999, now + 300_000].map((at) => endOf(challenge, use, at))).toEqual([
      now + 300_000,
      now + 300_000,
      undefined,
    ])
    expect([now + 599_999, now + 600_000].map((at) => endOf(other, refresh, at))).toEqual([
      now + 600_000,
      undefined,
    ])
    expect([now - 10_000, now - 10_001].map((at) => endOf(challenge, use, at))).toEqual([
      now + 300_000,
      undefined,
    ])
  })

  it('is for one session, one purpose and one application, under a later secret as well', () => {
    expect(endOf(challenge, { ...use, purpose: 'refresh' }, now)).toBeUndefined()
    expect(endOf(challenge, { ...use, sessionId: 'b'.repeat(32) }, now)).toBeUndefined()
    expect(endOf(challenge, use, now, keysFor(2))).toBeUndefined()
    expect(endOf(challenge, use, now, keysFor(2, 1))).toBe(now + 300_000)
  })

  it('A110 cannot be made from another one', () => {
    for (let at = 0; at < challenge.length; at += 5)
      for (const edited of editsOf(challenge, at, base64urlAlphabet))
        expect(endOf(edited, use, now)).toBeUndefined()
    for (const bad of ['', 'guess', `${challenge}A`, challenge.slice(1)])
      expect(endOf(bad, use, now)).toBeUndefined()
  })
})
