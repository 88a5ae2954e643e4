// The figures of one run: what was done, which promises were put to the test and which were broken, and how long a
// logout took to be known everywhere.

import type { History } from '../history.ts'
import { delaysIn, percentiles, type Percentiles } from './delays.ts'
import { findingsIn, type Finding, type Promised } from './violations.ts'

export interface Report {
  readonly operations: number
  readonly sessions: number
  /** How often each thing was broken. */
  readonly faults: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
  /** Updates that a node answered with "not now": nothing was said to have happened. */
  readonly givenUp: number
  /** Updates of which nobody knows. */
  readonly unanswered: number
  /** Milliseconds from an answered logout to the refusal of its access token on another node. */
  readonly delays: { readonly calm?: Percentiles; readonly disturbed?: Percentiles }
}

export function reportOn(history: History): Report {
  const { done, faults } = history
  const updates = done.filter(({ op }) => op === 'update' || op === 'promote')
  const delays = delaysIn(history)
  const calm = percentiles(delays.flatMap(({ isCalm, milliseconds }) => (isCalm ? [milliseconds] : [])))
  const disturbed = percentiles(delays.flatMap(({ isCalm, milliseconds }) => (isCalm ? [] : [milliseconds])))
  return {
    operations: done.length,
    sessions: done.filter((one) => one.op === 'sign-in' && one.session !== undefined).length,
    faults: Object.fromEntries(
      [...new Set(faults.map(({ fault }) => fault))].map((name) => [
        name,
        faults.filter(({ fault }) => fault === name).length,
      ]),
    ),
    findings: findingsIn(history),
    givenUp: updates.filter(({ status }) => status === 503).length,
    unanswered: updates.filter(({ status }) => status === 0).length,
    delays: { ...(calm ? { calm } : {}), ...(disturbed ? { disturbed } : {}) },
  }
}

/** The promises among these that a run has broken. */
export function brokenIn({ findings }: Report, made: readonly Promised[]): readonly Finding[] {
  return findings.filter(({ promise, violations }) => made.includes(promise) && violations.length > 0)
}
