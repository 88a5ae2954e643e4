// How long single facts about a person are kept: shorter than the session, or the line of the audit trail, that they stand in.

import { unknownMembers, type Members } from './members.ts'
import type { Device, Session } from './session.ts'
import { milliseconds, type Duration, type Instant, type Milliseconds } from './time.ts'

/** What may be kept for a shorter time than the rest. Default of each: as long as what it stands in. */
export interface RetentionOptions {
  /** Addresses of devices. */
  readonly addresses?: Duration
  /** What browsers and apps call themselves. */
  readonly userAgents?: Duration
  /** Names to show, such as "Firefox on Linux". */
  readonly deviceNames?: Duration
}

/** In milliseconds; Infinity for as long as the rest. */
export type Retention = Readonly<Record<keyof RetentionOptions, Milliseconds>>

const known: Members<RetentionOptions> = { addresses: true, userAgents: true, deviceNames: true }

/** Reads spans; every fault is added to `faults`. */
export function readSpans<Name extends string>(
  options: unknown,
  members: Readonly<Record<Name, true>>,
  faults: string[],
): Readonly<Record<Name, Milliseconds>> {
  faults.push(...unknownMembers(options, members, 'retention.'))
  const isObject = typeof options === 'object' && options !== null
  if (options !== undefined && !isObject) faults.push('retention is not an object of options')
  const given = (isObject ? options : {}) as Readonly<Partial<Record<Name, Duration>>>
  const spanOf = (name: Name): Milliseconds => {
    const value = given[name]
    const span = value === undefined ? Infinity : milliseconds(value)
    if (span === undefined)
      faults.push(`retention.${name} is ${JSON.stringify(value)}; write a duration such as '30d'`)
    return span ?? Infinity
  }
  const names = Object.keys(members) as Name[]
  return Object.fromEntries(names.map((name) => [name, spanOf(name)])) as Readonly<Record<Name, Milliseconds>>
}

export function readRetention(options: RetentionOptions | undefined, faults: string[]): Retention {
  return readSpans(options, known, faults)
}

/** Whether anything goes before the rest does. */
export function isLimited(retention: Readonly<Record<string, Milliseconds>>): boolean {
  return Object.values(retention).some((span) => span !== Infinity)
}

/** What is left of a device after so long. */
export function deviceAfter<D extends Device>(device: D, age: Milliseconds, retention: Retention): D {
  const over = new Set<string>([
    ...(age >= retention.addresses ? ['ip'] : []),
    ...(age >= retention.userAgents ? ['userAgent'] : []),
    ...(age >= retention.deviceNames ? ['label'] : []),
  ])
  const left = Object.entries(device).filter(([name]) => !over.has(name))
  return left.length === Object.keys(device).length ? device : (Object.fromEntries(left) as D)
}

/**
 * The session without what has been kept for long enough; the same value if that is nothing. The device is that of the
 * sign-in; where the latest refresh came from is as old as that refresh.
 */
export function retained<S extends Session>(session: S, now: Instant, retention: Retention): S {
  const { lastSeenFrom } = session
  const device = deviceAfter(session.device, now - session.createdAt, retention)
  const from = lastSeenFrom && deviceAfter(lastSeenFrom, now - session.issuedAt, retention)
  if (device === session.device && from === lastSeenFrom) return session
  return { ...session, device, ...(from === undefined ? {} : { lastSeenFrom: from }) }
}
