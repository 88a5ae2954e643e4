// Moves what stands in the write-ahead log into the file of the database, in a thread of its own: that waits for the disk,
// for tens of milliseconds, and SQLite otherwise does it in the middle of whichever write comes next. Ordinary traffic
// fills the log slowly; a sweep fills it all the time. It moves only what nobody is in the way of (`PASSIVE`, see
// sqlite.org/pragma.html#pragma_wal_checkpoint), so it holds up neither readers nor writers. Where there can be no
// thread, all is as it would be without it.

import { Worker } from 'node:worker_threads'

// As text, so that it needs no file of its own beside a bundle.
const program = `
  const { parentPort, workerData } = require('node:worker_threads')
  // That node:sqlite is experimental somewhere, the process has been told.
  process.removeAllListeners('warning')
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(workerData)
  parentPort.on('message', (wanted) => {
    if (wanted === 'close') {
      database.close()
      parentPort.close()
      return
    }
    try {
      database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {}
    parentPort.postMessage('done')
  })`

export class Checkpointer {
  readonly #path: string
  #worker: Worker | undefined
  #isUnusable = false
  #last = Promise.resolve()
  #answered = (): void => {}

  constructor(path: string) {
    this.#path = path
  }

  /** Whether a thread can be had, as far as is known. */
  get isUsable(): boolean {
    return !this.#isUnusable
  }

  /** Resolves when the log has been moved as far as it could, or at once where there can be no thread. Never rejects. */
  run(): Promise<void> {
    return this.#inTurn(() => this.#ask('checkpoint', this.#started()))
  }

  /** Ends the thread; the next `run` starts another. Never rejects. */
  stop(): Promise<void> {
    return this.#inTurn(() => {
      const worker = this.#worker
      this.#worker = undefined
      return this.#ask('close', worker)
    })
  }

  // Several sweeps of one process share the thread, one thing at a time.
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work)
    return this.#last
  }

  async #ask(wanted: 'checkpoint' | 'close', worker: Worker | undefined): Promise<void> {
    if (!worker) return
    // Whoever waits keeps the process alive, an idle thread does not.
    worker.ref()
    await new Promise<void>((resolve) => {
      this.#answered = resolve
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of ours, no window
      worker.postMessage(wanted)
    })
    worker.unref()
  }

  #started(): Worker | undefined {
    if (this.#isUnusable) return undefined
    try {
      this.#worker ??= this.#start()
    } catch {
      // Such as where the permission model allows no threads.
      this.#isUnusable = true
    }
    return this.#worker
  }

  #start(): Worker {
    const worker = new Worker(program, { eval: true, workerData: this.#path })
    worker.once('error', () => (this.#isUnusable = true))
    worker.on('message', () => this.#answered())
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      this.#answered()
    })
    return worker
  }
}
