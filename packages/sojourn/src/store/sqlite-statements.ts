// What the SQLite store says to its database. Every value is bound, never written into a statement, and every statement
// finds its rows by a key: the test of the query plans holds that.

/** Marks a file as ours: `sjrn` in ASCII. A file of anybody else's is refused, not used. */
export const applicationId = 0x736a726e

/** The statements that lead from each version of the schema to the next. A file's version is its `user_version`. */
export const migrations: readonly string[] = [
  `CREATE TABLE entry (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX entry_by_expiry ON entry (expires_at);`,
  // AUTOINCREMENT, so that a number is never given twice, also when the table has been emptied: followers remember it.
  `CREATE TABLE announcement (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    notices TEXT NOT NULL
  ) STRICT;
  CREATE INDEX announcement_by_time ON announcement (at);`,
]

const columns = 'id, owner, version, expires_at AS expiresAt, state'

// The ids of an owner begin with the same characters as the owner, so they lie in one short range of the primary key.
const owned = 'id >= :from AND id < :to AND owner = :owner'

export type Operation =
  | 'insert'
  | 'find'
  | 'replace'
  | 'replaceAndMove'
  | 'remove'
  | 'list'
  | 'removeAll'
  | 'sweep'
  | 'backlog'
  | 'scan'
  | 'stats'

export const statements: Readonly<Record<Operation, string>> = {
  insert: `INSERT INTO entry (id, owner, version, expires_at, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  find: `SELECT ${columns} FROM entry WHERE id = ?`,
  // Two ways to replace: a statement that names expires_at writes its index too, even if nothing changes in it, and
  // takes half as long again.
  replace: `UPDATE entry SET owner = ?, version = ?, state = ? WHERE id = ? AND version = ? AND expires_at = ?`,
  replaceAndMove: `UPDATE entry SET owner = ?, version = ?, state = ?, expires_at = ? WHERE id = ? AND version = ?`,
  remove: 'DELETE FROM entry WHERE id = ?',
  list: `SELECT ${columns} FROM entry WHERE ${owned}`,
  removeAll: `DELETE FROM entry WHERE ${owned} AND id IS NOT :except RETURNING id`,
  sweep: `DELETE FROM entry WHERE id IN
    (SELECT id FROM entry WHERE expires_at <= :before ORDER BY expires_at LIMIT :limit)`,
  backlog: `SELECT count(*) AS count FROM (SELECT 1 FROM entry WHERE expires_at <= ? LIMIT ?)`,
  scan: `SELECT ${columns} FROM entry WHERE id > :cursor ORDER BY id LIMIT :limit`,
  stats: `SELECT
    (SELECT count(*) FROM entry WHERE expires_at > :now) AS live,
    (SELECT count(*) FROM entry WHERE expires_at <= :now) AS expired,
    (SELECT (page_count - freelist_count) * page_size
      FROM pragma_page_count, pragma_freelist_count, pragma_page_size) AS bytes`,
}

/** How many announcements are read in one look. */
export const readAtOnce = 1000

export type FeedOperation = 'announce' | 'begin' | 'read' | 'trim'

export const feedStatements: Readonly<Record<FeedOperation, string>> = {
  announce: 'INSERT INTO announcement (at, notices) VALUES (?, ?)',
  // The number after which to read on.
  begin: `SELECT coalesce(
    (SELECT min(number) - 1 FROM announcement WHERE at >= :since),
    (SELECT max(number) FROM announcement),
    0) AS number`,
  // Bound by position, and the limit written out: in the statement that runs all the time this halves what it takes.
  read: `SELECT number, notices FROM announcement WHERE number > ? ORDER BY number LIMIT ${readAtOnce}`,
  trim: `DELETE FROM announcement WHERE number IN
    (SELECT number FROM announcement WHERE at < :before ORDER BY at LIMIT :limit)`,
}
