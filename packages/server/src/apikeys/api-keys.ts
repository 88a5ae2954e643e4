// Who may use the backend routes: the key of the settings, which is there before anything else, and those in the store.

import { createHash, timingSafeEqual } from 'node:crypto'

import type { Role } from './role.ts'
import type { StoredApiKeys } from './stored-api-keys.ts'

/** Whose key it is: `name` is for people, and told to whoever reads the audit trail. */
export interface Holder {
  readonly name: string
  readonly role: Role
}

export interface ApiKeys {
  /** Whose a key is; undefined if it is none of ours. Rejects with `store_unavailable`. */
  holderOf(key: string): Promise<Holder | undefined>
}

interface GivenKey extends Holder {
  readonly key: string
}

/** Keys that are given from the start, kept as digests only, and those in the store. */
export function apiKeys(given: readonly GivenKey[], stored?: StoredApiKeys): ApiKeys {
  const known = given.map(({ key, name, role }) => ({ digest: digestOf(key), holder: { name, role } }))
  return {
    async holderOf(key) {
      const digest = digestOf(key)
      let holder: Holder | undefined
      // All are compared, so that the time does not tell which one it was.
      for (const one of known) if (timingSafeEqual(one.digest, digest)) holder = one.holder
      return holder ?? inStore(key, stored)
    },
  }
}

// What a key is called is no name of its own: two may be called the same.
async function inStore(key: string, stored: StoredApiKeys | undefined): Promise<Holder | undefined> {
  const info = await stored?.recognise(key)
  return info && { name: `${info.name} (${info.id})`.trim(), role: info.role }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
