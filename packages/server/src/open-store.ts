// The store that a URL names.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import type { Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'

import { SettingsError } from './settings.ts'

export interface OpenStore {
  readonly store: Store
  readonly kind: 'memory' | 'sqlite'
  /** What a person is told: the URL without anything secret in it. */
  readonly shown: string
  close(): Promise<void>
}

/** Opens the store of a URL; throws a SettingsError for one that it does not know. */
export function openStore(url: string): OpenStore {
  if (url === 'memory:')
    return { store: memoryStore(), kind: 'memory', shown: 'memory', close: async () => {} }
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1]
  if (path !== undefined) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const store = sqliteStore(path)
    return { store, kind: 'sqlite', shown: `SQLite in ${path}`, close: () => store.close() }
  }
  throw new SettingsError([`SOJOURN_STORE names no store: write sqlite:PATH or memory:`])
}
