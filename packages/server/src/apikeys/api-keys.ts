// Who may use the backend routes: the key of the settings, which is there before anything else, and those in the store.

import { createHash, timingSafeEqual } from 'node:crypto'

import type { Role } from './role.ts'
import type { StoredApiKeys } from './stored-api-keys.ts'

export interface ApiKeys {
  /** The role of a key; undefined if it is none of ours. Rejects with `store_unavailable`. */
  roleOf(key: string): Promise<Role | undefined>
}

interface GivenKey {
  readonly key: string
  readonly role: Role
}

/** Keys that are given from the start, kept as digests only, and those in the store. */
export function apiKeys(given: readonly GivenKey[], stored?: StoredApiKeys): ApiKeys {
  const known = given.map(({ key, role }) => ({ digest: digestOf(key), role }))
  return {
    async roleOf(key) {
      const digest = digestOf(key)
      let role: Role | undefined
      // All are compared, so that the time does not tell which one it was.
      for (const one of known) if (timingSafeEqual(one.digest, digest)) role = one.role
      return role ?? (await stored?.recognise(key))?.role
    },
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
