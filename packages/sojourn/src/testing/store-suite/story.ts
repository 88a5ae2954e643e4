// A test of the store suite, and what all of them are told with.

import type { Entry, Store } from '../../core/store.ts'

/** One behaviour, told on a store with nothing in it. Rejects if the store does otherwise. */
export interface Story<S = Store> {
  readonly title: string
  readonly tell: (store: S) => Promise<void>
}

/** The instant around which the stories play: in 2100, so that a database that forgets by its own clock keeps it all. */
export const noon = 4_102_488_000_000

/** An owner as sessions have them: 24 characters of base64url, of which the very first ones differ. */
export function ownerNamed(number: number): string {
  const digits = String(number).padStart(5, '0').split('')
  return `${digits.reverse().join('')}-an-owner-_ABCDEFGH`
}

/** In the order of their ids. */
export function sorted(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** A new entry of an owner. `name` tells its id from those of the owner's others. */
export function entryOf(owner: string, name: string | number, rest: Partial<Entry> = {}): Entry {
  const id = `${owner.slice(0, 8)}-${name}`
  return { id, owner, version: 1, expiresAt: noon + 3_600_000, state: `state of ${name}`, ...rest }
}

/** What comes after an entry. */
export function successorOf(entry: Entry, rest: Partial<Entry> = {}): Entry {
  return { ...entry, version: entry.version + 1, ...rest }
}

/** Inserts one after another; throws if one of them was there. */
export async function insertAll(store: Store, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    if (!(await store.insert(entry)))
      throw new Error(`The entry ${JSON.stringify(entry.id)} was there already`)
  }
}

/** `0` to `count - 1`, each through `make`. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** How many of them are true. */
export function countTrue(results: readonly boolean[]): number {
  return results.filter(Boolean).length
}

/** The ids of entries, sorted: `list` promises no order. */
export function idsOf(entries: readonly Entry[]): string[] {
  return entries.map(({ id }) => id).sort()
}
