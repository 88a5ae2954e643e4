// A process of its own that writes to a SQLite store: `node sqlite-writer.ts <job> <file> <name>`. Started by
// sqlite-processes.test.ts; it says when it is ready, begins when its standard input ends, and writes what it has to
// say to standard output, at once.

import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'

import type { Entry, Store } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'

/** What a process that shared a file has done. */
export interface Shared {
  readonly inserted: number
  readonly added: number
  readonly errors: readonly string[]
}

/** The entry that all processes count on; the first of them makes it. */
export const counter: Entry = {
  id: 'counter0-shared',
  owner: 'counter0',
  version: 1,
  expiresAt: 1_800_000_000_000,
  state: '0',
}

export function writtenId(name: string, number: number): string {
  return `${ownerOf(name).slice(0, 8)}-${number}`
}

export function ownerOf(name: string): string {
  return `${name.padEnd(8, '.')}owner`
}

export const insertsEach = 200
export const additionsEach = 50
export const filesOpened = 20

const jobs = { share, storm, openMany }

export type Job = keyof typeof jobs

const [, script, job, file = '', name = ''] = process.argv
if (script === import.meta.filename) {
  writeSync(1, 'ready\n')
  await text(process.stdin)
  await jobs[job as keyof typeof jobs]()
}

/** Inserts, counts on the shared entry and deletes, as fast as it can; says in the end how it went. */
async function share(): Promise<void> {
  const errors: string[] = []
  let inserted = 0
  let added = 0
  const tried = async (work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => errors.push(String(error)))
  }
  const store = sqliteStore(file)
  await tried(async () => void (await store.insert(counter)))
  for (let number = 0; number < insertsEach; number++) {
    await tried(async () => {
      if (await store.insert(entryOf(name, number))) inserted++
    })
    if (number % (insertsEach / additionsEach) > 0) continue
    await tried(async () => {
      await addOne(store)
      added++
      await store.insert(entryOf(name, -1))
      await store.remove(writtenId(name, -1))
      await store.sweep(1, 10)
    })
  }
  await tried(() => store.close())
  say({ inserted, added, errors } satisfies Shared)
}

async function addOne(store: Store): Promise<void> {
  for (;;) {
    const kept = await store.find(counter.id)
    if (!kept) throw new Error('The counter is gone')
    if (await store.replace({ ...kept, version: kept.version + 1, state: String(Number(kept.state) + 1) }))
      return
  }
}

/** Opens one new file after the other, each at the same instant as the other processes; says what went wrong. */
async function openMany(): Promise<void> {
  const errors: string[] = []
  const start = Date.now() + 50
  for (let number = 0; number < filesOpened; number++) {
    while (Date.now() < start + number * 25);
    try {
      const store = sqliteStore(`${file}-${number}`)
      await store.insert(entryOf(name, number))
      await store.close()
    } catch (error) {
      errors.push(String(error))
    }
  }
  say(errors)
}

/** Inserts, replaces and removes until it is killed, and says what was acknowledged when it was. */
async function storm(): Promise<void> {
  const store = sqliteStore(file)
  for (let number = 0; ; number++) {
    const entry = entryOf(name, number)
    await store.insert(entry)
    say({ id: entry.id, version: 1 })
    if (number % 2 === 0) {
      await store.replace({ ...entry, version: 2, expiresAt: entry.expiresAt + 1000 })
      say({ id: entry.id, version: 2 })
    }
    if (number % 5 === 0) {
      await store.remove(entry.id)
      say({ id: entry.id, version: 0 })
    }
  }
}

function entryOf(by: string, number: number): Entry {
  const state = JSON.stringify({ by, number, filler: 'x'.repeat(200) })
  return { id: writtenId(by, number), owner: ownerOf(by), version: 1, expiresAt: 1_800_000_000_000, state }
}

function say(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}
