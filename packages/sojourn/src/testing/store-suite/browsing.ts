// Reading a store from one end to the other.

import assert from 'node:assert/strict'

import { SojournError } from '../../core/errors.ts'
import type { Browsable, Entry, Store, Sweepable } from '../../core/store.ts'
import { entryOf, insertAll, ownerNamed, sorted, successorOf, times, type Story } from './story.ts'

export const browsing: readonly Story<Store & Browsable>[] = [
  {
    title: 'has nothing to show when it is empty',
    async tell(store) {
      assert.deepEqual(await store.scan(undefined, 10), { items: [] })
    },
  },
  {
    title: 'shows every entry, whatever the size of a page',
    async tell(store) {
      const entries = times(30, (index) => entryOf(ownerNamed((index * 7) % 10), index))
      await insertAll(store, entries)
      for (const limit of [1, 7, 10, 30, 31, 1000])
        assert.deepEqual(sorted(once(await pages(store, limit))), sorted(entries))
    },
  },
  {
    title: 'shows at most as many as asked for, and says when there are no more',
    async tell(store) {
      await insertAll(
        store,
        times(10, (index) => entryOf(ownerNamed(1), index)),
      )
      const first = await store.scan(undefined, 6)
      assert.equal(first.items.length, 6)
      assert.ok(first.next !== undefined)
      const second = await store.scan(first.next, 6)
      assert.equal(second.items.length, 4)
      assert.equal(second.next, undefined)
    },
  },
  {
    title: 'takes no cursor for an outage',
    async tell(store) {
      await insertAll(
        store,
        times(10, (index) => entryOf(ownerNamed(1), index)),
      )
      const { next = '' } = await store.scan(undefined, 3)
      for (const cursor of ['anything', 'e30', '{}', '[]', next.slice(1), next.slice(0, -2)]) {
        // A store that keeps entries in order goes on from anywhere.
        await store.scan(cursor, 3).catch((error: unknown) => {
          assert.ok(error instanceof SojournError, String(error))
          assert.equal(error.code, 'request_malformed')
        })
      }
    },
  },
  {
    title: 'shows what is there all the time, while others come, change and go',
    async tell(store) {
      const { staying, seen } = await readWhileOthersChange(store)
      const ids = new Set(seen)
      for (const { id } of staying) assert.ok(ids.has(id), `${id} was not shown`)
    },
  },
]

/** Of stores that keep entries in order. */
export const browsingInOrder: readonly Story<Store & Browsable & Sweepable>[] = [
  {
    title: 'shows every entry once in the order of their ids, whatever the size of a page',
    async tell(store) {
      const entries = times(30, (index) => entryOf(ownerNamed((index * 7) % 10), index))
      await insertAll(store, entries)
      for (const limit of [1, 7, 10, 30, 31, 1000])
        assert.deepEqual(await pages(store, limit), sorted(entries))
      const later = times(30, (index) => entryOf(ownerNamed(100 + index), 'later'))
      await insertAll(store, later)
      assert.deepEqual(await pages(store, 7), sorted([...entries, ...later]))
    },
  },
  {
    title: 'goes on after any cursor, also where nothing is',
    async tell(store) {
      assert.deepEqual(await store.scan('anything', 10), { items: [] })
    },
  },
  {
    title: 'shows once what is there all the time, while others come, change and go',
    async tell(store) {
      const { staying, seen } = await readWhileOthersChange(store)
      assert.deepEqual(
        seen.filter((id) => id.endsWith('staying')),
        sorted(staying).map(({ id }) => id),
      )
      assert.equal(new Set(seen).size, seen.length)
    },
  },
]

async function readWhileOthersChange(
  store: Store & Browsable,
): Promise<{ staying: Entry[]; seen: string[] }> {
  const staying = times(40, (index) => entryOf(ownerNamed(index), 'staying'))
  const going = sorted(times(40, (index) => entryOf(ownerNamed(index), 'going')))
  await insertAll(store, [...staying, ...going])
  const seen: string[] = []
  let cursor: string | undefined
  for (let page = 0; page === 0 || cursor !== undefined; page++) {
    const { items, next } = await store.scan(cursor, 5)
    seen.push(...items.map(({ id }) => id))
    cursor = next
    // Around the cursor, the entry that it stands on included.
    for (const { id } of items) if (id.endsWith('going')) await store.remove(id)
    if (going[39 - page]) await store.remove(going[39 - page]!.id)
    await store.insert(entryOf(ownerNamed(page * 4), `coming-${page}`))
    if (staying[page]) await store.replace(successorOf(staying[page]!))
  }
  return { staying, seen }
}

function once(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()]
}

async function pages(store: Browsable, limit: number): Promise<Entry[]> {
  const seen: Entry[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await store.scan(cursor, limit)
    assert.ok(items.length <= limit)
    seen.push(...items)
    cursor = next
  } while (cursor !== undefined)
  return seen
}
