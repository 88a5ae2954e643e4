// Sessions in one SQLite file, by the SQLite that Node brings along: nothing to install and nothing to run. Several
// processes of one machine may share the file. Every operation is decided by one statement, which SQLite carries out
// wholly or not at all, so a process that is killed at any moment leaves every answered write in place.
//
// node:sqlite works in the foreground: while a statement runs, nothing else does. So statements are short, and while
// another process is writing we wait in the background and try again. The file is also the feed between the processes:
// see sqlite-feed.ts.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { configurationError } from '../core/errors.ts'
import type { Feed, Notice, Subscription } from '../core/feed.ts'
import type { Browsable, Closable, Entry, Measurable, Store, Sweepable } from '../core/store.ts'
import type { Instant } from '../core/time.ts'
import { SqliteFeed } from './sqlite-feed.ts'
import { insist, isBusy, openFile, retried, type Durability } from './sqlite-file.ts'
import { applicationId, migrations, statements, type Operation } from './sqlite-statements.ts'
import { SqliteSweep } from './sqlite-sweep.ts'

export interface SqliteStoreOptions {
  /**
   * What a write survives once its promise has resolved. `process`: the process being killed; after a failure of power
   * the file is sound, but the last writes may be missing, sign-outs too. `power`: that as well, for several times the
   * time of a write. Default: `process`.
   */
  readonly durability?: Durability
}

export interface SqliteStore extends Store, Feed, Sweepable, Browsable, Measurable, Closable {}

/**
 * Keeps entries in a file, which it makes if need be, readable by its owner alone. Throws `config_invalid` for a file
 * that cannot be written, is not a database, is not Sojourn's, or was written by a newer Sojourn.
 */
export function sqliteStore(path: string, { durability = 'process' }: SqliteStoreOptions = {}): SqliteStore {
  if (durability !== 'process' && durability !== 'power') {
    throw configurationError('sqliteStore cannot be opened', [`durability must be 'process' or 'power'`])
  }
  const kind = { name: 'sqliteStore', mark: applicationId, migrations }
  return new Sqlite(openFile(path, durability, kind), path)
}

type Prepared = Readonly<Record<Operation, StatementSync>>

class Sqlite implements SqliteStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared
  readonly #feed: SqliteFeed
  readonly #sweep: SqliteSweep
  readonly #underWay = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(database: DatabaseSync, path: string) {
    this.#database = database
    const all = Object.entries(statements).map(([name, text]) => [name, insist(() => database.prepare(text))])
    this.#prepared = Object.fromEntries(all) as Prepared
    this.#feed = new SqliteFeed(database)
    this.#sweep = new SqliteSweep(database, this.#prepared.sweep, path)
  }

  insert({ id, owner, version, expiresAt, state }: Entry): Promise<boolean> {
    return this.#run(({ insert }) => insert.run(id, owner, version, expiresAt, state).changes === 1)
  }

  find(id: string): Promise<Entry | undefined> {
    return this.#run(({ find }) => {
      const row = find.get(id)
      return row && entryOf(row)
    })
  }

  replace({ id, owner, version, expiresAt, state }: Entry): Promise<boolean> {
    // Each of the two is a compare-and-set by itself: at most one of them happens, and both may be tried again.
    return this.#run(
      ({ replace, replaceAndMove }) =>
        replace.run(owner, version, state, id, version - 1, expiresAt).changes === 1 ||
        replaceAndMove.run(owner, version, state, expiresAt, id, version - 1).changes === 1,
    )
  }

  remove(id: string): Promise<boolean> {
    return this.#run(({ remove }) => remove.run(id).changes === 1)
  }

  list(owner: string): Promise<readonly Entry[]> {
    return this.#run(({ list }) => list.all(rangeOf(owner)).map(entryOf))
  }

  removeAll(owner: string, except?: string): Promise<readonly string[]> {
    // With all(): a statement with RETURNING that is not read to its end stays open, and the log grows without end.
    return this.#run(({ removeAll }) =>
      removeAll.all({ ...rangeOf(owner), except: except ?? null }).map(({ id }) => String(id)),
    )
  }

  async sweep(before: Instant, limit: number): Promise<number> {
    this.#checkOpen()
    return this.#untilDone(this.#sweep.run(before, limit))
  }

  backlog(before: Instant, limit: number): Promise<number> {
    return this.#run((prepared) => Number(prepared.backlog.get(before, limit)?.['count']))
  }

  async scan(cursor: string | undefined, limit: number): ReturnType<Browsable['scan']> {
    // One more than asked for tells whether there is a next page.
    const rows = await this.#run(({ scan }) =>
      scan.all({ cursor: cursor ?? '', limit: limit + 1 }).map(entryOf),
    )
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    return last && rows.length > limit ? { items, next: last.id } : { items }
  }

  /** Counts by reading the index of expiry: about 20 ms for a million. */
  stats(now: Instant): ReturnType<Measurable['stats']> {
    return this.#run(({ stats }) => {
      const row = stats.get({ now }) ?? {}
      return { live: Number(row['live']), expired: Number(row['expired']), bytes: Number(row['bytes']) }
    })
  }

  announce(notices: readonly Notice[]): Promise<void> {
    return this.#run(() => this.#feed.announce(notices))
  }

  follow(listener: (notice: Notice) => void, since: Instant): Subscription {
    this.#checkOpen()
    return this.#feed.follow(listener, since)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#feed.close()
    await Promise.allSettled(this.#underWay)
    await this.#sweep.stop()
    if (this.#database.isOpen) this.#database.close()
  }

  async #run<T>(work: (prepared: Prepared) => T): Promise<T> {
    this.#checkOpen()
    try {
      return work(this.#prepared)
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      return this.#untilDone(retried(() => work(this.#prepared)))
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error('The SQLite store is closed')
  }

  /** Lets `close` wait for it. */
  async #untilDone<T>(result: Promise<T>): Promise<T> {
    this.#underWay.add(result)
    try {
      return await result
    } finally {
      this.#underWay.delete(result)
    }
  }
}

type Row = ReturnType<StatementSync['all']>[number]

function entryOf(row: Row): Entry {
  const { id, owner, version, expiresAt, state } = row as unknown as Entry
  return { id, owner, version, expiresAt, state }
}

// Greater than every text, as SQLite compares.
const afterAllText = new Uint8Array(0)

/**
 * The range of ids that an owner's lie in. Only the ASCII beginning counts, where the next character is one greater;
 * a range that is too wide is still right, because the owner is compared as well.
 */
function rangeOf(owner: string): { from: string; to: string | Uint8Array; owner: string } {
  const [from] = /^[\0-~]{0,8}/.exec(owner)!
  const last = from.length - 1
  const to = last < 0 ? afterAllText : from.slice(0, last) + String.fromCharCode(from.charCodeAt(last) + 1)
  return { from, to, owner }
}
