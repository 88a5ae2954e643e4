// What moves from one store to another: sessions, and whatever else is kept about them, such as by which identity provider
// they were signed in, and what leads to those of another session layer that wait for their people. Signing keys, API
// keys, leases and whose a secret is, which say what they are, stay where they are.

import { SojournError, type Browsable, type Entry, type Store } from 'sojourn'

/** How many entries are read at once, and how many may have to be done again after a crash. */
export const pageSize = 500

export interface MovablePage {
  readonly items: readonly Entry[]
  /** How many entries were looked at. */
  readonly read: number
  /** Where to go on; absent on the last page. */
  readonly next?: string
}

/** All live entries that move, page by page from a cursor; an entry may come twice where the store says so. */
export async function* movablePages(store: Store, cursor: string | undefined): AsyncGenerator<MovablePage> {
  if (!isBrowsable(store))
    throw new SojournError('request_malformed', {
      detail: 'This store cannot be read from one end to the other.',
    })
  let next = cursor
  do {
    const page = await scanFrom(store, next)
    next = page.next
    const now = Date.now()
    const items = page.items.filter((entry) => entry.expiresAt > now && isMovable(entry))
    yield { items, read: page.items.length, ...(next === undefined ? {} : { next }) }
  } while (next !== undefined)
}

// A cursor from before a restart of Redis means nothing to it: then everything is read again.
async function scanFrom(store: Browsable, cursor: string | undefined): ReturnType<Browsable['scan']> {
  try {
    return await store.scan(cursor, pageSize)
  } catch (error) {
    if (cursor === undefined || !(error instanceof SojournError) || error.code !== 'request_malformed')
      throw error
    return store.scan(undefined, pageSize)
  }
}

// Of status lists the lists move, but not which of their places are given next: two stores must not give the same ones.
const staying: ReadonlySet<unknown> = new Set([
  'keys',
  'apikey',
  'lease',
  'status lists',
  'data keys renewal',
  'secret',
])

export function isMovable({ state }: Entry): boolean {
  const { t } = JSON.parse(state) as { t?: unknown }
  return !staying.has(t)
}

function isBrowsable(store: Store): store is Store & Browsable {
  return 'scan' in store
}

/** Does the work on all items, some at once: enough to keep a store busy, and a fraction of what it carries. */
export async function together<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const atOnce = 32
  for (let from = 0; from < items.length; from += atOnce)
    await Promise.all(items.slice(from, from + atOnce).map(work))
}
