// What somebody who is not signed in can cause as often as they like must not fill the trail. Of each kind the first of a
// minute are lines of their own; how many more there were is one line when the minute is over.

import type { SojournEvent } from '../core/events.ts'
import type { Instant, Milliseconds } from '../core/time.ts'
import type { AuditEvent, RepeatedEvent } from './record.ts'

type Repeatable = Extract<SojournEvent, { readonly type: RepeatedEvent['of'] }>

const minute: Milliseconds = 60_000

interface Run {
  readonly since: Instant
  readonly of: Repeatable['type']
  readonly reason: string | undefined
  told: number
  untold: number
}

const repeatable: Readonly<Record<Repeatable['type'], true>> = {
  'token.rejected': true,
  'proof.rejected': true,
  'binding.skipped': true,
  'csrf.rejected': true,
  'cookie.duplicate': true,
  'rate.limited': true,
  'request.failed': true,
}

export class Repeats {
  readonly #most: number
  // As many as there are kinds and reasons, which are words of ours.
  readonly #runs = new Map<string, Run>()

  /** `most`: how many of one kind are told in one minute. */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether there will be something to tell when a minute is over. */
  get waits(): boolean {
    return [...this.#runs.values()].some(({ untold }) => untold > 0)
  }

  /** The lines that this event makes: itself or nothing, behind what was not told before its minute. */
  linesFor(event: AuditEvent): readonly AuditEvent[] {
    if (!isRepeatable(event)) return [event]
    const reason = reasonOf(event)
    const key = `${event.type} ${reason ?? ''}`
    const before = this.#runs.get(key)
    const isOver = before === undefined || event.at - before.since >= minute
    const run = isOver ? { since: event.at, of: event.type, reason, told: 0, untold: 0 } : before
    this.#runs.set(key, run)
    const summary = isOver && before !== undefined ? summaryOf(before, event.at) : []
    const isTold = run.told < this.#most
    run[isTold ? 'told' : 'untold'] += 1
    return isTold ? [...summary, event] : summary
  }

  /** What was not told in the minutes that are over; `isEnd`: in the one that goes on as well. */
  drain(now: Instant, isEnd = false): readonly AuditEvent[] {
    const over = [...this.#runs].filter(([, { since }]) => isEnd || now - since >= minute)
    for (const [key] of over) this.#runs.delete(key)
    return over.flatMap(([, run]) => summaryOf(run, now))
  }
}

function summaryOf({ since, of, reason, untold }: Run, at: Instant): readonly RepeatedEvent[] {
  if (untold === 0) return []
  const which = reason === undefined ? {} : { reason }
  return [{ type: 'audit.repeated', level: 'warning', at, of, ...which, count: untold, since }]
}

function isRepeatable(event: AuditEvent): event is Repeatable {
  return Object.hasOwn(repeatable, event.type)
}

function reasonOf(event: Repeatable): string | undefined {
  if ('reason' in event) return event.reason
  if ('code' in event) return event.code
  return undefined
}
