// The audit trail: everything that Sojourn tells, kept where it can be read for a year and cannot be changed unnoticed. It
// is a listener like any other. Events wait in memory for a moment and are written in batches, so nobody's request
// waits for the journal; while the journal is out of reach they go on waiting, as many as fit, and what had to be let go
// is told in the trail itself.

import type { Mac } from '../core/crypto.ts'
import { configurationError } from '../core/errors.ts'
import type { Listener, SojournEvent } from '../core/events.ts'
import { isLimited } from '../core/retention.ts'
import { deriveKeys } from '../core/secrets.ts'
import { systemClock, type Clock } from '../core/system.ts'
import { milliseconds, type Duration, type Milliseconds } from '../core/time.ts'
import type { AuditFilter, Journal } from './journal.ts'
import { discreet, type AddressPrivacy } from './privacy.ts'
import { erasePerson, linesAbout } from './erase.ts'
import { explain, type Explanation } from './explain.ts'
import { following, type Following } from './follow.ts'
import type { Person } from './person.ts'
import { recordIn, searchable, sealed, type AuditEvent, type AuditLine, type AuditRecord } from './record.ts'
import { Repeats } from './repeats.ts'
import { readTrailRetention, retainIn, type TrailRetention, type TrailRetentionOptions } from './retention.ts'
import { verifyJournal, type Verification } from './verify.ts'
import { AuditWriter } from './writer.ts'

export interface AuditTrailOptions {
  readonly journal: Journal
  /** The same as those of the Sojourn. */
  readonly secrets: readonly (string | undefined)[]
  readonly issuer: string
  readonly environment: string
  /** What is kept of addresses. Default: `truncated`. */
  readonly addresses?: AddressPrivacy
  /** How long lines are kept. Default: 366 days. */
  readonly keepFor?: Duration
  /** What lines lose before they go, by `trim`. Default: nothing. */
  readonly retention?: TrailRetentionOptions
  /** How many lines are kept at most, for a journal that lives in memory. Default: no limit. */
  readonly keepMost?: number
  /** How many events may wait for the journal. Default: 10,000. */
  readonly mostWaiting?: number
  /**
   * How many events of a kind that anybody can cause without being signed in (a token that is no good, a forged request)
   * get a line of their own in one minute. How many more there were is one line, `audit.repeated`. Default: 100.
   */
  readonly mostAlike?: number
  /** Hears what goes wrong with the journal; an event is lost only where it says so. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

export interface AuditTrail {
  /** Goes into the `listeners` of the Sojourn. */
  readonly listener: Listener
  /** How many events wait for the journal. */
  readonly waiting: number
  /** Resolves when everything that was told so far is in the journal; rejects if it cannot be reached now. */
  flush(): Promise<void>
  /** The last lines that the filter lets through, newest first. That somebody has read is a line of its own. */
  read(by: string, filter: AuditFilter, limit: number): Promise<readonly AuditRecord[]>
  /**
   * What comes behind line number `after`, as it comes, until the signal is given. That somebody follows is a line of
   * its own.
   */
  follow(by: string, filter: AuditFilter, following: Following): AsyncIterable<AuditRecord>
  /**
   * What happened to a session and why it ended, in plain words; undefined where the trail does not know it. `isLive`:
   * whether the store has it. That somebody has asked is a line of its own.
   */
  explain(by: string, sessionId: string, isLive: boolean): Promise<Explanation | undefined>
  /**
   * Everything that the trail keeps about a person, oldest first. Reads all of it. That somebody has asked is a line of its
   * own.
   */
  about(by: string, person: Person): AsyncIterable<AuditRecord>
  /**
   * Takes a person out of every line that is about them: what is left tells that something of its type happened, and when.
   * The chain stays whole. Resolves to how many lines; that it was done is one as well, without their name. It may be broken
   * off and begun again. Rejects where the journal cannot be reached, or a line stays as it was.
   */
  erase(by: string, person: Person, sessions?: number): Promise<number>
  /** The end of the chain: to write down elsewhere, and for `verify` later. */
  head(): Promise<Verification['head']>
  /** Looks for what was done to the trail. `since`: the head that an earlier verification gave. */
  verify(since?: Verification['head']): Promise<Verification>
  /**
   * Forgets lines that are older than they should be, or too many; and what single lines have told for long enough
   * (`retention`). Resolves to how many lines are gone.
   */
  trim(): Promise<number>
  /** Writes what waits, and ends. */
  close(): Promise<void>
}

const mostExplained = 5000
const began = 'session.created'
/** In milliseconds: a little more than the minute after which what was left out is told. */
const longestUntold = 61_000

