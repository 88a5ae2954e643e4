// The rings of data keys in the store, and what a node remembers of them.
//
// A remembered key is used for at most five minutes, and only while the feed is up to date: when a subject's key is
// dropped every node is told, and one that may not have heard asks the store. So after a drop has been answered a key is
// used no longer than the feed lags, and never longer than its patience; and whatever was written under it in between is
// unreadable from then on.

import type { EncryptionSettings, MasterKey } from './data-options.ts'
import { ringEntry, ringIn, type DataRing } from './data-ring.ts'
import { SojournError } from './errors.ts'
import type { Entry } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'

export interface KeptRingsOptions extends Pick<EncryptionSettings, 'keys' | 'masters'> {
  readonly issuer: string
  readonly environment: string
  /** How many subjects' keys are remembered. */
  readonly cacheSize: number
  /** Whether whatever was dropped elsewhere is known here. */
  readonly isFeedFresh: (now: Instant) => boolean
}

const rememberedFor: Milliseconds = 300_000
/** How often somebody else may have been faster. */
export const attempts = 16

export class KeptRings {
  readonly #options: KeptRingsOptions
  readonly #remembered = new Map<string, { readonly ring: DataRing; readonly at: Instant }>()
  readonly #loading = new Map<string, Promise<DataRing | undefined>>()

  constructor(options: KeptRingsOptions) {
    this.#options = options
  }

  /** How many are remembered. */
  get size(): number {
    return this.#remembered.size
  }

  /** Forgets what is remembered of these keys, and whatever is being read: it may be from before. */
  forget(id: string): void {
    this.#remembered.delete(id)
    this.#loading.delete(id)
  }

  /** The ring if it has this key. One that is remembered may be from before another node has made that key. */
  async findWith(id: string, key: string, now: Instant): Promise<DataRing | undefined> {
    const has = (ring: DataRing | undefined): boolean => ring?.keys.some((one) => one.id === key) === true
    const ring = await this.find(id, now)
    if (has(ring)) return ring
    this.forget(id)
    const read = await this.find(id, now)
    return has(read) ? read : undefined
  }

  /** The ring of this id, as it is remembered or kept. */
  async find(id: string, now: Instant): Promise<DataRing | undefined> {
    const known = this.#remembered.get(id)
    const age = known && now - known.at
    if (known && age! >= 0 && age! < rememberedFor && this.#options.isFeedFresh(now)) {
      // The one that was used last is forgotten last.
      this.#remembered.delete(id)
      this.#remembered.set(id, known)
      return known.ring
    }
    return this.#loading.get(id) ?? this.#load(id, now)
  }

  #load(id: string, now: Instant): Promise<DataRing | undefined> {
    const { keys, masters } = this.#options
    const loading = keys.find(id).then((entry) => {
      const ring = entry && readRing(entry, masters)
      // Unless it was forgotten while it was read.
      if (this.#loading.get(id) === loading) this.#remember(id, ring, now)
      return ring
    })
    this.#loading.set(id, loading)
    const done = (): void => {
      if (this.#loading.get(id) === loading) this.#loading.delete(id)
    }
    void loading.then(done, done)
    return loading
  }

  #remember(id: string, ring: DataRing | undefined, at: Instant): void {
    this.#remembered.delete(id)
    // One that cannot be used now may be wrapped by another secret soon.
    if (!ring || ring.keys.some((key) => key.secret === undefined)) return
    this.#remembered.set(id, { ring, at })
    if (this.#remembered.size <= this.#options.cacheSize) return
    const [oldest] = this.#remembered.keys()
    this.#remembered.delete(oldest!)
  }

  /** Keeps a new ring. Of several nodes that do this at once one wins, and the others take what it has made. */
  async create(id: string, make: () => DataRing, now: Instant): Promise<DataRing> {
    const { keys } = this.#options
    for (let attempt = 0; attempt < attempts; attempt++) {
      const ring = make()
      this.forget(id)
      if (await keys.insert(ringEntry(ring, this.#options))) return ring
      const found = await this.find(id, now)
      if (found) return found
    }
    throw contended()
  }

  /** Changes a ring, however often others do at once. Undefined if it is gone: it is not made again. */
  async change(id: string, now: Instant, turn: (ring: DataRing) => DataRing): Promise<DataRing | undefined> {
    const { keys } = this.#options
    for (let attempt = 0; attempt < attempts; attempt++) {
      this.forget(id)
      const kept = await this.find(id, now)
      if (!kept) return undefined
      const next = turn(kept)
      if (next === kept) return kept
      const written = { ...next, version: kept.version + 1 }
      const isOurs = await keys.replace(ringEntry(written, this.#options))
      this.forget(id)
      if (isOurs) return written
    }
    throw contended()
  }

  /** Resolves to false if there was none. */
  async remove(id: string): Promise<boolean> {
    this.forget(id)
    const wasThere = await this.#options.keys.remove(id)
    this.forget(id)
    return wasThere
  }
}

function readRing(entry: Entry, masters: readonly MasterKey[]): DataRing | undefined {
  try {
    return ringIn(entry, masters)
  } catch (cause) {
    throw new SojournError('data_locked', { cause, retryAfter: 5 })
  }
}

export function contended(): SojournError {
  return new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of the keys of one subject.',
    retryAfter: 1,
  })
}
