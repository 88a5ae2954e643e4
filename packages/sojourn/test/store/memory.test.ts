// The memory store: the suite, and what is its own: that it is bounded, and that a sweep holds nobody up.

import assert from 'node:assert/strict'

import { describe, expect, it } from 'vitest'

import { SojournError, type Entry } from '../../src/index.ts'
import { memoryStore, type MemoryStore } from '../../src/memory.ts'
import { seededRandom, storeSuite } from '../../src/testing.ts'

await storeSuite('R208 memory store', async () => ({ store: memoryStore(), close: async () => {} }), {
  describe,
  it,
})

const noon = 1_767_268_800_000

function entryOf(number: number, rest: Partial<Entry> = {}): Entry {
  const owner = `${String((number * 7919) % 1_000_000).padStart(8, '0')}-owner`
  return { id: `${owner.slice(0, 8)}-${number}`, owner, version: 1, expiresAt: noon, state: 'state', ...rest }
}

describe('memory store, its bounds', () => {
  it('R214 P38 refuses more than it may hold, says what to do, and forgets nobody to make room', async () => {
    const store = memoryStore({ maxEntries: 3 })
    for (const number of [1, 2, 3]) expect(await store.insert(entryOf(number))).toBe(true)
    await expect(store.insert(entryOf(4))).rejects.toThrow(
      /holds 3 entries.*sweep.*limit.*maxEntries.*sqliteStore/i,
    )
    for (const number of [1, 2, 3]) expect(await store.find(entryOf(number).id)).toEqual(entryOf(number))
    expect(await store.find(entryOf(4).id)).toBeUndefined()
  })

  it('goes on working when it is full: an id that is taken, a replacement, and what has become free', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await store.insert(entryOf(1))
    await store.insert(entryOf(2, { expiresAt: noon - 1 }))
    expect(await store.insert(entryOf(1))).toBe(false)
    expect(await store.replace(entryOf(1, { version: 2 }))).toBe(true)
    expect(await store.sweep(noon - 1, 10)).toBe(1)
    expect(await store.insert(entryOf(3))).toBe(true)
    await store.remove(entryOf(3).id)
    expect(await store.insert(entryOf(4))).toBe(true)
  })

  it('refuses a bound that makes no sense', () => {
    for (const maxEntries of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => memoryStore({ maxEntries })).toThrow(SojournError)
    }
  })

  it('R213 sweeps 100,000 at once, oldest first, and lets others in between', async () => {
    const store = memoryStore()
    for (let number = 0; number < 100_000; number++)
      await store.insert(entryOf(number, { expiresAt: noon - (number % 997) }))
    const live = entryOf(100_001, { expiresAt: noon + 1 })
    await store.insert(live)
    const done = new AbortController()
    let reads = 0
    const readOn = async (): Promise<void> => {
      for (; !done.signal.aborted; reads++) {
        expect(await store.find(live.id)).toEqual(live)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const reading = readOn()
    const swept = await store.sweep(noon, 1_000_000)
    done.abort()
    await reading
    expect(swept).toBe(100_000)
    expect(reads).toBeGreaterThan(900)
    expect(await store.stats(noon)).toMatchObject({ live: 1, expired: 0 })
  })

  it('agrees with a plain map through 20,000 operations in any order', async () => {
    const random = seededRandom('any order')
    const upTo = (limit: number): number => random(1)[0]! % limit
    const store = memoryStore()
    const model = new Map<string, Entry>()
    for (let operation = 0; operation < 20_000; operation++) {
      const entry = entryOf(upTo(200), { expiresAt: noon + upTo(30) })
      const kept = model.get(entry.id)
      if (upTo(20) === 0) await sweepBoth(store, model, upTo(8))
      else if (upTo(4) === 0) assert.equal(await store.remove(entry.id), model.delete(entry.id))
      else {
        const next = { ...entry, version: (kept?.version ?? 0) + 1 }
        assert.equal(await (kept ? store.replace(next) : store.insert(next)), true)
        model.set(next.id, next)
      }
    }
    await sweepBoth(store, model, 1000)
    expect(model.size).toBeGreaterThan(50)
  })

  it('P38 is empty again after everything has expired, whatever expiries there were', async () => {
    const store = memoryStore()
    const empty = await store.stats(noon)
    for (let round = 0; round < 20; round++) {
      for (let number = 0; number < 500; number++) {
        const entry = entryOf(number, { expiresAt: noon + ((number * 31 + round * 17) % 400) })
        await store.insert(entry)
        if (number % 3 === 0)
          await store.replace({ ...entry, version: 2, expiresAt: entry.expiresAt + (number % 50) })
        if (number % 7 === 0) await store.remove(entry.id)
      }
      for (let before = noon; (await store.sweep(before, 40)) > 0 || before < noon + 450; before += 10);
      expect(await store.stats(noon)).toEqual(empty)
      expect(await store.scan(undefined, 10)).toEqual({ items: [] })
    }
  })
})

/** Sweeps the store, and the model of what was swept; those must have been the oldest. */
async function sweepBoth(store: MemoryStore, model: Map<string, Entry>, limit: number): Promise<void> {
  const before = noon + 10
  const due = [...model.values()].map(({ expiresAt }) => expiresAt).filter((expiresAt) => expiresAt <= before)
  const oldest = due.sort((a, b) => a - b).slice(0, limit)
  assert.equal(await store.sweep(before, limit), oldest.length)
  const { items } = await store.scan(undefined, 1000)
  const left = new Set(items.map(({ id }) => id))
  const swept = [...model.values()].filter(({ id }) => !left.has(id))
  assert.deepEqual(
    swept.map(({ expiresAt }) => expiresAt).sort((a, b) => a - b),
    oldest,
  )
  for (const { id } of swept) model.delete(id)
  assert.deepEqual(
    items,
    [...model.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  )
}