/** Makes a trail. Throws one `config_invalid` that lists every fault. */
export function auditTrail(options: AuditTrailOptions): AuditTrail {
  const { journal, addresses = 'truncated', mostWaiting = 10_000, mostAlike = 100 } = options
  const { clock = systemClock(), onError } = options
  const { macs, keepFor, keepMost, retention } = readOptions(options)
  const [mac] = macs
  const writer = new AuditWriter({ journal, macs, mostWaiting, clock, onError })
  const add = (event: AuditEvent): void => writer.add(discreet(event, addresses, mac))
  const repeats = new Repeats(mostAlike)
  let untold: ReturnType<typeof setTimeout> | undefined
  const tellUntold = (isEnd = false): void => {
    clearTimeout(untold)
    untold = undefined
    for (const event of repeats.drain(clock(), isEnd)) add(event)
  }
  let retainedUpTo = 0
  const forget = async (): Promise<number> => {
    const last = await lastToForget(journal, clock() - keepFor, keepMost)
    if (!last) return 0
    const from = (await journal.tail())?.number ?? 0
    await journal.trim(sealed('tail', last.number, last.mac, mac))
    add({ type: 'audit.trimmed', level: 'info', at: clock(), upTo: last.number })
    return last.number - from
  }
  const note = (by: string, asked: object): void =>
    add({ type: 'audit.read', level: 'info', at: clock(), by, asked: JSON.stringify(asked) })
  return {
    listener(event: SojournEvent) {
      for (const line of repeats.linesFor(event)) add(line)
      if (!untold && repeats.waits) untold = setTimeout(tellUntold, longestUntold).unref()
    },
    get waiting() {
      return writer.waiting
    },
    flush() {
      tellUntold()
      return writer.flush()
    },
    async read(by, filter, limit) {
      const lines = await journal.find(asKept(filter), limit)
      note(by, { ...filter, limit })
      return lines.map(recordIn)
    },
    follow(by, filter, how) {
      note(by, { ...filter, follow: true })
      return following(journal, asKept(filter), how)
    },
    async explain(by, sessionId, isLive) {
      // The newest are those that tell how it ended; how it began is looked up besides.
      const lines = await journal.find({ sessionId }, mostExplained)
      const first = lines.length < mostExplained ? [] : await journal.find({ sessionId, type: began }, 1)
      note(by, { sessionId, explain: true })
      return explain(sessionId, [...lines, ...first].map(recordIn), isLive)
    },
    about(by, person) {
      note(by, { subject: person.subject, export: true })
      return recordsAbout(journal, person)
    },
    async erase(by, person, sessions = 0) {
      tellUntold(true)
      await writer.flush()
      const lines = await erasePerson(journal, person, macs)
      add({ type: 'audit.erased', level: 'info', at: clock(), by, lines, sessions })
      await writer.flush()
      return lines
    },
    async head() {
      const head = await journal.head()
      return head && { number: head.number, mac: head.mac }
    },
    verify: (since) => verifyJournal(journal, macs, since),
    async trim() {
      const gone = await forget()
      if (isLimited(retention)) {
        const retained = await retainIn(journal, { after: retainedUpTo, now: clock(), retention }, macs)
        retainedUpTo = retained.upTo
        if (retained.lines > 0)
          add({ type: 'audit.shortened', level: 'info', at: clock(), lines: retained.lines })
      }
      return gone
    },
    close() {
      tellUntold(true)
      return writer.close()
    },
  }
}

async function* recordsAbout(journal: Journal, person: Person): AsyncGenerator<AuditRecord> {
  for await (const line of linesAbout(journal, person)) yield recordIn(line)
}

function readOptions(options: AuditTrailOptions): {
  readonly macs: readonly [Mac, ...Mac[]]
  readonly keepFor: Milliseconds
  readonly keepMost: number
  readonly retention: TrailRetention
} {
  const { secrets, issuer, environment, keepFor = '366d', addresses = 'truncated' } = options
  const { mostWaiting = 1, mostAlike = 1, keepMost = Number.MAX_SAFE_INTEGER } = options
  const faults: string[] = []
  const keys = deriveKeys(secrets, issuer, environment, faults)
  const span = milliseconds(keepFor)
  const retention = readTrailRetention(options.retention, faults)
  if (span === undefined)
    faults.push(`keepFor is ${JSON.stringify(keepFor)}; write a duration such as '366d'`)
  if (!['whole', 'truncated', 'hashed', 'none'].includes(addresses))
    faults.push(`addresses must be 'whole', 'truncated', 'hashed' or 'none'`)
  if (!Number.isInteger(mostWaiting) || mostWaiting < 1)
    faults.push('mostWaiting is not a whole number from 1')
  if (!Number.isInteger(mostAlike) || mostAlike < 1) faults.push('mostAlike is not a whole number from 1')
  if (!Number.isInteger(keepMost) || keepMost < 1) faults.push('keepMost is not a whole number from 1')
  if (faults.length > 0) throw configurationError('auditTrail was given options that cannot be used', faults)
  return {
    macs: keys.map(({ auditMac }) => auditMac) as [Mac, ...Mac[]],
    keepFor: span ?? 0,
    keepMost,
    retention,
  }
}

// Lines are in the order in which they were written, which is nearly that of their time: the first that is young enough,
// and not one too many, ends the search.
async function lastToForget(
  journal: Journal,
  instant: number,
  keepMost: number,
): Promise<AuditLine | undefined> {
  const surplus = ((await journal.head())?.number ?? 0) - keepMost
  let last: AuditLine | undefined
  for (;;) {
    const lines = await journal.read(last?.number ?? (await journal.tail())?.number ?? 0, 1000)
    const kept = lines.findIndex(({ at, number }) => at >= instant && number > surplus)
    last = (kept < 0 ? lines.at(-1) : lines[kept - 1]) ?? last
    if (kept >= 0 || lines.length === 0) return last
  }
}

function asKept({ subject, ...filter }: AuditFilter): AuditFilter {
  return subject === undefined ? filter : { ...filter, subject: searchable(subject) }
}
