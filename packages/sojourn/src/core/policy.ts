// The numbers of a session: how long it lives, how long a race is forgiven, how many one person may have.
// A preset is a value to spread, never a flag: `{ ...policies.workforce, overlap: '30s' }`.

import { milliseconds, millisecondsOrNone, type Duration, type Milliseconds } from './time.ts'

/** How long the parts of a session live, in milliseconds. */
export interface Lifetimes {
  /** Without being seen. */
  readonly idle: Milliseconds
  /** Since the person last proved who they are, whatever they do. */
  readonly absolute: Milliseconds
  /** Of one access token. */
  readonly access: Milliseconds
}

/** How many sessions a subject may have at once. */
export interface Limit {
  readonly count: number
  /** End the oldest, or refuse the newest with the list of the others. */
  readonly onLimit: 'evict' | 'refuse'
  /** Count each device kind for itself. */
  readonly perKind: boolean
}

/** The policy as the rules use it: every span in milliseconds. */
export interface Policy {
  readonly cookie: Lifetimes
  readonly bearer: Lifetimes
  readonly remember: Lifetimes
  /** How long an earlier generation is forgiven after its successor was confirmed; 0 forgives nothing. */
  readonly overlap: Milliseconds
  readonly limit: Limit | undefined
  /** How recent a sign-in must be to end one's other sessions one by one (ASVS 7.5.2). */
  readonly freshness: Milliseconds
}

type LifetimesInput = { readonly [Part in keyof Lifetimes]?: Duration }

/** What a caller may set; whatever is absent has the default of `policies.standard`, and is never idle for longer than it lives. */
export interface PolicyInput {
  /** Cookie sessions. Default: idle 1 hour, absolute 24 hours, access 5 minutes (NIST SP 800-63B-4 AAL2). */
  readonly cookie?: LifetimesInput
  /** Bearer sessions. Default: idle 14 days, absolute 30 days, access 10 minutes (AAL1). */
  readonly bearer?: LifetimesInput
  /** Sessions that the person asked to be remembered. Default: idle 14 days, absolute 30 days, access 5 minutes. */
  readonly remember?: LifetimesInput
  /**
   * Default: 60 seconds, or a fifth of the shortest access lifetime if that is less; never more than that fifth. With
   * `'0s'` a generation is a copy as soon as a newer one was used: two tabs that refresh together may be signed out.
   */
  readonly overlap?: Duration
  /** Default: no limit; `onLimit` defaults to `'evict'`, `perKind` to false. */
  readonly limit?: {
    readonly count: number
    readonly onLimit?: 'evict' | 'refuse'
    readonly perKind?: boolean
  }
  /** Default: 1 hour. */
  readonly freshness?: Duration
  /** Holds all lifetimes to the bounds of this authenticator assurance level (NIST SP 800-63B-4 §2). Default: none. */
  readonly assurance?: 'aal1' | 'aal2' | 'aal3'
}

const standard = {
  cookie: { idle: '1h', absolute: '24h', access: '5m' },
  bearer: { idle: '14d', absolute: '30d', access: '10m' },
  remember: { idle: '14d', absolute: '30d', access: '5m' },
  freshness: '1h',
} as const satisfies PolicyInput

/** Ready-made policies. */
export const policies: {
  readonly standard: PolicyInput
  readonly workforce: PolicyInput
  readonly critical: PolicyInput
} = {
  /** The open internet: a day with cookies, a month for apps and for those who ask to be remembered. */
  standard,
  /** Staff: a working day, half an hour without being seen, nobody is remembered for longer (AAL2). */
  workforce: {
    cookie: { idle: '30m', absolute: '12h', access: '5m' },
    bearer: { idle: '30m', absolute: '12h', access: '5m' },
    remember: { idle: '1h', absolute: '24h', access: '5m' },
    freshness: '15m',
    assurance: 'aal2',
  },
  /** Money and health: minutes, not hours (AAL3). */
  critical: {
    cookie: { idle: '10m', absolute: '8h', access: '2m' },
    bearer: { idle: '10m', absolute: '8h', access: '2m' },
    remember: { idle: '15m', absolute: '12h', access: '2m' },
    freshness: '5m',
    assurance: 'aal3',
  },
}

