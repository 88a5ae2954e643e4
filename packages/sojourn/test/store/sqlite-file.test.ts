// The file of the SQLite store: who may read it, which files are refused, what its statements read, how large its log
// becomes, and how it is swept.

import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { SojournError, type Entry } from '../../src/index.ts'
import { sqliteStore, type Durability } from '../../src/sqlite.ts'
import { migrations, statements, type Operation } from '../../src/store/sqlite-statements.ts'
import { makeFolder, openSqlite } from './sqlite-folder.ts'

const noon = 1_767_268_800_000

function entryOf(number: number, rest: Partial<Entry> = {}): Entry {
  const owner = `${String((number * 7919) % 1_000_000).padStart(8, '0')}-owner`
  return {
    id: `${owner.slice(0, 8)}-${number}`,
    owner,
    version: 1,
    expiresAt: noon + 60_000,
    state: 'x'.repeat(277),
    ...rest,
  }
}

/** What opening a file is refused with; empty if it is not. */
function refusalOf(path: string): string {
  try {
    void sqliteStore(path).close()
  } catch (error) {
    if (error instanceof SojournError && error.code === 'config_invalid') return error.detail
    throw error
  }
  return ''
}

describe('SQLite store, the file', () => {
  let folder: string
  let remove: () => void
  beforeEach(() => ({ folder, remove } = makeFolder()))
  afterEach(() => remove())

  const withDatabase = (file: string, use: (database: DatabaseSync) => void): void => {
    const database = new DatabaseSync(file)
    use(database)
    database.close()
  }

  it('leaves nothing of what was removed, changed or swept in the file', async () => {
    const file = join(folder, 'sessions.db')
    const store = sqliteStore(file)
    const planted = (word: string, number: number): string => `${word}-${number} `.repeat(20)
    // Enough to split pages and to free some.
    for (let number = 0; number < 300; number++)
      await store.insert(entryOf(number, { state: planted('sunflower', number) }))
    await store.insert(entryOf(1000, { state: planted('kept', 1) }))
    for (let number = 0; number < 300; number++) {
      const entry = entryOf(number)
      if (number % 3 === 0) await store.remove(entry.id)
      else await store.replace({ ...entry, version: 2, state: 'short' })
    }
    await store.insert(entryOf(2000, { state: planted('sunflower', 2000), expiresAt: noon - 1 }))
    await store.sweep(noon, 10)
    await store.close()
    const bytes = readFileSync(file, 'latin1')
    expect(bytes).toContain('kept-1')
    expect(bytes).not.toContain('sunflower')
  })

  it('R29 is readable by its owner alone, and so are the files beside it', async () => {
    const file = join(folder, 'new', 'deeper', 'sessions.db')
    const store = sqliteStore(file)
    await store.insert(entryOf(1))
    const modes = ['', '-wal', '-shm'].map((end) => statSync(file + end).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600, 0o600])
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700)
    await store.close()
    expect(existsSync(`${file}-wal`)).toBe(false)
  })

  it('keeps what it holds, and the mode that its owner gave it, from one opening to the next', async () => {
    const file = join(folder, 'sessions.db')
    const first = sqliteStore(file)
    await first.insert(entryOf(1))
    await first.close()
    chmodSync(file, 0o640)
    const second = sqliteStore(file)
    expect(await second.find(entryOf(1).id)).toEqual(entryOf(1))
    expect(statSync(file).mode & 0o777).toBe(0o640)
    await second.close()
  })

  it('refuses a file that a newer Sojourn has written, and leaves it as it is', async () => {
    const file = join(folder, 'sessions.db')
    await sqliteStore(file).close()
    withDatabase(file, (database) => database.exec(`PRAGMA user_version = ${migrations.length + 1}`))
    expect(refusalOf(file)).toContain(
      `newer Sojourn (schema ${migrations.length + 1}, this one knows ${migrations.length})`,
    )
    withDatabase(file, (database) => {
      expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length + 1 })
    })
  })

  it('refuses the database of another application, and changes nothing in it', () => {
    const file = join(folder, 'shop.db')
    withDatabase(file, (database) => database.exec('CREATE TABLE entry (price INTEGER)'))
    const before = readFileSync(file)
    expect(refusalOf(file)).toContain('database of something else')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('refuses what is no database, no file, or not to be written, and says why', () => {
    const notes = join(folder, 'notes.txt')
    writeFileSync(notes, 'These are no sessions at all. '.repeat(100))
    mkdirSync(join(folder, 'directory'))
    expect(refusalOf(notes)).toContain('not a SQLite database')
    expect(readFileSync(notes, 'utf8')).toContain('no sessions at all')
    expect(refusalOf(join(folder, 'directory'))).toContain('cannot be opened for writing')
    expect(refusalOf(join(notes, 'sessions.db'))).toContain('directory cannot be made')
    expect(refusalOf(':memory:')).toContain('memoryStore()')
    expect(refusalOf('')).toContain('memoryStore()')
  })

  it('refuses a durability that there is not', () => {
    const durability = 'forever' as Durability
    expect(() => sqliteStore(join(folder, 'sessions.db'), { durability })).toThrow(/durability must be/)
  })
})

