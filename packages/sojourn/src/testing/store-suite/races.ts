// What happens at once: exactly one of those who want the same wins, and a removal is final.

import assert from 'node:assert/strict'

import type { Store } from '../../core/store.ts'
import { countTrue, entryOf, idsOf, insertAll, ownerNamed, successorOf, times, type Story } from './story.ts'

const alice = ownerNamed(1)

export const races: readonly Story[] = [
  {
    title: 'lets exactly one of 50 simultaneous inserts of an id through',
    async tell(store) {
      for (const round of times(5, (index) => index)) {
        const rivals = times(50, (index) => entryOf(alice, round, { state: `rival ${index}` }))
        const results = await Promise.all(rivals.map((entry) => store.insert(entry)))
        assert.equal(countTrue(results), 1)
        assert.deepEqual(await store.find(rivals[0]!.id), rivals[results.indexOf(true)])
      }
    },
  },
  {
    title: 'lets exactly one of 50 simultaneous replacements of a version through',
    async tell(store) {
      const entry = entryOf(alice, 1)
      await insertAll(store, [entry])
      for (const round of times(5, (index) => index)) {
        const rivals = times(50, (index) => ({ ...entry, version: round + 2, state: `rival ${index}` }))
        const results = await Promise.all(rivals.map((rival) => store.replace(rival)))
        assert.equal(countTrue(results), 1)
        assert.deepEqual(await store.find(entry.id), rivals[results.indexOf(true)])
      }
    },
  },
  {
    title: 'R23 loses none of 200 changes that 20 writers make at once',
    async tell(store) {
      const entry = entryOf(alice, 1, { state: '0' })
      await insertAll(store, [entry])
      const addOne = async (): Promise<void> => {
        for (;;) {
          const kept = await store.find(entry.id)
          assert.ok(kept)
          if (await store.replace(successorOf(kept, { state: String(Number(kept.state) + 1) }))) return
        }
      }
      const writer = async (): Promise<void> => {
        for (let change = 0; change < 10; change++) await addOne()
      }
      await Promise.all(times(20, writer))
      assert.deepEqual(await store.find(entry.id), { ...entry, version: 201, state: '200' })
    },
  },
  {
    title: 'R22 A46 P18 never revives: whoever replaces while another removes, the entry is gone',
    async tell(store) {
      for (const round of times(30, (index) => index)) {
        const entry = entryOf(alice, round)
        await insertAll(store, [entry])
        const replace = (): Promise<boolean> => store.replace(successorOf(entry))
        const remove = (): Promise<boolean> => store.remove(entry.id)
        const removed = await inSomeOrder(round, [replace, remove, replace])
        assert.equal(removed, true)
        assert.equal(await store.find(entry.id), undefined)
        assert.equal(await replace(), false)
        assert.deepEqual(await store.list(alice), [])
      }
    },
  },
  {
    title: 'removes once: of 20 simultaneous removals of an entry one says that it was there',
    async tell(store) {
      await insertAll(store, [entryOf(alice, 1)])
      assert.equal(countTrue(await Promise.all(times(20, () => store.remove(entryOf(alice, 1).id)))), 1)
    },
  },
  {
    title: 'tells each id once when all entries of an owner are removed several times at once',
    async tell(store) {
      const entries = times(30, (index) => entryOf(alice, index))
      await insertAll(store, entries)
      const removed = await Promise.all(times(5, () => store.removeAll(alice)))
      assert.deepEqual(removed.flat().sort(), idsOf(entries))
    },
  },
  {
    title: 'revives nothing when entries are replaced while all of the owner’s are removed',
    async tell(store) {
      const entries = times(30, (index) => entryOf(alice, index))
      await insertAll(store, entries)
      const replacing = entries.map((entry) => store.replace(successorOf(entry)))
      const removing = store.removeAll(alice)
      const replacingAgain = entries.map((entry) => store.replace(successorOf(entry)))
      await Promise.all([...replacing, removing, ...replacingAgain])
      assert.deepEqual([...(await removing)].sort(), idsOf(entries))
      assert.deepEqual(await store.list(alice), [])
      await assertNoneFound(store, idsOf(entries))
    },
  },
  {
    title: 'keeps everything of 500 entries that are inserted at once',
    async tell(store) {
      const entries = times(500, (index) => entryOf(ownerNamed(index % 50), index))
      assert.equal(countTrue(await Promise.all(entries.map((entry) => store.insert(entry)))), 500)
      const found = await Promise.all(entries.map(({ id }) => store.find(id)))
      assert.deepEqual(found, entries)
    },
  },
]

/** Starts all of them at once, beginning with another one each round; resolves to the result of the second. */
async function inSomeOrder(
  round: number,
  works: readonly (() => Promise<boolean>)[],
): Promise<boolean | undefined> {
  const order = works.map((_, index) => (index + round) % works.length)
  const results = await Promise.all(order.map((index) => works[index]!()))
  return results[order.indexOf(1)]
}

async function assertNoneFound(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal(await store.find(id), undefined)
}