const hour = 3_600_000
const bounds: Readonly<Record<'aal1' | 'aal2' | 'aal3', { idle: Milliseconds; absolute: Milliseconds }>> = {
  aal1: { idle: 30 * 24 * hour, absolute: 30 * 24 * hour },
  aal2: { idle: hour, absolute: 24 * hour },
  aal3: { idle: hour / 4, absolute: 12 * hour },
}

const profiles = ['cookie', 'bearer', 'remember'] as const
const parts = ['idle', 'absolute', 'access'] as const
const year = 366 * 24 * hour
const longestAccess = 24 * hour
const longestOverlap = 60_000

/** Reads a policy; every fault is added to `faults`, and the result is only to be used if there is none. */
export function readPolicy(input: PolicyInput, faults: string[]): Policy {
  const read = (
    path: string,
    value: Duration | undefined,
    fallback: Duration,
    most: Milliseconds,
    parse = milliseconds,
  ): Milliseconds => {
    const span = parse(value ?? fallback)
    if (span === undefined) {
      faults.push(
        `policy.${path} is ${JSON.stringify(value)}; write a duration such as '5m' or a number of seconds`,
      )
      return milliseconds(fallback)!
    }
    if (span > most) faults.push(`policy.${path} is longer than ${most / 1000} seconds`)
    return span
  }
  const lifetimes = (profile: (typeof profiles)[number]): Lifetimes => {
    const part = (name: (typeof parts)[number]): Milliseconds =>
      read(
        `${profile}.${name}`,
        input[profile]?.[name],
        standard[profile][name],
        name === 'access' ? longestAccess : year,
      )
    const absolute = part('absolute')
    const idle = part('idle')
    // A default gives way to what was said: nobody has to shorten the idle time because the whole is shorter.
    const isSaid = input[profile]?.idle !== undefined
    return { idle: isSaid ? idle : Math.min(idle, absolute), absolute, access: part('access') }
  }
  const spans = { cookie: lifetimes('cookie'), bearer: lifetimes('bearer'), remember: lifetimes('remember') }
  const shortestAccess = Math.min(...profiles.map((profile) => spans[profile].access))
  const mostOverlap = Math.floor(shortestAccess / 5)
  const overlap =
    input.overlap === undefined
      ? Math.min(longestOverlap, mostOverlap)
      : read('overlap', input.overlap, '60s', year, millisecondsOrNone)
  if (overlap > mostOverlap) {
    faults.push(
      `policy.overlap is ${overlap / 1000} s, more than a fifth of the shortest access lifetime (${mostOverlap / 1000} s)`,
    )
  }
  for (const profile of profiles) checkLifetimes(profile, spans[profile], input.assurance, faults)
  return {
    ...spans,
    overlap,
    limit: readLimit(input.limit, faults),
    freshness: read('freshness', input.freshness, standard.freshness, year),
  }
}

function checkLifetimes(
  profile: string,
  spans: Lifetimes,
  assurance: PolicyInput['assurance'],
  faults: string[],
): void {
  if (spans.idle > spans.absolute)
    faults.push(`policy.${profile}.idle is longer than policy.${profile}.absolute`)
  if (!assurance) return
  const bound = bounds[assurance]
  if (!bound) {
    faults.push(`policy.assurance is ${JSON.stringify(assurance)}; choose 'aal1', 'aal2' or 'aal3'`)
    return
  }
  for (const part of ['idle', 'absolute'] as const) {
    if (spans[part] > bound[part]) {
      faults.push(
        `policy.${profile}.${part} is ${spans[part] / 1000} s, but ${assurance.toUpperCase()} allows at most ${bound[part] / 1000} s (NIST SP 800-63B-4)`,
      )
    }
  }
}

function readLimit(input: PolicyInput['limit'], faults: string[]): Limit | undefined {
  if (input === undefined) return undefined
  if (!Number.isInteger(input.count) || input.count < 1 || input.count > 10_000) {
    faults.push(`policy.limit.count is ${String(input.count)}; choose a whole number from 1 to 10000`)
  }
  const onLimit = input.onLimit ?? 'evict'
  if (onLimit !== 'evict' && onLimit !== 'refuse')
    faults.push(`policy.limit.onLimit must be 'evict' or 'refuse'`)
  return { count: input.count, onLimit, perKind: input.perKind ?? false }
}
