// How events get into the journal: they wait in memory for a moment and are written in batches, one after the other. While
// the journal is out of reach they go on waiting, as many as fit. A batch stays the same until it has arrived, so an
// answer that gets lost writes nothing twice.

import { encode } from '../core/base64url.ts'
import type { Mac } from '../core/crypto.ts'
import { systemRandom, type Clock } from '../core/system.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import type { Journal } from './journal.ts'
import { beginning, isSealed, lineOf, sealed, type AuditEvent, type AuditLine, type Mark } from './record.ts'

export interface AuditWriterOptions {
  readonly journal: Journal
  /** Of all secrets, the newest first. */
  readonly macs: readonly [Mac, ...Mac[]]
  readonly mostWaiting: number
  readonly clock: Clock
  readonly onError: ((error: unknown) => void) | undefined
}

const mostAtOnce = 500
const attempts = 50
const soon: Milliseconds = 20
const longestPause: Milliseconds = 10_000

export class AuditWriter {
  readonly #options: AuditWriterOptions
  readonly #append: (events: readonly AuditEvent[]) => Promise<void>
  readonly #queue: AuditEvent[] = []
  #batch: readonly AuditEvent[] = []
  #lost = 0
  #writing: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #pause = soon
  #isClosed = false

  constructor(options: AuditWriterOptions) {
    this.#options = options
    this.#append = appender(options)
  }

  /** How many events have not arrived yet. */
  get waiting(): number {
    return this.#batch.length + this.#queue.length
  }

  /** Lets an event wait for the next batch, or counts it as lost where there is no room. */
  add(event: AuditEvent): void {
    if (this.#queue.length >= this.#options.mostWaiting) this.#lost += 1
    else this.#queue.push(event)
    this.#schedule()
  }

  /** Writes everything that waits; rejects with what the journal says if that cannot be done now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      if (this.waiting > 0) this.#schedule()
    })
    return this.#writing
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#isClosed = true
      clearTimeout(this.#timer)
    }
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), this.#pause).unref()
  }

  async #writeAll(): Promise<void> {
    try {
      for (this.#takeBatch(); this.#batch.length > 0; this.#takeBatch()) {
        await this.#append(this.#batch)
        this.#batch = []
      }
      this.#pause = soon
    } catch (error) {
      this.#pause = Math.min(longestPause, this.#pause * 4)
      this.#options.onError?.(error)
      throw error
    }
  }

  // Unless one is still under way.
  #takeBatch(): void {
    if (this.#batch.length > 0) return
    const next = this.#queue.splice(0, mostAtOnce)
    if (this.#lost > 0) {
      next.push({ type: 'audit.lost', level: 'critical', at: this.#options.clock(), count: this.#lost })
      this.#lost = 0
    }
    this.#batch = next
  }
}

// Behind whatever head there is at this moment: another node may have written since we looked.
function appender({
  journal,
  macs,
  clock,
}: AuditWriterOptions): (events: readonly AuditEvent[]) => Promise<void> {
  const [mac] = macs
  // The end of what was sent without an answer. If that line is there now, all of it has arrived.
  let unanswered: { readonly number: number; readonly mac: string } | undefined
  return async (events) => {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const head = await journal.head()
      if (unanswered) {
        const [line] = await journal.read(unanswered.number - 1, 1)
        const hasArrived = line?.mac === unanswered.mac
        unanswered = undefined
        if (hasArrived) return
      }
      // A head that is not ours would be sealed by what comes behind it: so that is said first, in the trail itself.
      const isOurs = !head || macs.some((one) => isSealed('head', head, one))
      const all = isOurs ? events : [unsealed(clock(), head.number), ...events]
      const lines = linesBehind(head, all, mac)
      const last = lines.at(-1)!
      unanswered = last
      const isKept = await journal.append(
        head?.number ?? 0,
        lines,
        sealed('head', last.number, last.mac, mac),
      )
      unanswered = undefined
      if (isKept) return
      await new Promise((resolve) => setTimeout(resolve, attempt * 2))
    }
    throw new Error('Too many nodes write to the journal at once')
  }
}

function unsealed(at: Instant, upTo: number): AuditEvent {
  return { type: 'audit.unsealed', level: 'critical', at, upTo }
}

const random = systemRandom()
const saltBytes = 12

function linesBehind(head: Mark | undefined, events: readonly AuditEvent[], mac: Mac): readonly AuditLine[] {
  let [number, before] = [head?.number ?? 0, head?.mac ?? beginning]
  return events.map((event) => {
    number += 1
    const line = lineOf(event, { number, before, salt: encode(random(saltBytes)) }, mac)
    before = line.mac
    return line
  })
}
