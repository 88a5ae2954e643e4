// Clean-up: only what has expired, the oldest first, in small batches, and nobody notices.

import assert from 'node:assert/strict'

import type { Entry, Store, Sweepable } from '../../core/store.ts'
import { entryOf, insertAll, noon, ownerNamed, successorOf, times, type Story } from './story.ts'

const alice = ownerNamed(1)

export const sweeping: readonly Story<Store & Sweepable>[] = [
  {
    title: 'finds, lists and replaces what has long expired, until it is swept',
    async tell(store) {
      const entry = entryOf(alice, 1, { expiresAt: 1 })
      await insertAll(store, [entry])
      assert.deepEqual(await store.find(entry.id), entry)
      assert.deepEqual(await store.list(alice), [entry])
      assert.equal(await store.insert(entry), false)
      assert.equal(await store.replace(successorOf(entry)), true)
    },
  },
  {
    title: 'R213 sweeps what has expired and nothing else, to the millisecond',
    async tell(store) {
      const due = [1, noon - 1, noon].map((expiresAt) => entryOf(alice, `due-${expiresAt}`, { expiresAt }))
      const live = [noon + 1, noon + 3_600_000].map((expiresAt) =>
        entryOf(alice, `live-${expiresAt}`, { expiresAt }),
      )
      await insertAll(store, [...due, ...live])
      assert.equal(await store.sweep(noon, 100), 3)
      assert.equal(await store.sweep(noon, 100), 0)
      await assertKept(store, live, due)
    },
  },
  {
    title: 'R213 sweeps the oldest first, at most as many as asked for; fewer means that none is left',
    async tell(store) {
      // Inserted out of order, two at each instant.
      const entries = times(20, (index) =>
        entryOf(ownerNamed(index), index, { expiresAt: noon + ((index * 7) % 10) }),
      )
      await insertAll(store, entries)
      const isGone =
        (rest: number) =>
        (entry: Entry): boolean =>
          entry.expiresAt < noon + rest
      for (const rest of [2, 4, 6, 8]) {
        assert.equal(await store.sweep(noon + 60_000, 4), 4)
        await assertKept(
          store,
          entries.filter((entry) => !isGone(rest)(entry)),
          entries.filter(isGone(rest)),
        )
      }
      assert.equal(await store.sweep(noon + 60_000, 5), 4)
      assert.equal(await store.sweep(noon + 60_000, 5), 0)
    },
  },
  {
    title: 'counts what waits for a sweep, to the millisecond, and no further than asked',
    async tell(store) {
      const due = times(7, (index) => entryOf(alice, `due-${index}`, { expiresAt: noon - index }))
      await insertAll(store, [...due, entryOf(alice, 'live', { expiresAt: noon + 1 })])
      const counts = async (): Promise<readonly number[]> =>
        Promise.all([store.backlog(noon, 100), store.backlog(noon, 7), store.backlog(noon, 3)])
      assert.deepEqual(await counts(), [7, 7, 3])
      assert.equal(await store.backlog(noon - 5, 100), 2)
      await store.remove(due[0]!.id)
      assert.deepEqual(await counts(), [6, 6, 3])
      await store.sweep(noon, 4)
      assert.deepEqual(await counts(), [2, 2, 2])
      await store.sweep(noon, 4)
      assert.deepEqual(await counts(), [0, 0, 0])
    },
  },
  {
    title: 'sweeps by the expiry of the replacement, later or earlier',
    async tell(store) {
      const later = entryOf(alice, 'later', { expiresAt: noon })
      const earlier = entryOf(alice, 'earlier', { expiresAt: noon + 10_000 })
      await insertAll(store, [later, earlier])
      await store.replace(successorOf(later, { expiresAt: noon + 10_000 }))
      await store.replace(successorOf(earlier, { expiresAt: noon }))
      assert.equal(await store.sweep(noon, 10), 1)
      await assertKept(store, [later], [earlier])
      assert.equal(await store.sweep(noon + 10_000, 10), 1)
      await assertKept(store, [], [later, earlier])
    },
  },
  {
    title: 'R213 forgets nobody who comes to expire earlier while a sweep goes on',
    async tell(store) {
      const due = times(250, (index) => entryOf(ownerNamed(index), index, { expiresAt: noon - 250 + index }))
      const moved = entryOf(alice, 'moved', { expiresAt: noon + 10_000 })
      await insertAll(store, [...due, moved])
      assert.equal(await store.sweep(noon, 120), 120)
      const inserted = entryOf(alice, 'inserted', { expiresAt: 1 })
      await insertAll(store, [inserted])
      await store.replace(successorOf(moved, { expiresAt: 2 }))
      assert.equal(await store.sweep(noon, 120), 120)
      assert.equal(await store.sweep(noon, 120), 12)
      await assertKept(store, [], [...due, moved, inserted])
      // Nor does a later sweep, at a later time or at an earlier one.
      for (const before of [noon, noon + 1, noon - 1000]) {
        await insertAll(store, [inserted])
        assert.equal(await store.sweep(before, 120), 1)
      }
    },
  },
  {
    title: 'does not count what was removed, and sweeps an id that was taken again only when it is due',
    async tell(store) {
      const entries = times(6, (index) => entryOf(alice, index, { expiresAt: noon }))
      await insertAll(store, entries)
      await store.remove(entries[0]!.id)
      await store.remove(entries[1]!.id)
      const again = { ...entries[1]!, expiresAt: noon + 10_000 }
      await insertAll(store, [again])
      assert.equal(await store.sweep(noon, 10), 4)
      await assertKept(
        store,
        [again],
        entries.filter(({ id }) => id !== again.id),
      )
      assert.deepEqual(await store.list(alice), [again])
    },
  },
  {
    title: 'R213 counts each entry once, however many sweep at once',
    async tell(store) {
      await insertAll(
        store,
        times(300, (index) => entryOf(ownerNamed(index), index, { expiresAt: noon - index })),
      )
      const live = entryOf(alice, 'live')
      await insertAll(store, [live])
      const counts = await Promise.all(times(10, () => store.sweep(noon, 50)))
      const rest = await store.sweep(noon, 1000)
      assert.equal(
        counts.reduce((sum, count) => sum + count, rest),
        300,
      )
      await assertKept(store, [live], [])
    },
  },
  {
    title: 'R213 cleans up in small batches while entries go on being read and replaced',
    async tell(store) {
      const live = times(20, (index) => entryOf(ownerNamed(index), 'live'))
      await insertAll(store, live)
      await insertAll(
        store,
        times(1000, (index) => entryOf(ownerNamed(index), `old-${index}`, { expiresAt: noon - index })),
      )
      const done = new AbortController()
      let rounds = 0
      const use = async (entry: Entry): Promise<void> => {
        for (let kept = entry; !done.signal.aborted; rounds++) {
          const next = successorOf(kept)
          assert.equal(await store.replace(next), true)
          assert.deepEqual(await store.find(entry.id), next)
          kept = next
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const sweepAll = async (): Promise<number> => {
        for (let swept = 0; ;) {
          const batch = await store.sweep(noon, 50)
          swept += batch
          if (batch < 50) return swept
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const users = live.map(use)
      const swept = await sweepAll()
      done.abort()
      await Promise.all(users)
      assert.equal(swept, 1000)
      assert.ok(rounds > live.length, 'nobody was let in between two batches')
    },
  },
]

async function assertKept(store: Store, kept: readonly Entry[], gone: readonly Entry[]): Promise<void> {
  for (const { id } of kept) assert.ok(await store.find(id), `${id} is gone`)
  for (const { id } of gone) assert.equal(await store.find(id), undefined, `${id} is still there`)
}
