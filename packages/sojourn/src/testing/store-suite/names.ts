// Names and contents that mean something to a database, a language or a person: here they mean nothing but themselves.

import assert from 'node:assert/strict'

import { entryOf, idsOf, insertAll, ownerNamed, successorOf, times, type Story } from './story.ts'
import { impossible, unusual } from './unusual-names.ts'

const alice = ownerNamed(1)

export const names: readonly Story[] = [
  {
    title: 'R211 A57 takes unusual ids for what they are',
    async tell(store) {
      const entries = unusual.map((name, index) => entryOf(alice, name, { state: `state ${index}` }))
      await insertAll(store, entries)
      for (const entry of entries) assert.deepEqual(await store.find(entry.id), entry)
      assert.deepEqual(idsOf(await store.list(alice)), idsOf(entries))
      for (const entry of entries) assert.equal(await store.replace(successorOf(entry)), true)
      const [kept, ...others] = entries
      for (const { id } of others) assert.equal(await store.remove(id), true)
      assert.deepEqual(await store.list(alice), [successorOf(kept!)])
    },
  },
  {
    title: 'R211 A57 takes unusual owners for what they are',
    async tell(store) {
      // Owners have at least eight characters: once the unusual ones are the first of them, once those after.
      const owners = unusual.flatMap((name) => [`${name}........`, `12345678${name}`])
      const entries = owners.map((owner) => entryOf(owner, '1', { id: `${owner}-1`, state: owner }))
      await insertAll(store, entries)
      for (const entry of entries) assert.deepEqual(await store.list(entry.owner), [entry])
      for (const [index, { id, owner }] of entries.entries()) {
        assert.deepEqual(await store.removeAll(owner), [id])
        const next = entries[index + 1]
        if (next) assert.deepEqual(await store.find(next.id), next)
      }
    },
  },
  {
    title: 'finds nothing under an unusual name that was never given, nor under one that cannot be',
    async tell(store) {
      await insertAll(
        store,
        times(10, (index) => entryOf(alice, index)),
      )
      for (const name of [...unusual, ...impossible]) {
        assert.equal(await store.find(name), undefined)
        assert.equal(await store.remove(name), false)
        assert.deepEqual(await store.list(name), [])
        assert.deepEqual(await store.removeAll(name), [])
      }
      assert.equal((await store.list(alice)).length, 10)
    },
  },
  {
    title: 'A56 keeps owners apart whose first eight characters are the same',
    async tell(store) {
      const owners = [
        '12345678',
        '12345678a',
        '12345678A',
        '12345678aa',
        '12345678%',
        '123456789',
        '12345678-1',
        '12345678😀',
      ]
      const entries = owners.flatMap((owner, index) => [
        entryOf(owner, `${index}a`),
        entryOf(owner, `${index}b`),
      ])
      await insertAll(store, entries)
      for (const owner of owners) {
        assert.deepEqual(
          idsOf(await store.list(owner)),
          idsOf(entries.filter((entry) => entry.owner === owner)),
        )
      }
      const [, second] = owners as [string, string]
      assert.equal((await store.removeAll(second)).length, 2)
      assert.equal(
        (await Promise.all(owners.map((owner) => store.list(owner)))).flat().length,
        entries.length - 2,
      )
    },
  },
  {
    title: 'keeps every character of Unicode but NUL as it is',
    async tell(store) {
      const points = times(0x110000, (point) =>
        point > 0 && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : '',
      )
      const entry = entryOf(alice, 1, { state: points.join('') })
      await insertAll(store, [entry])
      const found = await store.find(entry.id)
      assert.ok(found?.state === entry.state, 'the state came back changed')
    },
  },
  {
    title: 'keeps a state of a megabyte, and an empty one',
    async tell(store) {
      const large = entryOf(alice, 1, { state: JSON.stringify({ text: '0123456789abcdef'.repeat(65_536) }) })
      const empty = entryOf(alice, 2, { state: '' })
      await insertAll(store, [large, empty])
      assert.ok((await store.find(large.id))?.state === large.state, 'the state came back changed')
      assert.deepEqual(await store.find(empty.id), empty)
      assert.equal(await store.replace(successorOf(large, { state: 'small' })), true)
      assert.equal(await store.replace(successorOf(empty, { state: large.state })), true)
      assert.ok((await store.find(empty.id))?.state === large.state, 'the state came back changed')
    },
  },
]
