// Sweeping a SQLite file with much in it: the log is moved by a thread, and stays short; nothing of that outlives the sweep,
// and nothing needs it.

import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

import type { Entry } from '../../src/index.ts'
import { sqliteStore, type SqliteStore } from '../../src/sqlite.ts'
import { makeFolder, openSqlite } from './sqlite-folder.ts'

const noon = 1_700_000_000_000
const sweeper = join(import.meta.dirname, 'sqlite-sweeper.ts')

function entryOf(number: number, expiresAt = noon - (number % 997)): Entry {
  // Spread over the whole key, as real ids are: each lies in another page.
  const tag = ((number * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')
  return { id: `${tag}-${number}`, owner: `${tag}-owner`, version: 1, expiresAt, state: 'x'.repeat(250) }
}

/** Fills a file past the store, which would take longer. */
function fill(file: string, entries: number): void {
  const database = new DatabaseSync(file)
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')
  database.exec('BEGIN')
  for (let number = 0; number < entries; number++) {
    const { id, owner, version, expiresAt, state } = entryOf(number)
    insert.run(id, owner, version, expiresAt, state)
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

async function sweepAll(store: SqliteStore): Promise<number> {
  let removed = 0
  for (let batch = -1; batch !== 0;) {
    batch = await store.sweep(noon, 500)
    removed += batch
  }
  return removed
}

describe('sweeping a SQLite file', { timeout: 120_000 }, () => {
  it('R213 P41 removes all that has expired while others write, keeps the log short, and leaves a sound file', async () => {
    const { store, file, close } = openSqlite()
    fill(file, 20_000)
    const done = new AbortController()
    let written = 0
    const writeOn = async (): Promise<void> => {
      for (; !done.signal.aborted; written++) {
        expect(await store.insert(entryOf(100_000 + written, noon + 1))).toBe(true)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const writing = writeOn()
    const removed = await sweepAll(store)
    done.abort()
    await writing
    expect(removed).toBe(20_000)
    expect(await store.stats(noon)).toMatchObject({ live: written, expired: 0 })
    // All that was removed and written makes a hundred megabytes of log.
    expect(statSync(`${file}-wal`).size).toBeLessThan(70_000_000)
    const database = new DatabaseSync(file)
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
    await close()
  })

  it('has its log moved by somebody else than the process that sweeps', async () => {
    const { store, file, close } = openSqlite()
    fill(file, 3000)
    const before = statSync(file).mtimeMs
    expect(await store.sweep(noon, 1900)).toBe(1900)
    // Nothing has reached the file itself yet, as far as there is in the log.
    expect(statSync(file).mtimeMs).toBe(before)
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(4_200_000)
    expect(await store.sweep(noon, 100)).toBe(100)
    expect(statSync(file).mtimeMs).toBeGreaterThan(before)
    await close()
  })

  it('ends when it is done: no thread keeps a process alive, and none is needed where none is allowed', async () => {
    const { folder, remove } = makeFolder()
    for (const [name, flags] of [
      ['free', []],
      ['held', ['--permission', '--allow-fs-read=*', '--allow-fs-write=*']],
    ] as const) {
      const file = join(folder, `${name}.db`)
      await sqliteStore(file).close()
      fill(file, 5000)
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, sweeper, file])
      expect([name, stdout]).toEqual([name, '{"removed":5000}\n'])
    }
    remove()
  })
})
