// Each operation of the contract by itself.

import assert from 'node:assert/strict'

import type { Entry } from '../../core/store.ts'
import {
  entryOf,
  idsOf,
  insertAll,
  noon,
  ownerNamed,
  sorted,
  successorOf,
  times,
  type Story,
} from './story.ts'

const alice = ownerNamed(1)
const bob = ownerNamed(2)

export const contract: readonly Story[] = [
  {
    title: 'finds what was inserted, unchanged',
    async tell(store) {
      const entry = entryOf(alice, 1)
      assert.equal(await store.insert(entry), true)
      assert.deepEqual(await store.find(entry.id), entry)
    },
  },
  {
    title: 'has nothing that was never inserted',
    async tell(store) {
      const entry = entryOf(alice, 1)
      assert.equal(await store.find(entry.id), undefined)
      assert.equal(await store.replace(successorOf(entry)), false)
      assert.equal(await store.remove(entry.id), false)
      assert.deepEqual(await store.list(alice), [])
      assert.deepEqual(await store.removeAll(alice), [])
      assert.equal(await store.find(entry.id), undefined)
    },
  },
  {
    title: 'never overwrites: an id that is taken is not inserted again',
    async tell(store) {
      const entry = entryOf(alice, 1)
      await insertAll(store, [entry])
      assert.equal(await store.insert(entry), false)
      assert.equal(await store.insert({ ...entry, version: 2, state: 'other', expiresAt: noon }), false)
      assert.deepEqual(await store.find(entry.id), entry)
    },
  },
  {
    title: 'replaces an entry as a whole',
    async tell(store) {
      const entry = entryOf(alice, 1)
      await insertAll(store, [entry])
      const moved = successorOf(entry, { state: 'changed', expiresAt: entry.expiresAt + 60_000 })
      assert.equal(await store.replace(moved), true)
      assert.deepEqual(await store.find(entry.id), moved)
      const stayed = successorOf(moved, { state: 'changed again' })
      assert.equal(await store.replace(stayed), true)
      assert.deepEqual(await store.find(entry.id), stayed)
      assert.deepEqual(await store.list(alice), [stayed])
    },
  },
  {
    title: 'replaces only the version that is exactly one lower',
    async tell(store) {
      const entry = entryOf(alice, 1, { version: 5 })
      await insertAll(store, [entry])
      for (const version of [0, 1, 4, 5, 7, 500]) {
        assert.equal(await store.replace({ ...entry, version, state: 'wrong' }), false, `version ${version}`)
        assert.equal(await store.replace({ ...entry, version, state: 'wrong', expiresAt: noon }), false)
      }
      assert.deepEqual(await store.find(entry.id), entry)
      assert.equal(await store.replace({ ...entry, version: 6 }), true)
      assert.equal(await store.replace({ ...entry, version: 6 }), false)
    },
  },
  {
    title: 'removes an entry whatever its version, once',
    async tell(store) {
      const entry = entryOf(alice, 1)
      await insertAll(store, [entry])
      await store.replace(successorOf(entry))
      assert.equal(await store.remove(entry.id), true)
      assert.equal(await store.find(entry.id), undefined)
      assert.deepEqual(await store.list(alice), [])
      assert.equal(await store.remove(entry.id), false)
    },
  },
  {
    title: 'never revives what was removed',
    async tell(store) {
      const entry = entryOf(alice, 1)
      await insertAll(store, [entry])
      await store.remove(entry.id)
      for (const version of [1, 2, 3]) assert.equal(await store.replace({ ...entry, version }), false)
      assert.equal(await store.find(entry.id), undefined)
    },
  },
  {
    title: 'takes a removed id again, as something new',
    async tell(store) {
      const entry = entryOf(alice, 1, { version: 7 })
      await insertAll(store, [entry])
      await store.remove(entry.id)
      const again = entryOf(alice, 1, { state: 'something new' })
      assert.equal(await store.insert(again), true)
      assert.equal(await store.replace({ ...entry, version: 8 }), false)
      assert.deepEqual(await store.find(entry.id), again)
    },
  },
  {
    title: 'lists all entries of an owner and nobody else’s',
    async tell(store) {
      const entries = times(20, (index) => entryOf(alice, index))
      await insertAll(store, [...entries, entryOf(bob, 1), entryOf(ownerNamed(3), 1)])
      assert.deepEqual(sorted(await store.list(alice)), sorted(entries))
    },
  },
  {
    title: 'removes all entries of an owner and tells their ids',
    async tell(store) {
      const entries = times(20, (index) => entryOf(alice, index))
      await insertAll(store, [...entries, entryOf(bob, 1)])
      assert.deepEqual([...(await store.removeAll(alice))].sort(), idsOf(entries))
      assert.deepEqual(await store.list(alice), [])
      for (const { id } of entries) assert.equal(await store.find(id), undefined)
      assert.deepEqual(await store.removeAll(alice), [])
      assert.deepEqual(idsOf(await store.list(bob)), idsOf([entryOf(bob, 1)]))
    },
  },
  {
    title: 'removes all entries of an owner but one',
    async tell(store) {
      const entries = times(5, (index) => entryOf(alice, index))
      const [kept, ...others] = entries as [Entry, ...Entry[]]
      await insertAll(store, entries)
      assert.deepEqual([...(await store.removeAll(alice, kept.id))].sort(), idsOf(others))
      assert.deepEqual(await store.list(alice), [kept])
    },
  },
  {
    title: 'removes all entries of an owner when the one to keep is not theirs',
    async tell(store) {
      const entries = times(3, (index) => entryOf(alice, index))
      await insertAll(store, [...entries, entryOf(bob, 1)])
      assert.equal((await store.removeAll(alice, entryOf(bob, 1).id)).length, 3)
      await insertAll(store, entries)
      assert.equal((await store.removeAll(alice, 'there is no such id')).length, 3)
      assert.equal((await store.list(bob)).length, 1)
    },
  },
  {
    title: 'keeps values: what happens to an object after the call happens to it alone',
    async tell(store) {
      const entry = entryOf(alice, 1)
      const given = { ...entry }
      await store.insert(given)
      given.state = 'changed outside'
      const found = await store.find(entry.id)
      Object.assign(found ?? {}, { state: 'changed outside', version: 9 })
      assert.deepEqual(await store.find(entry.id), entry)
    },
  },
]
