// Who may use the backend routes. Keys are kept as digests only, and compared in constant time.

import { createHash, timingSafeEqual } from 'node:crypto'

export type Role = 'manage' | 'read'

export interface ApiKeys {
  /** The role of a key; undefined if it is none of ours. */
  roleOf(key: string): Role | undefined | Promise<Role | undefined>
}

/** Keys that are known from the start. */
export function fixedApiKeys(keys: readonly { readonly key: string; readonly role: Role }[]): ApiKeys {
  const known = keys.map(({ key, role }) => ({ digest: digestOf(key), role }))
  return {
    roleOf(key) {
      const digest = digestOf(key)
      let role: Role | undefined
      // All are compared, so that the time does not tell which one it was.
      for (const one of known) if (timingSafeEqual(one.digest, digest)) role = one.role
      return role
    },
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
