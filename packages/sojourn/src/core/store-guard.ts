// The border to what can fail from outside: whatever a store or a feed throws, at once or later, becomes
// `store_unavailable` with its cause kept, so that nothing above has to know whose error it was. All but one: that what it
// was asked for makes no sense (`request_malformed`) a store says of the caller, and not of itself.

import { SojournError } from './errors.ts'
import type { Store } from './store.ts'

/** What the work gives; rejects with `store_unavailable` if it fails, or as the store says of the request. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SojournError && cause.code === 'request_malformed') throw cause
    throw new SojournError('store_unavailable', { cause, retryAfter: 1 })
  }
}

/** The same store, behind that border. */
export function guarded(store: Store): Store {
  return {
    insert: (entry) => orUnavailable(() => store.insert(entry)),
    find: (id) => orUnavailable(() => store.find(id)),
    replace: (entry) => orUnavailable(() => store.replace(entry)),
    remove: (id) => orUnavailable(() => store.remove(id)),
    list: (owner) => orUnavailable(() => store.list(owner)),
    removeAll: (owner, except) => orUnavailable(() => store.removeAll(owner, except)),
  }
}
