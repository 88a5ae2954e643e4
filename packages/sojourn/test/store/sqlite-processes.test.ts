// The SQLite store with real processes: eight that share a file, and some that are killed while they write.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

import { sqliteStore } from '../../src/sqlite.ts'
import { makeFolder } from './sqlite-folder.ts'
import {
  additionsEach,
  counter,
  filesOpened,
  insertsEach,
  ownerOf,
  writtenId,
  type Job,
  type Shared,
} from './sqlite-writer.ts'

/** A process that is ready to begin, and the lines that it says from then on. */
interface Writer {
  readonly process: ChildProcess
  readonly said: () => readonly string[]
  begin(): void
}

async function start(job: Job, file: string, name: string): Promise<Writer> {
  const script = join(import.meta.dirname, 'sqlite-writer.ts')
  const child = spawn(process.execPath, [script, job, file, name], { stdio: ['pipe', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  await once(child.stdout, 'data')
  // Whole lines only, without the one that says "ready".
  const said = (): readonly string[] => output.split('\n').slice(1, -1)
  return { process: child, said, begin: () => void child.stdin.end() }
}

function integrityOf(file: string): unknown {
  const database = new DatabaseSync(file)
  const row = database.prepare('PRAGMA integrity_check').get()
  database.close()
  return row?.['integrity_check']
}

describe('SQLite store, several processes', () => {
  it(
    'R210 eight processes that make, fill and close one file: none is told "busy" and nothing is lost',
    { timeout: 120_000 },
    async () => {
      const { folder, remove } = makeFolder()
      const file = join(folder, 'shared.db')
      const names = Array.from({ length: 8 }, (_, index) => `proc${index}`)
      const writers = await Promise.all(names.map((name) => start('share', file, name)))
      const ends = writers.map((writer) => once(writer.process, 'close'))
      for (const writer of writers) writer.begin()
      await Promise.all(ends)
      const reports = writers.map(({ said }) => JSON.parse(said().join('') || 'null') as Shared | null)

      expect(reports).toEqual(names.map(() => ({ inserted: insertsEach, added: additionsEach, errors: [] })))
      const store = sqliteStore(file)
      expect(await store.find(counter.id)).toMatchObject({
        state: `${8 * additionsEach}`,
        version: 8 * additionsEach + 1,
      })
      for (const name of names) expect(await store.list(ownerOf(name))).toHaveLength(insertsEach)
      expect(await store.find(writtenId('proc0', -1))).toBeUndefined()
      await store.close()
      expect(integrityOf(file)).toBe('ok')
      remove()
    },
  )

  it(
    'R210 eight processes that open the same new files at the same instants: all of them can',
    { timeout: 120_000 },
    async () => {
      const { folder, remove } = makeFolder()
      const file = join(folder, 'new')
      const names = Array.from({ length: 8 }, (_, index) => `proc${index}`)
      const writers = await Promise.all(names.map((name) => start('openMany', file, name)))
      const ends = writers.map((writer) => once(writer.process, 'close'))
      for (const writer of writers) writer.begin()
      await Promise.all(ends)
      expect(writers.map(({ said }) => said())).toEqual(names.map(() => ['[]']))
      for (let number = 0; number < filesOpened; number++) {
        const store = sqliteStore(`${file}-${number}`)
        for (const name of names) expect(await store.find(writtenId(name, number))).toBeDefined()
        await store.close()
      }
      remove()
    },
  )

  it(
    'a process killed in the middle of its writes: whatever it was answered is there, and the file is sound',
    { timeout: 120_000 },
    async () => {
      const { folder, remove } = makeFolder()
      const file = join(folder, 'storm.db')
      for (const round of [0, 1, 2]) {
        const name = `storm${round}`
        const writer = await start('storm', file, name)
        writer.begin()
        while (writer.said().length < 300 + round * 111) await new Promise((resolve) => setImmediate(resolve))
        const ended = once(writer.process, 'close')
        writer.process.kill('SIGKILL')
        await ended
        expect(writer.process.signalCode).toBe('SIGKILL')

        const answered = new Map(writer.said().map(acknowledgement))
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
    },
  )
})

function acknowledgement(line: string): [id: string, version: number] {
  const { id, version } = JSON.parse(line) as { id: string; version: number }
  return [id, version]
}
