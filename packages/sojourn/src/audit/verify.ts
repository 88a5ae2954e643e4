// Looking for what was done to a trail: every line is chained to the one before, and both ends are sealed. So a line that
// was changed, taken out, moved or added is found, and so is a trail that ends too early or begins too late.

import type { Mac } from '../core/crypto.ts'
import type { Journal } from './journal.ts'
import { isRedacted, isWhole } from './redact.ts'
import { beginning, isSealed, searchable, type AuditLine, type Mark } from './record.ts'

/** What is wrong, and where: at line `number`, or from it up to `upTo`. */
export interface AuditFault {
  readonly kind:
    | 'edited' // what the line says is not what was written
    | 'removed' // lines are missing
    | 'moved' // the line stands in the place of another
    | 'added' // the line stands behind the sealed end
    | 'cut' // the trail ends before its sealed end
    | 'unsealed' // the seal of the end, or of what was trimmed, was not made by us
  readonly number: number
  readonly upTo?: number
}

export interface Verification {
  readonly ok: boolean
  /** How many lines were looked at. */
  readonly lines: number
  readonly faults: readonly AuditFault[]
  /** Of how many something was taken out by us: a person who was erased, or what had been kept for long enough. */
  readonly redacted: number
  /** The end of the chain: write it down elsewhere, and a trail that was put back to an earlier state is found too. */
  readonly head: { readonly number: number; readonly mac: string } | undefined
}

const page = 1000
const mostFaults = 100

/** `macs`: of all secrets, the newest first. `since`: the end of an earlier verification, which must still be there. */
export async function verifyJournal(
  journal: Journal,
  macs: readonly Mac[],
  since?: { readonly number: number; readonly mac: string },
): Promise<Verification> {
  const walk = new Walk(macs, since)
  const tail = await journal.tail()
  walk.begin(tail)
  let head = await journal.head()
  const end = head?.number ?? 0
  for (;;) {
    const lines = await journal.read(walk.number, page)
    const [first, last] = [lines[0], lines.at(-1)]
    if (!first || !last) break
    // Others go on writing and trimming meanwhile: both ends are looked up after what they have to explain.
    if (last.number > (head?.number ?? 0)) head = await journal.head()
    if (first.number > walk.number + 1) walk.trimmed(await journal.tail())
    for (const line of lines) walk.step(line, head?.number ?? 0)
    // What is written faster than it is read is for another time.
    if (last.number > end && last.number <= (head?.number ?? 0)) break
    // The process has other things to do as well.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  if (walk.number < end) walk.trimmed(await journal.tail())
  walk.end(end)
  if (head && !macs.some((mac) => isSealed('head', head, mac)))
    walk.fault({ kind: 'unsealed', number: head.number })
  if (since && since.number > (head?.number ?? 0))
    walk.fault({ kind: 'cut', number: (head?.number ?? 0) + 1, upTo: since.number })
  return {
    ok: walk.faults.length === 0,
    lines: walk.lines,
    faults: walk.faults,
    redacted: walk.redacted,
    head: head && { number: head.number, mac: head.mac },
  }
}

class Walk {
  readonly faults: AuditFault[] = []
  lines = 0
  redacted = 0
  number = 0
  readonly #macs: readonly Mac[]
  readonly #since: { readonly number: number; readonly mac: string } | undefined
  /** The mac of the line before; undefined where that line is missing. */
  #before: string | undefined

  constructor(macs: readonly Mac[], since: { readonly number: number; readonly mac: string } | undefined) {
    this.#macs = macs
    this.#since = since
  }

  fault(fault: AuditFault): void {
    if (this.faults.length < mostFaults) this.faults.push(fault)
  }

  begin(tail: Mark | undefined): void {
    this.number = tail?.number ?? 0
    this.#before = tail?.mac ?? beginning
    if (tail && !this.#macs.some((mac) => isSealed('tail', tail, mac)))
      this.fault({ kind: 'unsealed', number: tail.number })
  }

  /** Goes on behind what was trimmed since we began. */
  trimmed(tail: Mark | undefined): void {
    if (tail && tail.number > this.number) this.begin(tail)
  }

  step(line: AuditLine, head: number): void {
    this.lines += 1
    if (line.number > this.number + 1) {
      this.fault({ kind: 'removed', number: this.number + 1, upTo: line.number - 1 })
      this.#before = undefined
    }
    this.number = line.number
    if (line.number > head) this.fault({ kind: 'added', number: line.number })
    else if (numberIn(line.text) !== line.number) this.fault({ kind: 'moved', number: line.number })
    else if (!this.#isWhole(line)) this.fault({ kind: 'edited', number: line.number })
    else if (isRedacted(line)) this.redacted += 1
    if (line.type === 'audit.unsealed') this.fault({ kind: 'unsealed', number: line.number })
    this.#before = line.mac
  }

  end(head: number): void {
    if (this.number < head) this.fault({ kind: 'cut', number: this.number + 1, upTo: head })
  }

  // Behind a gap the mac before is not known: then the line is taken as it is, and the next one is checked against it.
  #isWhole(line: AuditLine): boolean {
    const { number, text, mac, at, type, sessionId, subject } = line
    const before = this.#before
    if (before !== undefined && !isWhole(line, before, this.#macs)) return false
    if (this.#since?.number === number && this.#since.mac !== mac) return false
    const event = JSON.parse(text) as Partial<AuditLine>
    const named = event.subject === undefined ? undefined : searchable(event.subject)
    // What the journal searches by must be what the line says.
    return event.at === at && event.type === type && event.sessionId === sessionId && named === subject
  }
}

function numberIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly number?: unknown }).number
  } catch {
    return undefined
  }
}
