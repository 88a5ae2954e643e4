// Taking one person out of a trail. It is read from one end to the other, because whoever has looked for them is told of in
// lines that no index finds.

import type { Mac } from '../core/crypto.ts'
import type { Amendment, Journal } from './journal.ts'
import { isAbout, type Person } from './person.ts'
import { redacted, withoutPerson, type Facts } from './redact.ts'
import { beginning, type AuditLine } from './record.ts'

const page = 1000
const mostRounds = 20

/** A line with the mac of the one before; undefined where that one is missing. */
export interface Linked {
  readonly line: AuditLine
  readonly before: string | undefined
}

/** The lines of a journal behind line `after`, in order, a page at a time. Others may write and trim meanwhile. */
export async function* pagesOf(journal: Journal, after = 0): AsyncGenerator<readonly Linked[]> {
  let last = await beforeFirst(journal, after)
  for (;;) {
    const lines = await journal.read(last.number, page)
    if (lines.length === 0) return
    yield lines.map((line) => {
      const before = line.number === last.number + 1 ? last.mac : undefined
      last = line
      return { line, before }
    })
  }
}

async function beforeFirst(
  journal: Journal,
  after: number,
): Promise<{ readonly number: number; readonly mac: string }> {
  const tail = (await journal.tail()) ?? { number: 0, mac: beginning }
  if (tail.number >= after) return tail
  const [line] = await journal.read(after - 1, 1)
  return line?.number === after ? line : tail
}

/** The lines about a person, in order. */
export async function* linesAbout(journal: Journal, person: Person): AsyncGenerator<AuditLine> {
  for await (const lines of pagesOf(journal))
    for (const { line } of lines) if (isAbout(line, person)) yield line
}

/**
 * Takes a person out of every line that the journal has by then, and resolves to how many told of them. It may be broken
 * off at any moment and begun again. Rejects where a line stays as it was.
 */
export async function erasePerson(
  journal: Journal,
  person: Person,
  macs: readonly [Mac, ...Mac[]],
): Promise<number> {
  let erased = 0
  for (let round = 0; round < mostRounds; round++) {
    let wanted = 0
    let done = 0
    for await (const lines of pagesOf(journal)) {
      const changes = lines
        .filter(({ line }) => isAbout(line, person))
        .map((linked) => amendment(linked, withoutPerson, macs))
      wanted += changes.length
      if (changes.length > 0) done += await journal.amend(changes)
    }
    erased += done
    // Another process may have trimmed or changed some of them meanwhile: then they are looked at once more.
    if (done === wanted) return erased
  }
  throw new Error('Lines of the journal cannot be amended')
}

/** What a line becomes when only what `left` gives is left of it. */
export function amendment(
  { line, before }: Linked,
  left: (facts: Facts) => Facts,
  macs: readonly [Mac, ...Mac[]],
): Amendment {
  return { was: line.text, line: redacted(line, left(JSON.parse(line.text) as Facts), { before, macs }) }
}
