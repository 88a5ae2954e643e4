// Opening a store of express-session. Clients that nobody needs are not even loaded.

import { SojournError } from 'sojourn'

import type { StoreLocation } from '../store-url.ts'
import type { FormerStore, FormerStoreOptions } from './former-store.ts'

/** Opens it. Rejects with `request_malformed` where it holds no sessions of express-session. */
export async function openFormerStore(
  location: StoreLocation,
  options: FormerStoreOptions,
): Promise<FormerStore> {
  switch (location.kind) {
    case 'redis':
      return (await import('./former-redis.ts')).openFormerRedis(location, options)
    case 'postgres':
      return (await import('./former-postgres.ts')).openFormerPostgres(location, options)
    case 'sqlite':
      return (await import('./former-sqlite.ts')).openFormerSqlite(location.path, options)
    case 'memory':
      throw new SojournError('request_malformed', { detail: 'Nobody sees the memory of another process.' })
  }
}
