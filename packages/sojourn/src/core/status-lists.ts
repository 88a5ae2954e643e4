// Which sessions are over, for verifiers that hear of no notices (draft-ietf-oauth-status-list-20): every session has a
// place in a list, its access tokens name it, and the list is a JWT that anybody may fetch and keep for a while.
//
// An entry tells that a place is invalid, for as long as an access token of its session could still be good. All entries of
// a list have one owner, so a list is made from one `list` of the store: as many entries as there were sign-outs in a few
// minutes, however many sessions there are.

import { sha256Text } from './crypto.ts'
import type { Session } from './session.ts'
import { signForOthers } from './signed-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { encodeStatusList } from './status-list.ts'
import {
  listSize,
  markOfList,
  ownerOfList,
  renewMark,
  statusIndexes,
  type StatusIndexOptions,
  type StatusPlace,
} from './status-index.ts'
import { numericDate, type Instant, type Milliseconds } from './time.ts'

export interface StatusListsOptions extends StatusIndexOptions {
  /** The URL under which the lists are, each by its name. */
  readonly url: string
  /** How long a verifier may keep a list. */
  readonly ttl: Milliseconds
  /** How long a list that was not fetched again is good at the most. */
  readonly goodFor: Milliseconds
  /** For how long an access token of a session that is over may be good yet. */
  readonly keepFor: Milliseconds
  readonly keys: SigningKeys
}

/** A list as it is served. */
export interface ServedStatusList {
  /** The JWT, of the media type `application/statuslist+jwt`. */
  readonly token: string
  readonly etag: string
  /** How long it may be kept, in seconds. */
  readonly maxAge: number
}

interface Made extends ServedStatusList {
  readonly invalid: string
  readonly at: Instant
  lookedAt: Instant
}

// However often a list is asked for, the store is asked once in this time.
const lookEvery = 1000
const mostMade = 100
const name = /^[A-Za-z0-9_-]{16}$/

export class StatusLists {
  readonly #options: StatusListsOptions
  readonly #next: (now: Instant) => Promise<StatusPlace>
  readonly #made = new Map<string, Made>()
  readonly #making = new Map<string, Promise<Made | undefined>>()

  constructor(options: StatusListsOptions) {
    this.#options = options
    this.#next = statusIndexes(options)
  }

  /** A place that nobody has had before. Rejects with `store_unavailable`. */
  newPlace(now: Instant): Promise<StatusPlace> {
    return this.#next(now)
  }

  /** The `uri` of a list. */
  uriOf(list: string): string {
    return `${this.#options.url}/${list}`
  }

  /** Notes that the place of a session is invalid. Rejects with `store_unavailable`. */
  async invalidate({ id, status }: Session, now: Instant): Promise<void> {
    if (!status) return
    const { store, keepFor } = this.#options
    const owner = ownerOfList(this.#options, status.list)
    await store.insert({
      id: owner.slice(0, 8) + id.slice(8),
      owner,
      version: 1,
      expiresAt: now + keepFor,
      state: JSON.stringify({ t: 'status', i: status.index }),
    })
    // What is being made may be from before.
    this.#made.delete(status.list)
    this.#making.delete(status.list)
  }

  /** The list of that name; undefined if there is none. Rejects with `store_unavailable`. */
  async serve(list: string, now: Instant): Promise<ServedStatusList | undefined> {
    if (!name.test(list)) return undefined
    const known = this.#made.get(list)
    if (known && now - known.lookedAt < lookEvery && now >= known.lookedAt) return known
    // Anybody may ask, and however many do at once, one answer is made for all.
    const making =
      this.#making.get(list) ?? this.#look(list, known, now).finally(() => this.#making.delete(list))
    this.#making.set(list, making)
    return making
  }

  async #look(list: string, known: Made | undefined, now: Instant): Promise<Made | undefined> {
    const entries = await this.#options.store.list(ownerOfList(this.#options, list))
    if (!entries.some(({ id }) => id === markOfList(this.#options, list))) return undefined
    const states = entries.map(({ state }) => JSON.parse(state) as { t: string; i?: number })
    const indexes = states.flatMap(({ t, i }) => (t === 'status' && i !== undefined ? [i] : []))
    const sorted = indexes.toSorted((a, b) => a - b)
    const made = await this.#make(list, sorted, known, now)
    await renewMark(this.#options, list, now)
    return made
  }

  async #make(list: string, indexes: number[], known: Made | undefined, now: Instant): Promise<Made> {
    const { ttl, goodFor, keys } = this.#options
    const invalid = indexes.join()
    // The same list goes on for a while, so that whoever has it is told so in a few bytes.
    if (known?.invalid === invalid && now >= known.at && now - known.at < ttl / 2) {
      known.lookedAt = now
      return known
    }
    if (keys.isDue(now)) await keys.refresh(now)
    const iat = numericDate(now)
    const token = signForOthers(keys.signer(), 'statuslist+jwt', {
      sub: this.uriOf(list),
      iat,
      exp: iat + numericDate(goodFor),
      ttl: numericDate(ttl),
      status_list: encodeStatusList(listSize, indexes),
    })
    const made = { token, etag: `"${sha256Text(token).slice(0, 22)}"`, maxAge: numericDate(ttl) }
    const kept: Made = { ...made, invalid, at: now, lookedAt: now }
    if (this.#made.size >= mostMade) this.#made.clear()
    this.#made.set(list, kept)
    return kept
  }
}
