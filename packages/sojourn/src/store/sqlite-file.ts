// The file of the SQLite store: made for its owner's eyes only, opened for several processes, brought up to the current
// schema, and refused with a reason when it is not ours, newer than us, or not to be written.

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { SojournError } from '../core/errors.ts'

/** What a successful write survives. */
export type Durability =
  /** The end of the process, however sudden. */
  | 'process'
  /** Also a failure of power or of the operating system. */
  | 'power'

/** What a file holds, and how it came about. */
export interface FileKind {
  /** Who opens it, for messages. */
  readonly name: string
  /** Marks the file as of this kind (`PRAGMA application_id`). */
  readonly mark: number
  /** The statements that lead from each version of its schema to the next. */
  readonly migrations: readonly string[]
}

// While opening, we wait for others in place.
const patience = 5_000
const pause = 10

/** Opens the file, made or migrated if need be. Throws `config_invalid` that says what is wrong with it. */
export function openFile(path: string, durability: Durability, kind: FileKind): DatabaseSync {
  if (path === '' || path.startsWith(':memory:'))
    throw unusable(kind, path, 'it names no file; for sessions in memory take memoryStore()')
  let database: DatabaseSync | undefined
  try {
    makeFile(path)
    database = new DatabaseSync(path, { timeout: patience })
    prepareFile(database, durability, kind)
    return database
  } catch (cause) {
    database?.close()
    throw unusable(kind, path, reasonOf(cause), cause)
  }
}

// Sessions are nobody else's to read. SQLite gives the files beside it the same mode.
function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Fault('its directory cannot be made', { cause })
  }
  try {
    // Only a file that is not there yet: to close a file lets go of all locks that this process has on it (fcntl).
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
  }
}

function prepareFile(database: DatabaseSync, durability: Durability, kind: FileKind): void {
  // Before the mode is set, so that a database of somebody else is left as it is.
  if (schemaVersionOf(database, kind) < kind.migrations.length) migrate(database, kind)
  if (insist(() => pragma(database, 'journal_mode = WAL')) !== 'wal') {
    throw new Fault('its file system does not allow a write-ahead log; put it on a local disk')
  }
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
  // What is removed or changed is overwritten, and not only let go (sqlite.org/pragma.html#pragma_secure_delete): from the
  // first entry on, because pages are copied as they fill up.
  database.exec('PRAGMA secure_delete = ON')
  // From here on SQLite does not wait: it would hold up the process. The store tries again by itself.
  database.exec('PRAGMA busy_timeout = 0')
}

/** The version of the schema in the file: 0 if it is empty. Throws for a file that we must not touch. */
function schemaVersionOf(database: DatabaseSync, { mark: ours, migrations }: FileKind): number {
  const { version, mark, objects } = insist(() => identityOf(database))
  if (version === 0 && mark === 0 && objects === 0) return 0
  if (mark !== ours) throw new Fault('it is the database of something else; give Sojourn a file of its own')
  if (version > migrations.length) {
    throw new Fault(
      `it was written by a newer Sojourn (schema ${version}, this one knows ${migrations.length}); upgrade this one`,
    )
  }
  return version
}

// In one statement, because another process may be making the schema between two.
function identityOf(database: DatabaseSync): { version: number; mark: number; objects: number } {
  const text = `SELECT user_version AS version, application_id AS mark, (SELECT count(*) FROM sqlite_schema) AS objects
    FROM pragma_user_version, pragma_application_id`
  const row = database.prepare(text).get() ?? {}
  return { version: Number(row['version']), mark: Number(row['mark']), objects: Number(row['objects']) }
}

function migrate(database: DatabaseSync, kind: FileKind): void {
  insist(() => database.exec('BEGIN IMMEDIATE'))
  try {
    // Looked up again under the lock: another process may have been faster.
    for (const step of kind.migrations.slice(schemaVersionOf(database, kind))) database.exec(step)
    database.exec(
      `PRAGMA application_id = ${kind.mark}; PRAGMA user_version = ${kind.migrations.length}; COMMIT`,
    )
  } catch (cause) {
    database.exec('ROLLBACK')
    throw cause
  }
}

function pragma(database: DatabaseSync, text: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${text}`).get() ?? {})[0]
}

/**
 * Does what somebody else may be in the way of, waiting in place: only for opening. Some locks, such as those for
 * changing the journal mode, SQLite does not wait for by itself.
 */
export function insist<T>(work: () => T): T {
  for (let waited = 0; ; waited += pause) {
    try {
      return work()
    } catch (cause) {
      if (!isBusy(cause) || waited >= patience) throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
    }
  }
}

// About five seconds, in which thousands of others' writes fit.
const attempts = 1000
const longestPause = 5

/** The same for work on an open file: waits in the background, and tries again while somebody else is writing. */
export async function retried<T>(work: () => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return work()
    } catch (cause) {
      if (!isBusy(cause) || attempt === attempts) throw cause
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(attempt, longestPause)))
  }
}

// ---------------------------------------------------------------------------------------------- what went wrong

/** The primary result codes of SQLite (sqlite.org/rescode.html) that we tell apart. */
const results = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, cannotOpen: 14, notADatabase: 26 }

/** Whether somebody else was just using the file, so that it is worth trying again. */
export function isBusy(cause: unknown): boolean {
  const result = resultOf(cause)
  return result === results.busy || result === results.locked
}

function resultOf(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !('errcode' in cause)) return undefined
  return Number(cause.errcode) & 0xff
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

/** A reason of our own for not using a file. */
class Fault extends Error {}

function reasonOf(cause: unknown): string {
  if (cause instanceof Fault) return cause.message
  if (codeOf(cause) === 'EACCES' || codeOf(cause) === 'EPERM' || codeOf(cause) === 'EROFS')
    return 'it may not be written'
  switch (resultOf(cause)) {
    case results.notADatabase:
    case results.corrupt:
      return 'it is not a SQLite database, or is damaged; name another file, or restore this one'
    case results.readOnly:
    case results.cannotOpen:
      return 'it cannot be opened for writing; the file and its directory must be writable by this process'
    case results.busy:
    case results.locked:
      return 'another process keeps it locked'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}

function unusable({ name }: FileKind, path: string, reason: string, cause?: unknown): SojournError {
  return new SojournError('config_invalid', {
    detail: `${name} cannot use ${JSON.stringify(path)}: ${reason}.`,
    cause,
  })
}
