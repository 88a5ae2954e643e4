// What the tests of the rules share: a policy, an instant, and a session at it.

import { readPolicy, type Policy, type PolicyInput } from '../../src/core/policy.ts'
import type { Rotating, Session } from '../../src/core/session.ts'

export const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
export const now = 1_767_225_600_000

export function policyOf(input: PolicyInput = {}): Policy {
  const faults: string[] = []
  const policy = readPolicy(input, faults)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return policy
}

/** A session of a browser, signed in and last seen just now. */
export function sessionOf(change: Partial<Session> = {}): Session {
  return {
    id: 'session',
    subject: 'alice',
    profile: 'cookie',
    remember: false,
    createdAt: now,
    authenticatedAt: now,
    lastSeenAt: now,
    generation: 0,
    issuedAt: now,
    uses: [],
    amr: ['pwd'],
    claims: {},
    claimsVersion: 1,
    data: {},
    device: {},
    version: 1,
    ...change,
  }
}

/** Refuses every change of a value, so that a rule that writes into what it was given is seen. */
export function frozen<T extends Rotating>(session: T): T {
  for (const use of session.uses) Object.freeze(use)
  Object.freeze(session.uses)
  Object.freeze(session.amr)
  if (session.floor) Object.freeze(session.floor)
  return Object.freeze(session)
}
