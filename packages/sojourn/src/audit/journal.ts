// Where the lines of the audit trail are kept. A journal keeps, gives back and forgets; it knows no chain and no event.
// Several nodes may write to one: each appends only behind the head that it knows, and looks again if another was faster.

import type { AuditLine, Mark } from './record.ts'
import type { Instant } from '../core/time.ts'

/** What narrows a search down. Everything that is given must hold. */
export interface AuditFilter {
  readonly sessionId?: string
  readonly subject?: string
  /** The type of an event, or its beginning: `session` for all of `session.…`. */
  readonly type?: string
  readonly since?: Instant
  /** Only lines with lower numbers: where the page before ended. */
  readonly before?: number
}

/** The contract of a journal. Each operation is atomic; each fails by rejecting, never by pretending. */
export interface Journal {
  /** The end of the chain; undefined for an empty journal. */
  head(): Promise<Mark | undefined>
  /**
   * Keeps lines behind line number `after` and makes `head` the new head. Resolves to false, and changes nothing, unless
   * the kept head is exactly that line (0 for none).
   */
  append(after: number, lines: readonly AuditLine[], head: Mark): Promise<boolean>
  /** The first at most `limit` lines behind that number, in order. */
  read(after: number, limit: number): Promise<readonly AuditLine[]>
  /** The last at most `limit` lines that the filter lets through, newest first. */
  find(filter: AuditFilter, limit: number): Promise<readonly AuditLine[]>
  /** Up to where lines were trimmed; undefined if none were. */
  tail(): Promise<Mark | undefined>
  /** Forgets all lines up to that mark, and keeps it unless more was forgotten before. */
  trim(tail: Mark): Promise<void>
  /**
   * Puts lines in the place of kept ones of the same number: each only where the text of the kept one is exactly `was`.
   * Resolves to how many. What was there is not given back any more, and is overwritten where the place allows it.
   */
  amend(changes: readonly Amendment[]): Promise<number>
}

export interface Amendment {
  readonly was: string
  /** Its text is never longer than `was`. */
  readonly line: AuditLine
}

/** Whether a line passes a filter: for journals that cannot search. */
export function passes(line: AuditLine, { sessionId, subject, type, since, before }: AuditFilter): boolean {
  if (sessionId !== undefined && line.sessionId !== sessionId) return false
  if (subject !== undefined && line.subject !== subject) return false
  if (type !== undefined && line.type !== type && !line.type.startsWith(`${type}.`)) return false
  return (since === undefined || line.at >= since) && (before === undefined || line.number < before)
}
