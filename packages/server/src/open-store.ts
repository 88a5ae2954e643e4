// Opening the store that the settings name, and looking whether it is fit for sessions.

import type { Logger } from 'pino'
import { SojournError, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'

import { SettingsError } from './settings.ts'
import type { StoreLocation } from './store-url.ts'

export interface OpenStore {
  readonly store: Store
  /** What a person is told: where it is, without anything secret in it. */
  readonly shown: string
  close(): Promise<void>
}

/**
 * Opens a store; rejects with a SettingsError that says why it cannot be used. `place` is where a person can change it.
 * What it finds in the settings of the store that endangers sessions goes to the log.
 */
export async function openStore(location: StoreLocation, place: string, log: Logger): Promise<OpenStore> {
  try {
    switch (location.kind) {
      case 'memory':
        return { store: memoryStore(), shown: 'sessions in memory', close: async () => {} }
      case 'sqlite': {
        const store = sqliteStore(location.path)
        return { store, shown: `sessions in ${location.path}`, close: () => store.close() }
      }
      // Clients that nobody needs are not even loaded.
      case 'redis':
        return await (await import('./open-redis.ts')).openRedis(location, log)
      case 'postgres':
        return await (await import('./open-postgres.ts')).openPostgres(location, log)
    }
  } catch (error) {
    throw new SettingsError([`${place} names a store that cannot be used. ${reasonOf(error)}`])
  }
}

/** What a person can do about it, on one line. */
function reasonOf(error: unknown): string {
  if (error instanceof SojournError) return error.detail
  return error instanceof Error ? error.message : String(error)
}
