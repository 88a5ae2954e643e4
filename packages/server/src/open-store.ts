// Opening the store that the settings name, and looking whether it is fit for sessions.

import { join } from 'node:path'

import type { Logger } from 'pino'
import { SojournError, type Store } from 'sojourn'
import { memoryJournal } from 'sojourn/audit'
import { memoryStore } from 'sojourn/memory'
import { sqliteJournal, sqliteStore } from 'sojourn/sqlite'

import type { OpenJournal } from './audit/open-trail.ts'
import { SettingsError } from './settings.ts'
import type { StoreLocation } from './store-url.ts'

export interface OpenStore {
  readonly store: Store
  /** What a person is told: where it is, without anything secret in it. */
  readonly shown: string
  /** Opens the journal of the audit trail on the same database; `home` is the folder of further files. */
  openJournal(home: string): OpenJournal
  close(): Promise<void>
}

const mostInMemory = 50_000

/**
 * Opens a store; rejects with a SettingsError that says why it cannot be used. `place` is where a person can change it.
 * What it finds in the settings of the store that endangers sessions goes to the log.
 */
export async function openStore(location: StoreLocation, place: string, log: Logger): Promise<OpenStore> {
  try {
    switch (location.kind) {
      case 'memory':
        return {
          store: memoryStore(),
          shown: 'sessions in memory',
          openJournal: () => ({
            journal: memoryJournal(),
            keepMost: mostInMemory,
            close: () => {},
          }),
          close: async () => {},
        }
      case 'sqlite': {
        const store = sqliteStore(location.path)
        return {
          store,
          shown: `sessions in ${location.path}`,
          // A file of its own: who reads or writes it is in nobody's way.
          openJournal(home) {
            const journal = sqliteJournal(join(home, 'audit.db'))
            return { journal, close: () => journal.close() }
          },
          close: () => store.close(),
        }
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
