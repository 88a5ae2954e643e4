// The server of the model: it decides by the rules, and what it decides is held against the promises.

import { accessExpiry, type Presented, type Rotating } from '../src/core/session.ts'
import {
  tick,
  type Configuration,
  type Credentials,
  type Newer,
  type Party,
  type Request,
  type World,
} from './world.ts'

/** What Sojourn promises; the design names the first two (4.2), and step-up has the third (3.1). */
export type Promised = 'no accidental sign-out' | 'no silent theft' | 'no elevation of an earlier generation'

export interface Broken {
  readonly promise: Promised
  readonly because: string
}

export interface Served {
  readonly world: World
  readonly outcome: string
  /** What is handed out; absent if it is refused. */
  readonly given?: Credentials
  /** The session has ended. */
  readonly isOver?: boolean
  readonly broken?: Broken
}

type Asked = Pick<Request, 'kind' | 'credentials' | 'key'>

/** Exchanges a session token. */
export function serve(world: World, asked: Asked, party: Party, configuration: Configuration): Served {
  const { rules, policy } = configuration
  const { generation } = asked.credentials
  const decision = rules.present(world.session, presentedBy(asked), 0, policy)
  const { kind } = decision
  const broken = brokenBy(world, asked, party, kind, configuration)
  if (broken) return { world, outcome: kind, broken }
  if (kind !== 'rotated' && kind !== 'replayed')
    return { world, outcome: kind, isOver: kind !== 'superseded' }
  const next = decision.session ?? world.session
  const served = handOut(used(world, generation, party), next, party, kind, configuration)
  const level = levelOf(next)
  if (level === 0 || generation >= world.grants[level - 1]!) return served
  const because = `${named(asked.credentials)} is from before the proof`
  return { ...served, broken: { promise: 'no elevation of an earlier generation', because } }
}

/** Takes a proof. With cookies a spent access token has been refreshed before, and there is one answer to both. */
export function serveStepUp(world: World, asked: Asked, party: Party, configuration: Configuration): Served {
  const { rules, policy, profile } = configuration
  const isSpent = profile === 'cookie' && asked.credentials.goodFor === 0
  const refreshed = serve(world, asked, party, configuration)
  if (!refreshed.given) return refreshed
  const start = isSpent ? refreshed.world : used(world, asked.credentials.generation, party)
  const { kind } = rules.present(start.session, presentedBy(asked), 0, policy)
  if (kind !== 'rotated' && kind !== 'replayed')
    return { world: start, outcome: kind, isOver: kind !== 'superseded' }
  const level = levelOf(start.session) + 1
  const proof = { amr: ['otp'], acr: String(level) }
  const next = rules.steppedUp(start.session, asked.credentials.generation, proof, 0)
  const grants = [...start.grants.slice(0, level - 1), next.generation]
  return handOut({ ...start, grants }, next, party, 'stepped up', configuration)
}

/** Notes that an access token was seen. */
export function seen(
  world: World,
  { generation }: Credentials,
  party: Party,
  { rules, policy }: Configuration,
): World {
  const noted = used(world, generation, party)
  const session = rules.seen(world.session, { generation, background: true }, 0, policy)
  return session ? { ...noted, session } : noted
}

export function failedOver(world: World, before: Rotating): { tale: string; world: World } {
  return {
    tale: 'the store fails over and has lost the last rotation',
    world: { ...world, session: before, before: undefined, failOvers: world.failOvers - 1 },
  }
}

function presentedBy({ credentials: { generation }, key }: Asked): Presented {
  return key === undefined ? { generation } : { generation, idempotencyKey: key }
}

function handOut(world: World, session: Rotating, party: Party, outcome: string, of: Configuration): Served {
  const grown = session.generation - world.session.generation
  const shifted = grown === 0 ? world : { ...world, before: world.session, ...shiftedNewer(world, grown) }
  const goodFor = Math.round(accessExpiry(session, 0, of.policy) / tick)
  const given = of.profile === 'bearer' && of.thief ? noted(shifted.given, party, 0) : shifted.given
  return {
    outcome,
    given: { generation: session.generation, goodFor },
    world: { ...shifted, session, given },
  }
}

function levelOf(session: Rotating): number {
  return Number(session.acr ?? 0)
}

// ---------------------------------------------------------------------------------------------- the promises

function brokenBy(
  world: World,
  asked: Asked,
  party: Party,
  kind: string,
  of: Configuration,
): Broken | undefined {
  const isRefused = kind === 'reused' || kind === 'superseded' || kind === 'expired'
  if (of.thief) {
    const because = isRefused ? undefined : missedTheft(world, asked, party, of)
    return because === undefined ? undefined : { promise: 'no silent theft', because }
  }
  if (!isRefused || (kind === 'superseded' && mayBeSuperseded(world, asked, of))) return undefined
  return { promise: 'no accidental sign-out', because: `the owner is refused: ${kind}` }
}

// To be refused for a moment is the price of a step-up, and ends nothing: while its answer may be under way, and for a
// request that was under way when something newer was first used.
function mayBeSuperseded(
  { session, used }: World,
  { credentials }: Asked,
  { overlap, depth }: Configuration,
): boolean {
  const raisedFor = session.floor === undefined ? Infinity : -session.floor.raisedAt / tick
  const behind = Math.min(session.generation - credentials.generation, depth)
  return raisedFor < overlap || (used.owner[behind - 1] ?? Infinity) < overlap
}

/** What the second promise forbids is to accept somebody who is behind what the other has used for W or longer. */
function missedTheft(world: World, asked: Asked, party: Party, of: Configuration): string | undefined {
  const behind = world.session.generation - asked.credentials.generation
  if (behind < 1) return undefined
  const other = party === 'owner' ? 'thief' : 'owner'
  const at = Math.min(behind, of.depth) - 1
  const isLong = (ticks: number | undefined): boolean => ticks !== undefined && ticks >= of.overlap
  const usedFor = world.used[other][at]
  if (isLong(usedFor)) return `the ${other} has used a newer one for ${usedFor} ticks or longer`
  // Where uses stay unseen, being given one counts, unless a newer one was first seen used within W or by a retry.
  const isRetry = asked.key !== undefined && asked.key === world.session.issuedFor
  const ownUse = world.used[party][at]
  const isForgiven = usedFor !== undefined || (ownUse !== undefined && !isLong(ownUse)) || isRetry
  if (of.profile === 'cookie' || of.stepUps > 0 || isForgiven || !isLong(world.given[other][at]))
    return undefined
  return `the ${other} has held a newer one for ${of.overlap} ticks or longer`
}

// ---------------------------------------------------------------------------------------------- who has what

function used(world: World, generation: number, party: Party): World {
  return { ...world, used: noted(world.used, party, world.session.generation - generation) }
}

// Having something `behind` generations behind is having something newer than all that is further behind.
function noted(newer: World['used'], party: Party, behind: number): World['used'] {
  return { ...newer, [party]: newer[party].map((ticks, at) => ticks ?? (at >= behind ? 0 : undefined)) }
}

function shiftedNewer({ used, given }: World, by: number): Pick<World, 'used' | 'given'> {
  const shift = (newer: Newer): Newer => newer.map((_, at) => newer[at - by])
  const both = ({ owner, thief }: World['used']): World['used'] => ({
    owner: shift(owner),
    thief: shift(thief),
  })
  return { used: both(used), given: both(given) }
}

/** The story counts generations from its beginning. */
export function named({ generation, goodFor }: Credentials): string {
  return `#${generation}#${goodFor > 0 ? ` (access for ${goodFor})` : ''}`
}
