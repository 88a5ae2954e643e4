// The SQLite store with real processes: eight that share a file, and some that are killed while they write.

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

import { sqliteStore } from '../../src/sqlite.ts'
import { makeFolder } from './sqlite-folder.ts'
import { additionsEach, counterId, insertsEach, ownerOf, writtenId, type Shared } from './sqlite-writer.ts'

function start(
  ...args: readonly [job: 'share' | 'storm', file: string, name: string]
): ChildProcessByStdio<null, Readable, null> {
  const script = join(import.meta.dirname, 'sqlite-writer.ts')
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
}

function integrityOf(file: string): unknown {
  const database = new DatabaseSync(file)
  const row = database.prepare('PRAGMA integrity_check').get()
  database.close()
  return row?.['integrity_check']
}

describe('SQLite store, several processes', () => {
  it('R210 eight processes that make, fill and close one file: none is told "busy" and nothing is lost', async () => {
    const { folder, remove } = makeFolder()
    const file = join(folder, 'shared.db')
    const names = Array.from({ length: 8 }, (_, index) => `proc${index}`)
    // The first few begin on a file that is not there yet; the counter joins them.
    const processes = names.map((name) => start('share', file, name))
    const store = sqliteStore(file)
    await store.insert({
      id: counterId,
      owner: 'counter0',
      version: 1,
      expiresAt: 1_800_000_000_000,
      state: '0',
    })
    const reports = await Promise.all(
      processes.map(async ({ stdout }) => JSON.parse(await text(stdout)) as Shared),
    )

    expect(reports).toEqual(names.map(() => ({ inserted: insertsEach, added: additionsEach, errors: [] })))
    const counter = await store.find(counterId)
    expect(counter).toMatchObject({ state: `${8 * additionsEach}`, version: 8 * additionsEach + 1 })
    for (const name of names) expect(await store.list(ownerOf(name))).toHaveLength(insertsEach)
    expect(await store.find(writtenId('proc0', -1))).toBeUndefined()
    await store.close()
    expect(integrityOf(file)).toBe('ok')
    remove()
  })

  it('a process killed in the middle of its writes: whatever it was answered is there, and the file is sound', async () => {
    const { folder, remove } = makeFolder()
    const file = join(folder, 'storm.db')
    for (const round of [0, 1, 2]) {
      const name = `storm${round}`
      const process = start('storm', file, name)
      const said: string[] = []
      process.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said.push(chunk)
        if (said.join('').length > 20_000 + round * 7_777) process.kill('SIGKILL')
      })
      await once(process, 'close')
      expect(process.signalCode).toBe('SIGKILL')

      const answered = new Map(said.join('').split('\n').slice(0, -1).map(acknowledgement))
      const lastAnswered = [...answered.keys()].at(-1)
      const store = sqliteStore(file)
      for (const [id, version] of answered) {
        const kept = await store.find(id)
        // The very last entry may have come further than its process could say.
        if (id === lastAnswered) continue
        expect([id, kept?.version ?? 0]).toEqual([id, version])
      }
      expect(answered.size).toBeGreaterThan(100)
      await store.close()
      expect(integrityOf(file)).toBe('ok')
    }
    remove()
  })
})

function acknowledgement(line: string): [id: string, version: number] {
  const { id, version } = JSON.parse(line) as { id: string; version: number }
  return [id, version]
}
