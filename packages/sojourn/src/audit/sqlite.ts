// A journal in a SQLite file of its own, beside that of the sessions: a reader of the trail, or a large disk for it, is
// nobody else's business. Several processes may share it.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

import { openFile, retried, type Durability } from '../store/sqlite-file.ts'
import type { AuditFilter, Journal } from './journal.ts'
import type { AuditLine, Mark } from './record.ts'

export interface SqliteJournalOptions {
  /** As for `sqliteStore`. Default: `process`. */
  readonly durability?: Durability
}

export interface SqliteJournal extends Journal {
  close(): void
}

const kind = {
  name: 'sqliteJournal',
  // `sjra` in ASCII.
  mark: 0x736a7261,
  migrations: [
    `CREATE TABLE line (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      session_id TEXT,
      subject TEXT,
      text TEXT NOT NULL,
      mac TEXT NOT NULL
    ) STRICT;
    CREATE INDEX line_by_session ON line (session_id, number) WHERE session_id IS NOT NULL;
    CREATE INDEX line_by_subject ON line (subject, number) WHERE subject IS NOT NULL;
    CREATE INDEX line_by_time ON line (at);
    CREATE TABLE mark (
      kind TEXT NOT NULL PRIMARY KEY,
      number INTEGER NOT NULL,
      mac TEXT NOT NULL,
      seal TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;`,
  ],
} as const

const columns = 'number, at, type, session_id AS sessionId, subject, text, mac'
const trimmedAtOnce = 1000
const amendedAtOnce = 200

/** Opens or makes the file, readable by its owner alone. Throws `config_invalid` for one that cannot be used. */
export function sqliteJournal(
  path: string,
  { durability = 'process' }: SqliteJournalOptions = {},
): SqliteJournal {
  const database = openFile(path, durability, kind)
  const markOf = (name: 'head' | 'tail'): Mark | undefined => {
    const row = database.prepare('SELECT number, mac, seal FROM mark WHERE kind = ?').get(name)
    return row && { number: Number(row['number']), mac: String(row['mac']), seal: String(row['seal']) }
  }
  return {
    head: () => retried(() => markOf('head')),
    tail: () => retried(() => markOf('tail')),
    append: (after, lines, head) =>
      retried(() =>
        inTransaction(database, () => {
          if ((markOf('head')?.number ?? 0) !== after) return false
          const insert = database.prepare('INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?)')
          for (const { number, at, type, sessionId, subject, text, mac } of lines)
            insert.run(number, at, type, sessionId ?? null, subject ?? null, text, mac)
          keepMark(database, 'head', head)
          return true
        }),
      ),
    read: (after, limit) =>
      retried(() =>
        database
          .prepare(`SELECT ${columns} FROM line WHERE number > ? ORDER BY number LIMIT ?`)
          .all(after, limit)
          .map(lineIn),
      ),
    find: (filter, limit) =>
      retried(() => {
        const { where, values } = conditionsOf(filter)
        const text = `SELECT ${columns} FROM line WHERE ${where} ORDER BY number DESC LIMIT ?`
        return database
          .prepare(text)
          .all(...values, limit)
          .map(lineIn)
      }),
    async trim(tail) {
      // The mark first: a trail that begins too late must never be unexplained.
      await retried(() => keepMark(database, 'tail', tail))
      const remove = database.prepare(
        'DELETE FROM line WHERE number IN (SELECT number FROM line WHERE number <= ? ORDER BY number LIMIT ?)',
      )
      while ((await retried(() => Number(remove.run(tail.number, trimmedAtOnce).changes))) === trimmedAtOnce)
        await new Promise((resolve) => setImmediate(resolve))
    },
    async amend(changes) {
      const update = database.prepare(
        'UPDATE line SET session_id = ?, subject = ?, text = ? WHERE number = ? AND text = ?',
      )
      let amended = 0
      for (let from = 0; from < changes.length; from += amendedAtOnce) {
        amended += await retried(() =>
          inTransaction(database, () =>
            changes
              .slice(from, from + amendedAtOnce)
              .map(({ was, line: { sessionId, subject, text, number } }) =>
                Number(update.run(sessionId ?? null, subject ?? null, text, number, was).changes),
              )
              .reduce((sum, one) => sum + one, 0),
          ),
        )
        await new Promise((resolve) => setImmediate(resolve))
      }
      // The write-ahead log still has the pages from before. Where somebody reads at this moment, it goes with a later one.
      if (amended > 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return amended
    },
    close: () => database.close(),
  }
}

function keepMark(database: DatabaseSync, name: 'head' | 'tail', { number, mac, seal }: Mark): void {
  // Never back: another process may have trimmed further.
  const text = `INSERT INTO mark VALUES (?, ?, ?, ?) ON CONFLICT (kind) DO UPDATE
    SET number = excluded.number, mac = excluded.mac, seal = excluded.seal WHERE excluded.number > number`
  database.prepare(text).run(name, number, mac, seal)
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw cause
  }
}

function conditionsOf({ sessionId, subject, type, since, before }: AuditFilter): {
  where: string
  values: SQLInputValue[]
} {
  const conditions: [text: string, ...values: (SQLInputValue | undefined)[]][] = [
    ['session_id = ?', sessionId],
    ['subject = ?', subject],
    ["(type = ? OR substr(type, 1, length(?) + 1) = ? || '.')", type, type, type],
    ['at >= ?', since],
    ['number < ?', before],
  ]
  const asked = conditions.filter(([, value]) => value !== undefined)
  return {
    where: asked.map(([text]) => text).join(' AND ') || 'TRUE',
    values: asked.flatMap(([, ...values]) => values as SQLInputValue[]),
  }
}

function lineIn(row: Record<string, unknown>): AuditLine {
  const { number, at, type, sessionId, subject, text, mac } = row as unknown as {
    [Name in keyof AuditLine]-?: AuditLine[Name] | null
  }
  return {
    number: number!,
    at: at!,
    type: type!,
    ...(sessionId === null ? {} : { sessionId }),
    ...(subject === null ? {} : { subject }),
    text: text!,
    mac: mac!,
  }
}
