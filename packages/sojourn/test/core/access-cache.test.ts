import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AccessCache } from '../../src/core/access-cache.ts'
import type { Access } from '../../src/core/access-token.ts'

const accessOf = (name: string): Access => {
  const times = { issuedAt: 0, expiresAt: 1, authenticatedAt: 0 }
  return {
    sessionId: name,
    subject: name,
    generation: 0,
    claims: {},
    claimsVersion: 1,
    ...times,
    amr: [],
    tokenId: name,
  }
}
const tokenOf = (name: string): string => `header.${name}.signature-of-${name.padStart(12, '0')}`

describe('the cache of verified access tokens', () => {
  it('finds a token that was added, and no other', () => {
    const cache = new AccessCache(10)
    cache.add(tokenOf('alice'), accessOf('alice'))
    expect(cache.find(tokenOf('alice'))).toHaveProperty('subject', 'alice')
    expect(cache.find(tokenOf('bob'))).toBeUndefined()
  })

  it('never takes one token for another, although all their signatures end alike (A39, R107)', () => {
    const cache = new AccessCache(10)
    const twins = ['alice', 'bob', 'carol'].map((name) => `header.${name}.the-same-end`)
    for (const token of twins) {
      cache.add(token, accessOf(token))
      for (const other of twins) expect([undefined, other]).toContain(cache.find(other)?.subject)
    }
    expect(cache.find(`${twins[2]!.slice(0, -13)}X.the-same-end`)).toBeUndefined()
  })

  it('is, whatever is added and asked, either right or ignorant, and never larger than it may be', () => {
    const names = fc.integer({ min: 0, max: 30 }).map(String)
    const step = fc.record({ name: names, add: fc.boolean() })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
        const cache = new AccessCache(capacity)
        for (const { name, add } of steps) {
          if (add) cache.add(tokenOf(name), accessOf(name))
          expect([undefined, name]).toContain(cache.find(tokenOf(name))?.subject)
          expect(cache.size).toBeLessThanOrEqual(capacity + 1)
        }
      }),
    )
  })

  it('keeps what is in use while others come and go', () => {
    const cache = new AccessCache(100)
    cache.add(tokenOf('alice'), accessOf('alice'))
    for (let n = 0; n < 10_000; n++) {
      cache.add(tokenOf(`visitor ${n}`), accessOf(`visitor ${n}`))
      expect(cache.find(tokenOf('alice'))).toHaveProperty('subject', 'alice')
    }
  })

  it('keeps at least half of what it may, the latest first', () => {
    const cache = new AccessCache(100)
    for (let n = 0; n < 1000; n++) cache.add(tokenOf(`${n}`), accessOf(`${n}`))
    for (let n = 950; n < 1000; n++) expect(cache.find(tokenOf(`${n}`))).toBeDefined()
    expect(cache.find(tokenOf('1'))).toBeUndefined()
  })

  it('forgets everything when the keys change (R107)', () => {
    const cache = new AccessCache(4)
    for (let n = 0; n < 8; n++) cache.add(tokenOf(`${n}`), accessOf(`${n}`))
    cache.clear()
    expect(cache.size).toBe(0)
    for (let n = 0; n < 8; n++) expect(cache.find(tokenOf(`${n}`))).toBeUndefined()
  })
})
