// The keys under which the data of sessions is encrypted: one for each subject, in a ring with those from before it, which
// kept-rings.ts finds and remembers. Here is what they seal and open, and what becomes of a ring.
//
// An anonymous session has no subject: its key is derived from a secret and its owner, which is nobody else's.

import { Buffer } from 'node:buffer'

import { hmac, secretKey, type SecretKey } from './crypto.ts'
import { sealData, unsealData, type DataContext, type Sealed } from './data-cipher.ts'
import type { EncryptionSettings, MasterKey } from './data-options.ts'
import {
  isCurrent,
  isOutdated,
  newDataKey,
  rewrapped,
  ringId,
  type DataKey,
  type DataRing,
} from './data-ring.ts'
import { SojournError } from './errors.ts'
import { attempts, contended, KeptRings, type KeptRingsOptions } from './kept-rings.ts'
import type { Random } from './system.ts'
import type { Instant, Milliseconds } from './time.ts'

export interface DataKeysOptions extends EncryptionSettings, KeptRingsOptions {
  /** The longest that any session may live. */
  readonly longestLife: Milliseconds
  readonly random: Random
}

/** Whose data. */
export interface DataOf {
  readonly subject?: string | undefined
  readonly owner: string
  readonly sessionId: string
  readonly version: number
  readonly schemaVersion: number
}

/** Of a key, what opens nothing. */
export interface DataKeyFacts {
  readonly keyId: string
  readonly createdAt: Instant
  readonly keptUntil: Instant
}

/** What became of opening: the data and the name of its key, or why there is none. */
export type Opened =
  | { readonly kind: 'opened'; readonly data: unknown; readonly key: string }
  | { readonly kind: 'erased' | 'tampered' | 'locked' }

// No key of a subject has a name that begins like this.
const anonymousPrefix = '~'

export class DataKeys {
  readonly #options: DataKeysOptions
  readonly #rings: KeptRings

  constructor(options: DataKeysOptions) {
    this.#options = options
    this.#rings = new KeptRings(options)
  }

  /** How many subjects' keys are remembered. */
  get size(): number {
    return this.#rings.size
  }

  /** Where the keys of an owner are kept. */
  idOf(owner: string): string {
    return ringId(this.#options, owner)
  }

  /** Forgets what is remembered of these keys, and whatever is being read: it may be from before. */
  forget(id: string): void {
    this.#rings.forget(id)
  }

  /**
   * Seals data. `from` is the key under which it was before: where that is gone the answer is undefined, so that what was
   * erased is not written again under another key. `until` is when the session may be forgotten. Rejects with
   * `data_locked` or `store_unavailable`.
   */
  async seal(
    data: unknown,
    of: DataOf,
    {
      from,
      until,
      now,
    }: { readonly from: string | undefined; readonly until: Instant; readonly now: Instant },
  ): Promise<Sealed | undefined> {
    const { random, masters } = this.#options
    const context = this.#context(of)
    if (of.subject === undefined) {
      const master = masters[0]!
      return sealData(anonymousKey(master, of.owner), data, context, random)
    }
    const key = await this.#keyToSeal(this.idOf(of.owner), from, until, now)
    if (key === undefined) return undefined
    const { id, secret } = key
    if (secret === undefined) throw lockedError()
    return sealData({ id, secret }, data, context, random)
  }

  /** Opens what was sealed. Rejects with `store_unavailable`. */
  async open(sealed: Sealed, of: DataOf, now: Instant): Promise<Opened> {
    const [id] = sealed
    const secret = id.startsWith(anonymousPrefix)
      ? this.#options.masters.map((master) => anonymousKey(master, of.owner)).find((key) => key.id === id)
          ?.secret
      : await this.#keyToOpen(this.idOf(of.owner), id, now)
    if (secret === 'erased') return { kind: 'erased' }
    if (secret === undefined) return { kind: 'locked' }
    const opened = unsealData(secret, sealed, this.#context(of))
    return opened ? { kind: 'opened', data: opened.data, key: id } : { kind: 'tampered' }
  }

  /** What may be told of the keys of an owner, as the store has them now, the newest first: never a key. */
  async facts(owner: string, now: Instant): Promise<readonly DataKeyFacts[]> {
    const id = this.idOf(owner)
    this.forget(id)
    const ring = await this.#rings.find(id, now)
    return (ring?.keys ?? []).map(({ id: keyId, createdAt, until }) => ({
      keyId,
      createdAt,
      keptUntil: until ?? ring!.expiresAt,
    }))
  }

  /** Whether what is sealed under this key would be sealed under another one today. */
  async isOutdated(key: string, owner: string, now: Instant): Promise<boolean> {
    if (key.startsWith(anonymousPrefix)) return key !== anonymousKey(this.#options.masters[0]!, owner).id
    return (await this.#rings.find(this.idOf(owner), now))?.keys[0].id !== key
  }

  /** A new key for what is written from now on. Resolves to false where the owner has none. */
  async rotate(owner: string, now: Instant): Promise<boolean> {
    const ring = await this.#rings.change(this.idOf(owner), now, (kept) => this.#rotated(kept, now))
    return ring !== undefined
  }

  /** Puts the keys in an entry under the newest secret. */
  async rewrap(id: string, now: Instant): Promise<'current' | 'rewrapped' | 'unreadable' | 'gone'> {
    let outcome: 'current' | 'rewrapped' = 'current'
    const ring = await this.#rings.change(id, now, (kept) => {
      const next = this.#rewrapped(kept)
      outcome = next === kept ? 'current' : 'rewrapped'
      return next
    })
    if (!ring) return 'gone'
    return isCurrent(ring, this.#options.masters) ? outcome : 'unreadable'
  }

  /** Drops the keys: whatever is under them can never be read again. Resolves to false if there were none. */
  async drop(owner: string): Promise<boolean> {
    return this.#rings.remove(this.idOf(owner))
  }

  #context({ owner, sessionId, version, schemaVersion }: DataOf): DataContext {
    const { issuer, environment } = this.#options
    return { issuer, environment, owner, sessionId, version, schemaVersion }
  }

  async #keyToOpen(id: string, key: string, now: Instant): Promise<SecretKey | 'erased' | undefined> {
    const ring = await this.#rings.findWith(id, key, now)
    return ring ? ring.keys.find((one) => one.id === key)?.secret : 'erased'
  }

  async #keyToSeal(
    id: string,
    from: string | undefined,
    until: Instant,
    now: Instant,
  ): Promise<DataKey | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      let ring = await (from === undefined ? this.#rings.find(id, now) : this.#rings.findWith(id, from, now))
      if (!ring && from !== undefined) return undefined
      ring ??= await this.#rings.create(id, () => this.#made(id, until, now), now)
      if (ring.keys[0].secret === undefined) throw lockedError()
      if (!this.#needsUpkeep(ring, until, now)) return ring.keys[0]
      await this.#rings.change(id, now, (kept) => this.#kept(kept, until, now))
    }
    throw contended()
  }

