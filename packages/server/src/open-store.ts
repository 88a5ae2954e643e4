// Opening the store that the settings name.

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

/** Opens a store; throws a SettingsError that says why it cannot be used. `place` is where a person can change it. */
export function openStore(location: StoreLocation, place: string): OpenStore {
  switch (location.kind) {
    case 'memory':
      return { store: memoryStore(), shown: 'sessions in memory', close: async () => {} }
    case 'sqlite': {
      const store = openSqlite(location.path, place)
      return { store, shown: `sessions in ${location.path}`, close: () => store.close() }
    }
  }
}

function openSqlite(path: string, place: string): ReturnType<typeof sqliteStore> {
  try {
    return sqliteStore(path)
  } catch (error) {
    if (!(error instanceof SojournError)) throw error
    throw new SettingsError([`${place} names a store that cannot be used. ${error.detail}`])
  }
}
