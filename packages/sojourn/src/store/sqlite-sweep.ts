// Removing what has expired from a SQLite file while others go on reading: in steps so short that nobody notices one, and
// with the write-ahead log moved by a thread instead of within a write.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { Instant } from '../core/time.ts'
import { Checkpointer } from './sqlite-checkpoint.ts'
import { retried } from './sqlite-file.ts'

// Small steps take no longer as a whole than large ones, and hold nobody up for longer than a millisecond.
const sweptAtOnce = 20

// After so many removed entries the log has some megabytes. The more at once, the less often the disk is waited for.
const sweptBetweenCheckpoints = 2000
// What a sweep leaves at its end moves with the writes that follow, unless it is more.
const sweptBeforeLastCheckpoint = 200

// Pages of the log after which SQLite moves them within a write: as it comes, and while a thread does it.
const ownCheckpoint = 1000
const postponedCheckpoint = 16_000

export class SqliteSweep {
  readonly #database: DatabaseSync
  readonly #remove: StatementSync
  readonly #checkpointer: Checkpointer
  #sinceCheckpoint = 0

  /** `remove` removes at most `:limit` entries that had expired at `:before`. */
  constructor(database: DatabaseSync, remove: StatementSync, path: string) {
    this.#database = database
    this.#remove = remove
    this.#checkpointer = new Checkpointer(path)
  }

  /** Removes up to `limit` entries that had expired at `before`, and resolves to how many. */
  async run(before: Instant, limit: number): Promise<number> {
    // Stays so between two batches, and until the next sweep if this one is broken off: the log cannot grow without end.
    this.#checkpointAfter(this.#checkpointer.isUsable ? postponedCheckpoint : ownCheckpoint)
    const swept = await this.#sweepUpTo(before, limit)
    const isDone = swept < limit
    this.#sinceCheckpoint += swept
    if (this.#sinceCheckpoint >= (isDone ? sweptBeforeLastCheckpoint : sweptBetweenCheckpoints)) {
      this.#sinceCheckpoint = 0
      await this.#checkpointer.run()
    }
    if (isDone) {
      await this.#checkpointer.stop()
      this.#checkpointAfter(ownCheckpoint)
    }
    return swept
  }

  /** Ends its thread; nothing may be swept at the time. Never rejects. */
  stop(): Promise<void> {
    return this.#checkpointer.stop()
  }

  async #sweepUpTo(before: Instant, limit: number): Promise<number> {
    for (let swept = 0; ;) {
      const wanted = Math.min(sweptAtOnce, limit - swept)
      const step = await retried(() => Number(this.#remove.run({ before, limit: wanted }).changes))
      swept += step
      if (step < wanted || swept >= limit) return swept
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #checkpointAfter(pages: number): void {
    this.#database.exec(`PRAGMA wal_autocheckpoint = ${pages}`)
  }
}
