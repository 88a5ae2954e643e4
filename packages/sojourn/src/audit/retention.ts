// What lines of the trail lose before they go: addresses, names of browsers and of devices, and one day whose line it is.
// Lines stand in the order of their time, so those that are old enough come first, and those that have lost everything that
// they can lose are not looked at again.

import type { Mac } from '../core/crypto.ts'
import { deviceAfter, readSpans, type Retention, type RetentionOptions } from '../core/retention.ts'
import type { Device } from '../core/session.ts'
import type { Duration, Instant, Milliseconds } from '../core/time.ts'
import { amendment, pagesOf } from './erase.ts'
import type { Journal } from './journal.ts'
import { withoutPerson, type Facts } from './redact.ts'
import type { AuditLine } from './record.ts'

/** How long what a line says of a person is kept. Default of each: as long as the line. */
export interface TrailRetentionOptions extends RetentionOptions {
  /** Whose line it is: subject, tenant and session, and whom somebody has looked for. */
  readonly people?: Duration
}

export type TrailRetention = Retention & { readonly people: Milliseconds }

export function readTrailRetention(
  options: TrailRetentionOptions | undefined,
  faults: string[],
): TrailRetention {
  return readSpans(options, { addresses: true, userAgents: true, deviceNames: true, people: true }, faults)
}

/** What is left of a line after so long; the same value if nothing goes. */
function factsAfter(facts: Facts, age: Milliseconds, retention: TrailRetention): Facts {
  if (age >= retention.people && isAboutSomebody(facts)) return withoutPerson(facts)
  const parts = ['device', 'former'].flatMap((name) => {
    const device = facts[name] as Device | undefined
    const left = device && deviceAfter(device, age, retention)
    return left === device ? [] : [[name, left] as const]
  })
  return parts.length === 0 ? facts : { ...facts, ...Object.fromEntries(parts) }
}

function isAboutSomebody(facts: Facts): boolean {
  return ['subject', 'sessionId', 'asked', 'device'].some((name) => name in facts)
}

export interface Retained {
  /** How many lines say less. */
  readonly lines: number
  /** Up to which number all have lost what they can lose: from where the next time may begin. */
  readonly upTo: number
}

/** Takes out of the lines behind `after` what has been kept for long enough. It may be broken off and begun again. */
export async function retainIn(
  journal: Journal,
  {
    after,
    now,
    retention,
  }: { readonly after: number; readonly now: Instant; readonly retention: TrailRetention },
  macs: readonly [Mac, ...Mac[]],
): Promise<Retained> {
  const spans = Object.values(retention).filter((span) => span !== Infinity)
  const [shortest, longest] = [Math.min(...spans), Math.max(...spans)]
  let [lines, upTo, isSettled] = [0, after, true]
  for await (const page of pagesOf(journal, after)) {
    const changes = page
      .map((linked) => ({ linked, left: leftOf(linked.line, now, retention) }))
      .flatMap(({ linked, left }) => (left ? [amendment(linked, () => left, macs)] : []))
    const done = changes.length === 0 ? 0 : await journal.amend(changes)
    lines += done
    isSettled &&= done === changes.length
    for (const { line } of page) {
      isSettled &&= now - line.at >= longest
      if (isSettled) upTo = line.number
    }
    if (page.every(({ line }) => now - line.at < shortest)) break
  }
  return { lines, upTo }
}

/** Undefined where nothing goes. */
function leftOf(line: AuditLine, now: Instant, retention: TrailRetention): Facts | undefined {
  const facts = JSON.parse(line.text) as Facts
  const left = factsAfter(facts, now - line.at, retention)
  return left === facts ? undefined : left
}
