// A folder of its own for each SQLite store of the tests.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../src/sqlite.ts'

export interface OpenedSqlite {
  readonly store: SqliteStore
  readonly file: string
  close(): Promise<void>
}

/** A folder that is there until `remove` is called. */
export function makeFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A store on a new file; closing it removes the file. */
export function openSqlite(options: SqliteStoreOptions = {}): OpenedSqlite {
  const { folder, remove } = makeFolder()
  const file = join(folder, 'sessions.db')
  const store = sqliteStore(file, options)
  return {
    store,
    file,
    close: async () => {
      await store.close()
      remove()
    },
  }
}
