// A store as its six operations and nothing else, to be spread and changed: the methods of a class are not copied.

import type { Store } from '../../src/core/store.ts'

export function plainStore(store: Store): Store {
  return {
    insert: (entry) => store.insert(entry),
    find: (id) => store.find(id),
    replace: (entry) => store.replace(entry),
    remove: (id) => store.remove(id),
    list: (owner) => store.list(owner),
    removeAll: (owner, except) => store.removeAll(owner, except),
  }
}
