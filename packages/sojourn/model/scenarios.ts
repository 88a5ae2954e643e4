// What is explored, and what must come out. A tick may be read as 30 seconds: W is a minute and T five, the defaults.
//
// Two kinds of clients keep what they were last given. A browser's jar keeps the answer that came last, even if it is an
// older one; a client of its own, such as an app, never goes back to an earlier generation.

import { readPolicy } from '../src/core/policy.ts'
import { real, withoutAhead, withoutFloor, withoutTwoBehind, withUnlimitedPatience } from './rules.ts'
import type { Promised } from './server.ts'
import type { Configuration } from './world.ts'

export interface Scenario {
  readonly name: string
  /**
   * `promise` must hold. `control` must be broken, or the model is blind. `limit` shows where a promise ends.
   */
  readonly kind: 'promise' | 'control' | 'limit'
  readonly configuration: Configuration
  /** The promise that is broken, or absent if all hold. */
  readonly breaks?: Promised
  /** Too large for every test run. */
  readonly isLong?: boolean
}

const [overlap, access] = [2, 10]

function configurationOf(change: Partial<Configuration>): Configuration {
  const spans = { overlap, access, ...change }
  const life = { idle: '1d', absolute: '1d', access: spans.access } as const
  const faults: string[] = []
  const policy = readPolicy({ overlap: spans.overlap, cookie: life, bearer: life, remember: life }, faults)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return {
    profile: 'cookie',
    rules: real,
    policy,
    requestsWithin: spans.overlap,
    answersWithin: Math.floor((spans.access - spans.overlap) / 2),
    inFlight: 2,
    keeps: 'last',
    refreshFrom: spans.access,
    keyHolders: 1,
    confirming: false,
    failOvers: 0,
    stepUps: 0,
    thief: false,
    memory: spans.overlap,
    // A step-up may skip generations.
    depth: 3 + 3 * (change.stepUps ?? 0),
    ...spans,
  }
}

function scenario(
  kind: Scenario['kind'],
  name: string,
  of: Partial<Configuration>,
  more: Pick<Scenario, 'breaks' | 'isLong'> = {},
): Scenario {
  return { kind, name, configuration: configurationOf(of), ...more }
}

const [signOut, theft, elevation] = [
  { breaks: 'no accidental sign-out' },
  { breaks: 'no silent theft' },
  { breaks: 'no elevation of an earlier generation' },
] as const
const long = { isLong: true }
const bearer = { profile: 'bearer' } as const
// However slow the answers are.
const neverBack = { keeps: 'newest', answersWithin: access } as const
const coarse = { overlap: 1, access: 5 }

export const scenarios: readonly Scenario[] = [
  scenario('promise', 'browser, 3 requests', { inFlight: 3 }),
  scenario('promise', 'browser, 5 requests', { inFlight: 5 }, long),
  scenario('promise', 'browser, 4 requests, T = 12', { inFlight: 4, access: 12 }, long),
  scenario('promise', 'bearer, 3 requests, one key', { ...bearer, inFlight: 3 }),
  scenario('promise', 'bearer, 3 requests, seen by us', { ...bearer, inFlight: 3, confirming: true }),
  scenario('promise', 'bearer, 5 requests, seen by us', { ...bearer, inFlight: 5, confirming: true }, long),
  scenario('promise', 'browser, 2 requests, fail-over', { failOvers: 1 }),
  scenario('promise', 'browser, 4 requests, fail-over', { inFlight: 4, failOvers: 1 }, long),
  scenario('promise', 'bearer, 3 requests, fail-over', {
    ...bearer,
    inFlight: 3,
    failOvers: 1,
    confirming: true,
  }),
  scenario('promise', 'never back, 3 requests', { ...neverBack, inFlight: 3 }),
  scenario('promise', 'never back, unasked from W on', { ...neverBack, refreshFrom: overlap }),
  scenario(
    'promise',
    'never back, 3, unasked from W on',
    { ...neverBack, inFlight: 3, refreshFrom: overlap },
    long,
  ),
  scenario('promise', 'browser, unasked from 2d + W on', { refreshFrom: 8, answersWithin: 3 }),
  scenario('promise', 'browser, unasked from 2d + W on', { refreshFrom: 4, answersWithin: 1 }),
  scenario('promise', 'browser, thief', { inFlight: 1, thief: true }),
  scenario('promise', 'browser, 2 requests, thief', { thief: true }, long),
  scenario('promise', 'browser, unasked at any time, thief', { inFlight: 1, refreshFrom: 0, thief: true }),
  scenario('promise', 'browser, step-up, thief', { ...coarse, inFlight: 1, stepUps: 1, thief: true }),
  scenario('promise', 'bearer, 2 requests, thief', { ...bearer, thief: true }),
  scenario('promise', 'bearer, seen by us, thief', { ...bearer, inFlight: 1, confirming: true, thief: true }),
  scenario('promise', 'bearer, step-up, thief', { ...bearer, inFlight: 1, stepUps: 1, thief: true }, long),
  scenario('promise', 'browser, 1 request, step-up', { inFlight: 1, stepUps: 1 }),
  scenario('promise', 'browser, 1 request, 2 step-ups', { inFlight: 1, stepUps: 2 }),
  scenario('promise', 'bearer, 1 request, 2 step-ups', { ...bearer, inFlight: 1, stepUps: 2 }),
  scenario('promise', 'never back, step-up', { keeps: 'newest', stepUps: 1 }),
  scenario('promise', 'never back, 3 requests, step-up', { keeps: 'newest', inFlight: 3, stepUps: 1 }, long),

  scenario('control', 'without the row G-2', { ...neverBack, rules: withoutTwoBehind }, signOut),
  scenario('control', 'without the row g > G, fail-over', { failOvers: 1, rules: withoutAhead }, signOut),
  scenario(
    'control',
    'endless patience, bearer, thief',
    { ...bearer, inFlight: 1, thief: true, rules: withUnlimitedPatience },
    theft,
  ),
  scenario('control', 'step-up without a floor', { inFlight: 1, stepUps: 1, rules: withoutFloor }, elevation),

  scenario('limit', 'answers slower than (T - W) / 2', { answersWithin: 5 }, signOut),
  scenario('limit', 'requests as slow as W', { requestsWithin: overlap + 1 }, signOut),
  scenario('limit', 'browser, unasked before 2d + W', { refreshFrom: 7, answersWithin: 3 }, signOut),
  scenario('limit', 'never back, unasked before W', { ...neverBack, refreshFrom: overlap - 1 }, signOut),
  scenario('limit', 'bearer, each tab makes its own key', { ...bearer, keyHolders: 2 }, signOut),
  scenario(
    'limit',
    'thief, fail-over forgets a use',
    { ...coarse, inFlight: 1, thief: true, failOvers: 1 },
    theft,
  ),

  scenario(
    'limit',
    'browser, step-up while another request refreshes',
    { stepUps: 1, answersWithin: 0 },
    signOut,
  ),
]
