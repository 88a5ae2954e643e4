// The world of the model: a session at the server, the jar of its owner, requests and answers on their way, and perhaps
// a thief. The clock always shows 0: a world knows of every instant only how long ago it was.

import type { Policy } from '../src/core/policy.ts'
import type { Profile, Rotating } from '../src/core/session.ts'
import type { Rules } from './rules.ts'

/** One tick of the model's clock, in milliseconds. */
export const tick = 1000

/** What is explored. All spans are in ticks. */
export interface Configuration {
  readonly profile: Profile
  readonly rules: Rules
  readonly policy: Policy
  /** W and T of the policy. */
  readonly overlap: number
  readonly access: number
  /** A request arrives before this many ticks have passed, an answer when this many have passed at the latest. */
  readonly requestsWithin: number
  readonly answersWithin: number
  /** How many requests and answers of the owner are on their way at once: tabs, and requests of one tab. */
  readonly inFlight: number
  /** A jar keeps what came last, as browsers do, or never goes back to an earlier generation. */
  readonly keeps: 'last' | 'newest'
  /** How old its access token is when the owner refreshes; younger than expired means that it refreshes unasked. */
  readonly refreshFrom: number
  /** Bearer profile: how many holders of the token make an Idempotency-Key each. One stands for tabs that share theirs. */
  readonly keyHolders: number
  /** Bearer profile: access tokens are used at nodes that share the store, too, and so are seen. */
  readonly confirming: boolean
  readonly failOvers: number
  readonly stepUps: number
  readonly thief: boolean
  /** How long ago, and how many generations behind, everything is the same to the rules. */
  readonly memory: number
  readonly depth: number
}

/** A session token, and for how many ticks the access token that came with it is still good. */
export interface Credentials {
  readonly generation: number
  readonly goodFor: number
}

/** A request of the owner on its way to the server, with the credentials that the jar held when it was sent. */
export interface Request {
  readonly kind: 'request' | 'refresh' | 'stepUp'
  readonly credentials: Credentials
  readonly key: string | undefined
  /** In how many ticks it arrives at the latest. */
  readonly due: number
}

/** An answer that sets credentials, on its way to the jar. */
export interface Answer {
  readonly kind: 'answer'
  readonly credentials: Credentials
  readonly due: number
}

export type Party = 'owner' | 'thief'

/** At `n`: for how many ticks a party has had something newer than what is `n + 1` generations behind. */
export type Newer = readonly (number | undefined)[]

export interface World {
  readonly session: Rotating
  /** What a fail-over would bring back: the session before its last rotation. */
  readonly before: Rotating | undefined
  readonly failOvers: number
  readonly stepUps: number
  /** The generation with which each level of proof was granted. */
  readonly grants: readonly number[]
  readonly jar: Credentials
  /** Of each holder: the Idempotency-Key of the refresh that is not answered yet. */
  readonly keys: readonly (string | undefined)[]
  readonly flights: readonly (Request | Answer)[]
  /** What the thief holds. */
  readonly loot: Credentials | undefined
  /** What the server has seen each party use, and what it has given them. */
  readonly used: Readonly<Record<Party, Newer>>
  readonly given: Readonly<Record<Party, Newer>>
}

export function firstWorld({ profile, access, failOvers, stepUps, keyHolders, depth }: Configuration): World {
  const never = Array.from({ length: depth }, () => undefined)
  const nobody = { owner: never, thief: never }
  const session = {
    profile,
    remember: false,
    authenticatedAt: 0,
    lastSeenAt: 0,
    generation: 0,
    issuedAt: 0,
    uses: [],
    amr: [],
  }
  return {
    session,
    before: undefined,
    failOvers,
    stepUps,
    grants: [],
    jar: { generation: 0, goodFor: access },
    keys: Array.from({ length: keyHolders }, () => undefined),
    flights: [],
    loot: undefined,
    used: nobody,
    given: nobody,
  }
}

/** The world one tick later. */
export function later(world: World): World {
  const longer = (newer: Newer): Newer => newer.map((ticks) => (ticks === undefined ? undefined : ticks + 1))
  const both = ({ owner, thief }: World['used']): World['used'] => ({
    owner: longer(owner),
    thief: longer(thief),
  })
  return {
    ...world,
    session: laterSession(world.session),
    before: world.before && laterSession(world.before),
    jar: laterCredentials(world.jar),
    flights: world.flights.map((flight) => ({
      ...flight,
      credentials: laterCredentials(flight.credentials),
      due: flight.due - 1,
    })),
    loot: world.loot && laterCredentials(world.loot),
    used: both(world.used),
    given: both(world.given),
  }
}

function laterCredentials({ generation, goodFor }: Credentials): Credentials {
  return { generation, goodFor: Math.max(0, goodFor - 1) }
}

function laterSession(session: Rotating): Rotating {
  return withInstants(session, (instant) => instant - tick)
}

/** A session with each of the instants that its rotation depends on replaced. */
export function withInstants(session: Rotating, by: (instant: number) => number): Rotating {
  const { issuedAt, uses, floor } = session
  return {
    ...session,
    issuedAt: by(issuedAt),
    uses: uses.map(({ generation, at }) => ({ generation, at: by(at) })),
    ...(floor === undefined ? {} : { floor: { ...floor, raisedAt: by(floor.raisedAt) } }),
  }
}
