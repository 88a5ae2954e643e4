import { describe, expect, it } from 'vitest'

import { issueNonce, judgeNonce } from '../../../src/core/dpop/nonce.ts'
import { base64urlAlphabet, editsOf, keysFor } from '../../support/secrets.ts'

const keys = keysFor(1)
const now = 1_767_225_600_123

describe('R179 a nonce', () => {
  const judge = (nonce: string, at: number, own = keys): string => judgeNonce(nonce, own, 10_000, at)
  const nonce = issueNonce(keys, now)

  it('is good for five minutes, and from the middle of them the client is given the next one', () => {
    const verdicts = [0, 149_999, 150_000, 299_999, 300_000].map((age) => judge(nonce, now + age))
    expect(verdicts).toEqual(['fresh', 'fresh', 'aging', 'aging', 'spent'])
    expect(issueNonce(keys, now + 1)).not.toBe(nonce)
  })

  it('is good on a node whose clock is a little behind, and not where it is far behind', () => {
    expect([judge(nonce, now - 10_000), judge(nonce, now - 10_001)]).toEqual(['fresh', 'spent'])
  })

  it('is known under an earlier secret, and not under somebody else’s', () => {
    expect(judge(nonce, now, keysFor(2, 1))).toBe('fresh')
    expect(judge(nonce, now, keysFor(2))).toBe('spent')
  })

  it('cannot be guessed from another one: any change of a character spends it', () => {
    expect(nonce).toMatch(/^[\w-]{30}$/)
    for (let at = 0; at < nonce.length; at++)
      for (const edited of editsOf(nonce, at, base64urlAlphabet)) expect(judge(edited, now)).toBe('spent')
    for (const other of ['', 'nonce', `${nonce}A`, `${nonce}=`]) expect(judge(other, now)).toBe('spent')
  })
})
