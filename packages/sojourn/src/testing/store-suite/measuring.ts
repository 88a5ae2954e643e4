// How much a store holds.

import assert from 'node:assert/strict'

import type { Measurable, Store } from '../../core/store.ts'
import { seededRandom } from '../random.ts'
import { entryOf, insertAll, noon, ownerNamed, successorOf, times, type Story } from './story.ts'

const alice = ownerNamed(1)

export const measuring: readonly Story<Store & Measurable>[] = [
  {
    title: 'counts what lives and what has expired, to the millisecond',
    async tell(store) {
      await insertAll(store, [
        ...times(3, (index) => entryOf(alice, `live-${index}`, { expiresAt: noon + 1 + index })),
        ...times(5, (index) => entryOf(alice, `due-${index}`, { expiresAt: noon - index })),
      ])
      const { live, expired } = await store.stats(noon)
      assert.deepEqual({ live, expired }, { live: 3, expired: 5 })
    },
  },
  {
    title: 'counts nothing twice and nothing that is gone',
    async tell(store) {
      const entries = times(4, (index) => entryOf(alice, index))
      await insertAll(store, entries)
      await store.insert(entries[0]!)
      await store.replace(successorOf(entries[1]!, { expiresAt: noon - 1 }))
      await store.remove(entries[2]!.id)
      const { live, expired } = await store.stats(noon)
      assert.deepEqual({ live, expired }, { live: 2, expired: 1 })
      await store.removeAll(alice)
      const after = await store.stats(noon)
      assert.deepEqual({ live: after.live, expired: after.expired }, { live: 0, expired: 0 })
    },
  },
  {
    title: 'tells a size that follows what it holds',
    async tell(store) {
      const before = await store.stats(noon)
      const entries = times(200, (index) =>
        entryOf(ownerNamed(index), index, { state: incompressible(`${index}`) }),
      )
      await insertAll(store, entries)
      const full = await store.stats(noon)
      const written = entries.reduce((sum, { state }) => sum + state.length, 0)
      assert.ok(full.bytes - before.bytes >= written, `${full.bytes} bytes for ${written} characters`)
      for (const { owner } of entries) await store.removeAll(owner)
      const after = await store.stats(noon)
      assert.ok(after.bytes - before.bytes < written / 2, `${after.bytes} bytes for nothing`)
    },
  },
]

// A store may make what it keeps smaller; of this nothing can be saved.
function incompressible(seed: string): string {
  return Buffer.from(seededRandom(seed)(2250)).toString('base64')
}
