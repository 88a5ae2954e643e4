// The store of the server for the sessions of the dashboard: in the same database, so that every process and every node
// knows them, but apart. Whoever reads through the sessions of the application does not meet those of its operators.

import type { Entry, Feed, Store } from 'sojourn'

/** A store with entries of its own in another one, and the feed of that one if it has one. */
export function storeApart(store: Store): Store & Partial<Feed> {
  return {
    insert: (entry) => store.insert(wrapped(entry)),
    find: async (id) => unwrapped(await store.find(id)),
    replace: (entry) => store.replace(wrapped(entry)),
    remove: (id) => store.remove(id),
    list: async (owner) => (await store.list(owner)).flatMap((entry) => unwrapped(entry) ?? []),
    removeAll: (owner, except) => store.removeAll(owner, except),
    ...feedOf(store),
  }
}

// `t` says to everybody else that this is an entry of another kind.
const kind = 'dashboard'

function wrapped(entry: Entry): Entry {
  return { ...entry, state: JSON.stringify({ t: kind, s: entry.state }) }
}

function unwrapped(entry: Entry | undefined): Entry | undefined {
  if (!entry) return undefined
  const { t, s } = JSON.parse(entry.state) as { readonly t?: unknown; readonly s?: unknown }
  return t === kind && typeof s === 'string' ? { ...entry, state: s } : undefined
}

function feedOf(store: Store): Partial<Feed> {
  const { announce, follow } = store as Store & Partial<Feed>
  return announce && follow
    ? { announce: (notices) => announce.call(store, notices), follow: (...how) => follow.call(store, ...how) }
    : {}
}
