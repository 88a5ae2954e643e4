// One writer at a time, among all processes that share a file: whoever holds a lock of the operating system on the file
// beside it. SQLite takes and gives back such locks, and the system takes them from a process that dies: none is held for
// ever, and nobody has to guess whether its holder lives.

import { DatabaseSync } from 'node:sqlite'

import { retried } from '../store/sqlite-file.ts'

export class FileLock {
  readonly #database: DatabaseSync
  #turn: Promise<unknown> = Promise.resolve()

  /** The file has nothing in it and is never taken away. Nobody else may open it: a lock ends with any of its handles. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 0 })
  }

  /** Does the work when everybody before is done. Rejects as the work does, or after a few seconds of waiting. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const held = this.#turn.then(async () => {
      await retried(() => this.#database.exec('BEGIN IMMEDIATE'))
      try {
        return await work()
      } finally {
        this.#database.exec('ROLLBACK')
      }
    })
    this.#turn = held.catch(() => {})
    return held
  }

  /** Waits for the work that was begun. */
  async close(): Promise<void> {
    await this.#turn
    if (this.#database.isOpen) this.#database.close()
  }
}
