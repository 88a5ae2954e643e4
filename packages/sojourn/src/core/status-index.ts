// Which places of a status list are given to whom. A node takes places in blocks, by compare-and-set on one entry that all
// nodes share, so no place is given twice, however many nodes there are; those of a block that is never used up stay empty.
//
// Whoever has a token sees its place, and must not learn from it how many sessions there were before: so the places of a
// list are shuffled, by a permutation that only the store knows, and lists are named by chance.

import { Buffer } from 'node:buffer'

import { decode, encode } from './base64url.ts'
import { hmac } from './crypto.ts'
import { SojournError } from './errors.ts'
import { ownerOf } from './session-token.ts'
import type { Store } from './store.ts'
import type { Random } from './system.ts'
import type { Instant, Milliseconds } from './time.ts'

/** A place in a list. */
export interface StatusPlace {
  readonly list: string
  readonly index: number
}

export interface StatusIndexOptions {
  readonly store: Store
  readonly issuer: string
  readonly environment: string
  readonly random: Random
}

/** A million places: 128 KiB, of which a list without revocations compresses to 200 bytes. */
export const listSize: number = 2 ** 20

const block = 64
const attempts = 50
// Written anew with every block, and with every reading long before it is over.
const keptFor: Milliseconds = 400 * 24 * 3_600_000

interface Current {
  readonly t: 'status lists'
  readonly list: string
  /** By which the places of the list are shuffled. */
  readonly seed: string
  /** How many of its places have been given to nodes. */
  readonly given: number
}

/** The owner of everything that is kept of one list. */
export function ownerOfList({ issuer, environment }: StatusIndexOptions, list: string): string {
  return ownerOf(`status ${environment} ${issuer}`, list)
}

/** The entry by which a list is known to be one of ours. No session has an id that ends like this. */
export function markOfList(options: StatusIndexOptions, list: string): string {
  return `${ownerOfList(options, list)}________`
}

/** Gives a new place with each call. Rejects with `store_unavailable`. */
export function statusIndexes(options: StatusIndexOptions): (now: Instant) => Promise<StatusPlace> {
  const { store, issuer, environment, random } = options
  const owner = ownerOf(`status ${environment} ${issuer}`, 'lists')
  const id = `${owner}________`
  let mine: StatusPlace[] = []
  let taking: Promise<void> | undefined

  async function takeBlock(now: Instant): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const kept = await store.find(id)
      const before = kept && (JSON.parse(kept.state) as Current)
      const isFull = !before || before.given + block > listSize
      const current: Current = isFull
        ? { t: 'status lists', list: encode(random(12)), seed: encode(random(32)), given: 0 }
        : before
      const state = JSON.stringify({ ...current, given: current.given + block })
      const entry = { id, owner, version: (kept?.version ?? 0) + 1, expiresAt: now + keptFor, state }
      // The list is known before anybody has a place in it.
      await renewMark(options, current.list, now)
      if (!(await (kept ? store.replace(entry) : store.insert(entry)))) continue
      const shuffle = shuffled(current.seed)
      mine = Array.from({ length: block }, (_, n) => ({
        list: current.list,
        index: shuffle(current.given + n),
      }))
      return
    }
    throw new SojournError('store_unavailable', {
      detail: 'Too many nodes take places in the status list at once.',
      retryAfter: 1,
    })
  }

  return async (now) => {
    for (let place = mine.pop(); ; place = mine.pop()) {
      if (place) return place
      taking ??= takeBlock(now).finally(() => (taking = undefined))
      await taking
    }
  }
}

/** Makes a list known, or keeps it known for long. */
export async function renewMark(options: StatusIndexOptions, list: string, now: Instant): Promise<void> {
  const [owner, id] = [ownerOfList(options, list), markOfList(options, list)]
  const kept = await options.store.find(id)
  if (kept && kept.expiresAt > now + keptFor / 2) return
  const entry = {
    id,
    owner,
    version: (kept?.version ?? 0) + 1,
    expiresAt: now + keptFor,
    state: JSON.stringify({ t: 'status list' }),
  }
  // Another node may do the same at this moment: one of the two is enough.
  await (kept ? options.store.replace(entry) : options.store.insert(entry))
}

// A Feistel network: whatever its function is, it is a permutation. Four rounds of a pseudorandom function make it one that
// nobody tells from chance (Luby and Rackoff); eight are as many as anybody takes for so few bits.
const halfOfList = 10
const rounds = 8

/** A permutation of the numbers below `4 ** half`, which the seed alone tells. */
export function shuffled(seed: string, half: number = halfOfList): (place: number) => number {
  const mac = hmac(decode(seed)!)
  const round = (number: number, value: number): number => {
    const digest = mac(Buffer.from([number, value >> 8, value & 255]))
    return ((digest[0]! << 8) | digest[1]!) & (2 ** half - 1)
  }
  return (place) => {
    let [left, right] = [place >> half, place & (2 ** half - 1)]
    for (let number = 0; number < rounds; number++) [left, right] = [right, left ^ round(number, right)]
    return (left << half) | right
  }
}