describe('SQLite store, what it costs', () => {
  it('R210 every statement binds its values and finds its rows by a key', async () => {
    const { file, store, close } = openSqlite()
    const database = new DatabaseSync(file)
    const planOf = (name: Operation): string =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${statements[name]}`)
        .all()
        .map(({ detail }) => String(detail))
        .join('; ')
    const byOwner = 'SEARCH entry USING PRIMARY KEY (id>? AND id<?)'
    const byExpiry = 'SEARCH entry USING COVERING INDEX entry_by_expiry (expires_at<?)'
    expect(planOf('insert')).toBe('')
    for (const name of ['find', 'replace', 'replaceAndMove', 'remove'] as const) {
      expect(planOf(name)).toBe('SEARCH entry USING PRIMARY KEY (id=?)')
    }
    expect(planOf('list')).toBe(byOwner)
    expect(planOf('removeAll')).toBe(byOwner)
    expect(planOf('scan')).toBe('SEARCH entry USING PRIMARY KEY (id>?)')
    expect(planOf('sweep')).toBe(`SEARCH entry USING PRIMARY KEY (id=?); LIST SUBQUERY 1; ${byExpiry}`)
    expect(planOf('backlog')).toContain(byExpiry)
    expect(planOf('stats')).toContain(byExpiry)
    expect(planOf('stats')).not.toMatch(/SCAN entry\b/)
    expect(Object.values(statements).join(' ')).not.toContain("'")
    database.close()
    await store.find('x')
    await close()
  })

  it('R210 waits for the write of another without holding up the process, and closing waits for it too', async () => {
    const { file, store, close } = openSqlite()
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const inserting = store.insert(entryOf(1))
    const sweeping = store.sweep(noon, 10)
    const closing = close()
    const isSettled = await Promise.race([inserting, sweeping, closing, afterTicks(30)])
    expect(isSettled).toBe('nothing yet')
    await expect(store.find('x')).rejects.toThrow('closed')
    other.exec('COMMIT')
    other.close()
    expect(await Promise.all([inserting, sweeping])).toEqual([true, 0])
    await closing
  })

  it('the log stays small over 20,000 replacements, some of which move the expiry', async () => {
    const { file, store, close } = openSqlite()
    for (let number = 0; number < 200; number++) await store.insert(entryOf(number))
    for (let round = 1; round <= 100; round++) {
      for (let number = 0; number < 200; number++) {
        const kept = await store.find(entryOf(number).id)
        expect(kept?.version).toBe(round)
        const expiresAt = noon + 60_000 * (1 + Math.floor(round / 10))
        await store.replace({ ...entryOf(number), version: round + 1, expiresAt })
      }
      if (round % 20 === 0) await store.removeAll('nobody here')
    }
    expect(statSync(`${file}-wal`).size).toBeLessThan(6_000_000)
    await close()
  })

  it('P42 the file stays as it is while a session is refreshed again and again', async () => {
    const { store, close } = openSqlite()
    await store.insert(entryOf(1))
    const before = await store.stats(noon)
    for (let version = 2; version <= 500; version++) await store.replace(entryOf(1, { version }))
    expect(await store.stats(noon)).toEqual(before)
    await close()
  })

  it(
    'R213 P41 sweeps 100,000 expired sessions in batches while live ones are read, and loses none of those',
    { timeout: 120_000 },
    async () => {
      const { file, store, close } = openSqlite()
      fill(file, 100_000, (number) => entryOf(number, { expiresAt: noon - (number % 11) * 60_000 }))
      const live = Array.from({ length: 200 }, (_, index) => entryOf(200_000 + index))
      for (const entry of live) await store.insert(entry)
      const full = await store.stats(noon)
      expect(full).toMatchObject({ live: 200, expired: 100_000 })

      const done = new AbortController()
      let reads = 0
      const readOn = async (): Promise<void> => {
        for (; !done.signal.aborted; reads++) {
          expect(await store.find(live[reads % 200]!.id)).toEqual(live[reads % 200])
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const sweepOn = async (): Promise<number> => {
        for (let swept = 0; ;) {
          const batch = await store.sweep(noon, 500)
          swept += batch
          if (batch < 500) return swept
        }
      }
      const reading = readOn()
      const [first, second] = await Promise.all([sweepOn(), sweepOn()])
      done.abort()
      await reading

      expect(first + second).toBe(100_000)
      // Others were let in while a batch was being swept, not only after it.
      expect(reads).toBeGreaterThan(200)
      expect(await store.sweep(noon, 500)).toBe(0)
      const swept = await store.stats(noon)
      expect(swept).toMatchObject({ live: 200, expired: 0 })
      expect(swept.bytes).toBeLessThan(full.bytes / 50)
      await close()
    },
  )
})

/** The process goes on meanwhile: its timers fire. */
async function afterTicks(count: number): Promise<'nothing yet'> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setTimeout(resolve, 1))
  return 'nothing yet'
}

/** Writes many entries in one go, past the store. */
function fill(file: string, count: number, make: (number: number) => Entry): void {
  const database = new DatabaseSync(file)
  const insert = database.prepare(statements.insert)
  database.exec('BEGIN')
  for (let number = 0; number < count; number++) {
    const { id, owner, version, expiresAt, state } = make(number)
    insert.run(id, owner, version, expiresAt, state)
  }
  database.exec('COMMIT')
  database.close()
}
