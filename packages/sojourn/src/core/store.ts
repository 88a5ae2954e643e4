// Where entries live. A store keeps, finds, replaces and forgets; it knows no rule of a session and has no clock.
// That is why every store serves the same rules, and why one conformance suite (`sojourn/testing`) judges them all.

import type { Instant } from './time.ts'

/** What a store keeps. Nothing in it signs anybody in. All text is well-formed Unicode without NUL. */
export interface Entry {
  /** Unique. Begins with the first eight characters of `owner`, so both fall into one partition. */
  readonly id: string
  /** Whose it is: a digest, the same for all sessions of one subject. At least eight characters. */
  readonly owner: string
  /** Starts at 1 and grows by one with each replacement. */
  readonly version: number
  /** From when on the entry may be forgotten. A store with a clock may do so by itself; the others are swept. */
  readonly expiresAt: Instant
  /** Opaque to the store. */
  readonly state: string
}

/**
 * The contract of a store. Each operation is atomic and one round trip; each fails by rejecting, never by pretending.
 */
export interface Store {
  /** Keeps a new entry. Resolves to false, and changes nothing, if the id is taken. */
  insert(entry: Entry): Promise<boolean>
  /** The entry of that id. Resolves to undefined if there is none; one that has expired may or may not be found. */
  find(id: string): Promise<Entry | undefined>
  /**
   * Puts an entry in the place of the kept one whose version is exactly one lower. Resolves to false, and changes
   * nothing, if that is not the kept version or if there is none: it never revives and never overwrites.
   */
  replace(entry: Entry): Promise<boolean>
  /** Forgets an entry, whatever its version. Resolves to false if there was none. */
  remove(id: string): Promise<boolean>
  /** All entries of an owner, in no particular order; those that have expired may or may not be among them. */
  list(owner: string): Promise<readonly Entry[]>
  /** Forgets all entries of an owner but one, and resolves to the ids of those that were there. */
  removeAll(owner: string, except?: string): Promise<readonly string[]>
}

/** A store that keeps entries in order, and keeps those that have expired until it is swept. */
export interface Sweepable {
  /**
   * Forgets at most `limit` entries with `expiresAt <= before`, the oldest first, and resolves to how many.
   * Fewer than `limit` means that none is left.
   */
  sweep(before: Instant, limit: number): Promise<number>
  /**
   * How many entries there are with `expiresAt <= before`, counted up to `limit` and no further: it takes no longer than
   * looking at so many, however many there are.
   */
  backlog(before: Instant, limit: number): Promise<number>
}

/** A store that can be read from one end to the other. */
export interface Browsable {
  /**
   * The next at most `limit` entries, going on where `cursor` says; `next` is absent at the end. An entry that is there
   * from the first call to the last is seen. A store that keeps entries in order (`Sweepable`) shows each once, in the
   * order of their ids; another may show one twice, and takes only cursors that it has given: it rejects any other with a
   * `SojournError` that is `request_malformed`, so that nobody takes it for an outage.
   */
  scan(
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly items: readonly Entry[]; readonly next?: string }>
}

/** A store that can say how much it holds. */
export interface Measurable {
  /** Counts and size at this moment; `bytes` is what the entries take where they live. */
  stats(now: Instant): Promise<{ readonly live: number; readonly expired: number; readonly bytes: number }>
}

/** A store that holds files, connections or timers. */
export interface Closable {
  /** Waits for what is under way, then lets go. Later calls reject. */
  close(): Promise<void>
}

export function isSweepable(store: object): store is Sweepable {
  return 'sweep' in store
}

export function isBrowsable(store: object): store is Browsable {
  return 'scan' in store
}

export function isMeasurable(store: object): store is Measurable {
  return 'stats' in store
}

export function isClosable(store: object): store is Closable {
  return 'close' in store
}
