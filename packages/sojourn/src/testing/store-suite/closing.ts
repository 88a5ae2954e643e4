// The end of a store.

import assert from 'node:assert/strict'

import type { Closable, Store } from '../../core/store.ts'
import { entryOf, ownerNamed, successorOf, times, type Story } from './story.ts'

export const closing: readonly Story<Store & Closable>[] = [
  {
    title: 'finishes what is under way, then closes, and rejects what comes later',
    async tell(store) {
      const entries = times(20, (index) => entryOf(ownerNamed(index), index))
      const inserting = entries.map((entry) => store.insert(entry))
      const closed = store.close()
      assert.deepEqual(
        await Promise.all(inserting),
        entries.map(() => true),
      )
      await closed
      const [entry] = entries as [(typeof entries)[0]]
      await assert.rejects(store.insert(entryOf(entry.owner, 'late')))
      await assert.rejects(store.find(entry.id))
      await assert.rejects(store.replace(successorOf(entry)))
      await assert.rejects(store.remove(entry.id))
      await assert.rejects(store.list(entry.owner))
      await assert.rejects(store.removeAll(entry.owner))
    },
  },
  {
    title: 'may be closed twice',
    async tell(store) {
      await Promise.all([store.close(), store.close()])
      await store.close()
    },
  },
]
