// Reading on as lines are written, by any node: it asks the journal again and again, because no journal can call us.

import type { Milliseconds } from '../core/time.ts'
import { passes, type AuditFilter, type Journal } from './journal.ts'
import { recordIn, type AuditRecord } from './record.ts'

export interface Following {
  /** Only lines behind that number. */
  readonly after: number
  /** How long to wait where nothing is new, in milliseconds. Default: 1,000. */
  readonly every?: Milliseconds
  /** Ends it. */
  readonly signal: AbortSignal
}

const page = 500

/** The lines that the filter lets through, as they come. Rejects with what the journal says if it cannot be read. */
export async function* following(
  journal: Journal,
  filter: AuditFilter,
  { after, every = 1000, signal }: Following,
): AsyncGenerator<AuditRecord, void> {
  let last = after
  while (!signal.aborted) {
    const lines = await journal.read(last, page)
    for (const line of lines) if (passes(line, filter)) yield recordIn(line)
    last = lines.at(-1)?.number ?? last
    if (lines.length < page) await pause(every, signal)
  }
}

function pause(span: Milliseconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, span)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
