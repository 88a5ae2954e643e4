// What may be used once: noted in the store for as long as it could be used again, and no longer.

import { describe, expect, it } from 'vitest'

import { useOf } from '../../src/core/dpop/prove.ts'
import { useOnce, type UsedPlace } from '../../src/core/single-use.ts'
import { memoryStore } from '../../src/memory.ts'
import { proofKey } from '../support/dpop.ts'
import { issuer } from '../support/secrets.ts'

type One = Parameters<typeof useOf>[0]

describe('used proofs', () => {
  const proof = (jti: string, issuedAt: number): One => ({ jkt: proofs.jkt, jti, issuedAt })
  const proofs = proofKey()
  const now = 1_767_225_600_000
  const window = 60_000

  const spend = (place: UsedPlace, one: One, span: number, at: number): Promise<boolean> =>
    useOnce(place, useOf(one, span), at)

  it('R177 are bounded: a hundred thousand are gone once their minute is over', async () => {
    const store = memoryStore()
    const replays = { store, issuer, environment: 'test' }
    const count = 100_000
    for (let index = 0; index < count; index++)
      await spend(replays, proof(`${index}`, now + (index % 60_000)), window, now)
    expect((await store.stats(now)).live).toBe(count)
    const after = now + 2 * window + 1
    expect((await store.stats(after)).live).toBe(0)
    let removed = 0
    for (let batch = -1; batch !== 0; removed += batch) batch = await store.sweep(after, 10_000)
    expect(removed).toBe(count)
    expect((await store.stats(after)).expired).toBe(0)
    // A second of work, and more where others work as well.
  }, 180_000)

  it('R177 are kept for as long as the proof would be taken, and not a moment less', async () => {
    const store = memoryStore()
    const replays = { store, issuer, environment: 'test' }
    expect(await spend(replays, proof('a', now), window, now)).toBe(true)
    expect(await spend(replays, proof('a', now), window, now + window)).toBe(false)
    await store.sweep(now + window, 10)
    expect(await spend(replays, proof('a', now), window, now + window)).toBe(false)
    // Not swept, but over: the same name is a new proof, once.
    const later = now + 2 * window
    expect(await spend(replays, proof('a', later), window, later)).toBe(true)
    expect(await spend(replays, proof('a', later), window, later)).toBe(false)
  })

  it('are apart for each key, application and environment', async () => {
    const store = memoryStore()
    const here = { store, issuer, environment: 'test' }
    const places = [
      [here, proof('a', now)],
      [here, { ...proof('a', now), jkt: proofKey().jkt }],
      [{ ...here, issuer: 'https://other.example' }, proof('a', now)],
      [{ ...here, environment: 'production' }, proof('a', now)],
    ] as const
    for (const [replays, one] of places) expect(await spend(replays, one, window, now)).toBe(true)
    for (const [replays, one] of places) expect(await spend(replays, one, window, now)).toBe(false)
  })
})
