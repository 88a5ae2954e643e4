// Places in status lists: no two sessions have the same one, and none says how many there were before.

import { beforeEach, describe, expect, it } from 'vitest'

import { shuffled, statusIndexes } from '../../src/core/status-index.ts'
import type { StatusPlace } from '../../src/core/status-index.ts'
import type { Store } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { seededRandom } from '../../src/testing.ts'
import { issuer } from '../support/secrets.ts'

const now = 1_767_225_600_000
let store: ReturnType<typeof memoryStore>
beforeEach(() => {
  store = memoryStore()
})
let seed = 0
const node = (over: Store = store): ReturnType<typeof statusIndexes> =>
  statusIndexes({ store: over, issuer, environment: 'test', random: seededRandom(`node ${seed++}`) })
const named = ({ list, index }: StatusPlace): string => `${list} ${index}`

describe('R171 places', () => {
  it('are given once, however many nodes give them at the same time', async () => {
    const nodes = Array.from({ length: 5 }, () => node())
    const places = await Promise.all(Array.from({ length: 2000 }, (_, n) => nodes[n % 5]!(now)))
    expect(new Set(places.map(named)).size).toBe(2000)
    expect(new Set(places.map(({ list }) => list)).size).toBe(1)
  })

  it('are given once, also by a node that has begun anew', async () => {
    const before = await Promise.all(Array.from({ length: 10 }, () => node()(now)))
    const after = await Promise.all(Array.from({ length: 10 }, () => node()(now)))
    expect(new Set([...before, ...after].map(named)).size).toBe(20)
  })

  it('are in another list once all of one are given', async () => {
    const { list } = await node()(now)
    const { items } = await store.scan(undefined, 10)
    const current = items.find(({ state }) => state.includes('"seed"'))!
    const state = current.state.replace(/"given":\d+/, `"given":${2 ** 20 - 64}`)
    await store.replace({ ...current, version: current.version + 1, state })
    const one = node()
    const places = await Promise.all(Array.from({ length: 128 }, () => one(now)))
    expect(places.filter((place) => place.list === list)).toHaveLength(64)
    expect(new Set(places.map(named)).size).toBe(128)
  })

  it('are shuffled so that each is had once, whatever the seed', () => {
    for (const bits of [1, 2, 5, 6])
      for (const seed of ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'c2VlZA']) {
        const shuffle = shuffled(seed, bits)
        const places = Array.from({ length: 4 ** bits }, (_, place) => shuffle(place))
        expect(places.toSorted((a, b) => a - b)).toEqual(Array.from(places.keys()))
      }
  })

  it('do not tell how many there were before: the first are spread over the whole list', async () => {
    const one = node()
    const indexes = await Promise.all(Array.from({ length: 256 }, async () => (await one(now)).index))
    const eighths = indexes.map((index) => Math.floor(index / 2 ** 17))
    for (let eighth = 0; eighth < 8; eighth++)
      expect(eighths.filter((one) => one === eighth).length).toBeGreaterThan(8)
    expect(indexes.filter((index, n) => n > 0 && index > indexes[n - 1]!).length).toBeLessThan(192)
    const elsewhere = await statusIndexes({
      store: memoryStore(),
      issuer,
      environment: 'test',
      random: seededRandom('another application'),
    })(now)
    expect(elsewhere.list).not.toBe((await one(now)).list)
  })
})