  #made(id: string, until: Instant, now: Instant): DataRing {
    const { masters, random } = this.#options
    const keys: DataRing['keys'] = [newDataKey(id, masters, random, now)]
    return { id, version: 1, expiresAt: this.#lasting(until), keys }
  }

  #needsUpkeep(ring: DataRing, until: Instant, now: Instant): boolean {
    const { masters, rotateEvery } = this.#options
    return ring.expiresAt < until || isOutdated(ring, masters) || now - ring.keys[0].createdAt >= rotateEvery
  }

  #kept(ring: DataRing, until: Instant, now: Instant): DataRing {
    const { rotateEvery } = this.#options
    const isOld = now - ring.keys[0].createdAt >= rotateEvery
    const next = this.#rewrapped(isOld ? this.#rotated(ring, now) : ring)
    return next.expiresAt < until ? { ...next, expiresAt: this.#lasting(until) } : next
  }

  // It lives on for as long as the longest session, so that it is seldom written again.
  #lasting(until: Instant): Instant {
    return Math.ceil(until + this.#options.longestLife)
  }

  // Whatever was written under the former key has gone by when the entry expires: sessions that live longer move that.
  #rotated(ring: DataRing, now: Instant): DataRing {
    const { masters, random } = this.#options
    const [former, ...older] = ring.keys
    const needed = [{ ...former, until: ring.expiresAt }, ...older].filter(
      ({ until }) => (until ?? now) > now,
    )
    return { ...ring, keys: [newDataKey(ring.id, masters, random, now), ...needed] }
  }

  #rewrapped(ring: DataRing): DataRing {
    const { masters, random } = this.#options
    return isOutdated(ring, masters) ? rewrapped(ring, masters, random) : ring
  }
}

function anonymousKey({ mark, anonymous }: MasterKey, owner: string): { id: string; secret: SecretKey } {
  return { id: `${anonymousPrefix}${mark}`, secret: secretKey(hmac(anonymous)(Buffer.from(owner, 'utf8'))) }
}

/** No secret that is configured here opens the data. */
export function lockedError(): SojournError {
  return new SojournError('data_locked', { retryAfter: 5 })
}
