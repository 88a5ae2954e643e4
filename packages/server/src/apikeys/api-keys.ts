// Who may use the backend routes: the key of the settings, which is there before anything else, and those in the store.

import { createHash, timingSafeEqual } from 'node:crypto'

import type { Role } from './role.ts'
import type { ApiKeyInfo, StoredApiKeys } from './stored-api-keys.ts'

/** Whose key it is: `name` is for people, and told to whoever reads the audit trail. */
export interface Holder {
  /** A public name of the key itself: whoever knows it knows nothing that opens anything. */
  readonly id: string
  readonly name: string
  readonly role: Role
}

export interface ApiKeys {
  /** Whose a key is; undefined if it is none of ours. Rejects with `store_unavailable`. */
  holderOf(key: string): Promise<Holder | undefined>
  /** Whose the key of that id is, while it is good. Rejects with `store_unavailable`. */
  holderOfId(id: string): Promise<Holder | undefined>
  /** The keys in the store, the oldest first. Rejects with `store_unavailable`. */
  list(): Promise<readonly ApiKeyInfo[]>
  /** Takes a key in the store back. Resolves to false if there was none of that id. Rejects with `store_unavailable`. */
  revoke(id: string): Promise<boolean>
}

interface GivenKey extends Omit<Holder, 'id'> {
  readonly key: string
}

/** Keys that are given from the start, kept as digests only, and those in the store. */
export function apiKeys(given: readonly GivenKey[], stored?: StoredApiKeys): ApiKeys {
  const known = given.map(({ key, name, role }) => {
    const digest = digestOf(key)
    return { digest, holder: { id: idOf(digest), name, role } }
  })
  const byId = new Map(known.map(({ holder }) => [holder.id, holder]))
  return {
    async holderOf(key) {
      const digest = digestOf(key)
      let holder: Holder | undefined
      // All are compared, so that the time does not tell which one it was.
      for (const one of known) if (timingSafeEqual(one.digest, digest)) holder = one.holder
      return holder ?? inStore(await stored?.recognise(key))
    },
    async holderOfId(id) {
      return byId.get(id) ?? inStore(await stored?.known(id))
    },
    list: async () => (await stored?.list()) ?? [],
    revoke: async (id) => (await stored?.revoke(id)) ?? false,
  }
}

// What a key is called is no name of its own: two may be called the same.
function inStore(info: ApiKeyInfo | undefined): Holder | undefined {
  return info && { id: info.id, name: `${info.name} (${info.id})`.trim(), role: info.role }
}

// Of a digest, so that it says nothing of the key; and another one as soon as the key is another one.
function idOf(digest: Buffer): string {
  return `given-${createHash('sha256').update(digest).digest('base64url').slice(0, 16)}`
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
