// API keys in the store, beside the sessions: so every server on that store knows a new key at once, and none knows a
// revoked one any more. The store holds a digest of a key and never the key; whoever steals it has nothing to show.
//
// A key is found by its own digest, so no key is compared with another one's; what is found is compared in constant time.
// Keys of one issuer and environment share an owner, which no subject has.

import { createHash, timingSafeEqual } from 'node:crypto'

import { SojournError, type Entry, type Store } from 'sojourn'

import { newApiKey } from '../credentials-file.ts'
import type { Role } from './role.ts'

/** What is known of a key, and may be shown. */
export interface ApiKeyInfo {
  /** Its public name: shown, logged, and revoked by. */
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  /** To the hour; absent for a key that was never used. */
  readonly lastUsedAt?: number
  readonly expiresAt?: number
}

export interface StoredApiKeys {
  /** Makes a key. It is told here and never again. */
  create(of: { readonly role: Role; readonly name: string; readonly expiresAt?: number }): Promise<{
    readonly key: string
    readonly info: ApiKeyInfo
  }>
  /** All keys that are good, the oldest first. */
  list(): Promise<readonly ApiKeyInfo[]>
  /** Takes a key back, on every server at once. Resolves to false if there was none of that id. */
  revoke(id: string): Promise<boolean>
  /** What is known of a key that somebody shows; undefined if it is none of ours, or not any more. */
  recognise(key: string): Promise<ApiKeyInfo | undefined>
  /** What is known of the key of that id; undefined if there is none that is good. */
  known(id: string): Promise<ApiKeyInfo | undefined>
}

export interface StoredApiKeysOptions {
  readonly store: Store
  /** Keys of one application are nothing to another one on the same store. */
  readonly issuer: string
  readonly environment: string
  readonly clock: () => number
}

// As `newApiKey` makes them. What looks different is never asked of the store.
const shape = /^sjk_[\w-]{43}$/
// A key that nobody has used for so long is forgotten: each use puts that off.
const keptFor = 400 * 24 * 3_600_000
// Written down no more often than this, so that reading does not become writing.
const coarse = 3_600_000

interface State {
  readonly t: 'apikey'
  readonly digest: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  readonly lastUsedAt?: number
  readonly expiresAt?: number
}

export function storedApiKeys({ store, issuer, environment, clock }: StoredApiKeysOptions): StoredApiKeys {
  const owner = digestOf(`api keys ${environment} ${issuer}`).toString('base64url').slice(0, 24)
  const idOf = (digest: Buffer): string => owner.slice(0, 8) + digest.toString('base64url').slice(0, 16)

  const ownEntry = async (id: string): Promise<{ entry: Entry; state: State } | undefined> => {
    const entry = id.startsWith(owner.slice(0, 8)) ? await store.find(id) : undefined
    const state = entry?.owner === owner ? stateOf(entry) : undefined
    return entry && state && { entry, state }
  }

  const touch = async (entry: Entry, state: State, now: number): Promise<void> => {
    if (state.lastUsedAt !== undefined && now - state.lastUsedAt < coarse) return
    // Somebody else may do so at the same time: one of the two is enough.
    await store.replace(entryOf({ ...entry, version: entry.version + 1 }, { ...state, lastUsedAt: now }))
  }

  return {
    async create({ role, name, expiresAt }) {
      const key = newApiKey()
      const digest = digestOf(key)
      const state: State = {
        t: 'apikey',
        digest: digest.toString('base64url'),
        name,
        role,
        createdAt: clock(),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }
      const entry = entryOf({ id: idOf(digest), owner, version: 1 }, state)
      if (!(await store.insert(entry)))
        throw new SojournError('store_unavailable', {
          detail: 'An API key was taken already.',
          retryAfter: 1,
        })
      return { key, info: infoOf(entry.id, state) }
    },
    async list() {
      const now = clock()
      const found = (await store.list(owner)).map((entry) => ({ id: entry.id, state: stateOf(entry) }))
      return found
        .flatMap(({ id, state }) => (state && isGood(state, now) ? [infoOf(id, state)] : []))
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    },
    async revoke(id) {
      return (await ownEntry(id)) !== undefined && store.remove(id)
    },
    async known(id) {
      const own = await ownEntry(id)
      return own && isGood(own.state, clock()) ? infoOf(id, own.state) : undefined
    },
    async recognise(key) {
      if (!shape.test(key)) return undefined
      const now = clock()
      const digest = digestOf(key)
      const entry = await store.find(idOf(digest))
      const state = entry && stateOf(entry)
      if (!state || !timingSafeEqual(Buffer.from(state.digest, 'base64url'), digest)) return undefined
      if (!isGood(state, now)) return undefined
      await touch(entry, state, now)
      return infoOf(entry.id, state)
    },
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function entryOf({ id, owner, version }: Pick<Entry, 'id' | 'owner' | 'version'>, state: State): Entry {
  const seenAt = state.lastUsedAt ?? state.createdAt
  const expiresAt = Math.min(seenAt + keptFor, state.expiresAt ?? Infinity)
  return { id, owner, version, expiresAt, state: JSON.stringify(state) }
}

function stateOf({ state }: Entry): State | undefined {
  const read = JSON.parse(state) as Partial<State>
  return read.t === 'apikey' ? (read as State) : undefined
}

function isGood({ createdAt, lastUsedAt = createdAt, expiresAt = Infinity }: State, now: number): boolean {
  return now < expiresAt && now < lastUsedAt + keptFor
}

function infoOf(id: string, { name, role, createdAt, lastUsedAt, expiresAt }: State): ApiKeyInfo {
  return {
    id,
    name,
    role,
    createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
