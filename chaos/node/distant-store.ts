// The memory store at a distance: each operation takes its time on the way there and back, as over a network, so that
// others come in between. And the same store with a fault planted, which proves that a run would have found it.

import { memoryStore } from 'sojourn/memory'
import type { Entry, Store } from 'sojourn'

import type { Chance } from '../chance.ts'

const farthest = 12

export function distantStore(store: Store, chance: Chance): Store {
  const way = (): Promise<void> => new Promise((done) => setTimeout(done, chance.between(0, farthest)))
  const from = async <T>(work: () => Promise<T>): Promise<T> => {
    await way()
    const result = await work()
    await way()
    return result
  }
  return {
    insert: (entry) => from(() => store.insert(entry)),
    find: (id) => from(() => store.find(id)),
    replace: (entry) => from(() => store.replace(entry)),
    remove: (id) => from(() => store.remove(id)),
    list: (owner) => from(() => store.list(owner)),
    removeAll: (owner, except) => from(() => store.removeAll(owner, except)),
  }
}

/** Its `replace` writes whatever is there, and also where nothing is: a late write brings an ended session back. */
export function wrongStore(): Store {
  const store = memoryStore()
  return {
    insert: (entry) => store.insert(entry),
    find: (id) => store.find(id),
    async replace(entry: Entry) {
      await store.remove(entry.id)
      return store.insert(entry)
    },
    remove: (id) => store.remove(id),
    list: (owner) => store.list(owner),
    removeAll: (owner, except) => store.removeAll(owner, except),
  }
}
