// What makes the world finite without leaving anything out: the newest generation is always 0, so a world remembers only
// how far behind and how long ago, and both end where no rule tells more from less. Worlds that nobody could tell apart
// are one world, written as one short text.

import type { Rotating } from '../src/core/session.ts'
import type { Answer, Configuration, Credentials, Newer, Request, World } from './world.ts'
import { tick, withInstants } from './world.ts'

/** The one world that stands for all that nobody can tell from this one. */
export function canonical(unnamed: World, { overlap, memory, depth }: Configuration): World {
  const world = withKeysRenamed(unnamed)
  const { session, before, failOvers } = world
  const newest = session.generation
  // A fail-over brings everything one generation nearer.
  const furthest = -depth - failOvers
  const oldest = -memory * tick
  const floor = floorOf(session, furthest, oldest)
  // Far behind only one thing counts: whether a generation is below the floor.
  const relative = (generation: number): number => {
    if (generation - newest > furthest) return generation - newest
    const isBelow = session.floor && floor !== undefined && generation < session.floor.generation
    return isBelow ? Math.min(floor - 1, furthest) : furthest
  }
  const credentials = ({ generation, goodFor }: Credentials): Credentials => ({
    generation: relative(generation),
    goodFor,
  })
  const capped = (newer: Newer): Newer =>
    newer.map((ticks) => (ticks === undefined ? undefined : Math.min(ticks, overlap)))
  const both = ({ owner, thief }: World['used']): World['used'] => ({
    owner: capped(owner),
    thief: capped(thief),
  })
  return {
    ...world,
    session: canonicalSession(session, newest, furthest, oldest),
    before: before && failOvers > 0 ? canonicalSession(before, newest, furthest, oldest) : undefined,
    grants: world.grants.map(relative),
    jar: credentials(world.jar),
    flights: world.flights
      .map((flight) => ({ ...flight, credentials: credentials(flight.credentials) }))
      .toSorted((a, b) => (encodeFlight(a) < encodeFlight(b) ? -1 : 1)),
    loot: world.loot && credentials(world.loot),
    used: both(world.used),
    given: both(world.given),
  }
}

function canonicalSession(session: Rotating, newest: number, furthest: number, oldest: number): Rotating {
  const { uses } = session
  const { floor, ...rest } = withInstants(session, (instant) => Math.max(instant, oldest))
  const floorAt = floorOf(session, furthest, oldest)
  return {
    ...rest,
    generation: session.generation - newest,
    authenticatedAt: 0,
    lastSeenAt: 0,
    ...(floor && floorAt !== undefined
      ? { floor: { ...floor, generation: floorAt, before: { ...floor.before, authenticatedAt: 0 } } }
      : {}),
    uses: uses.map(({ generation, at }, index) => ({
      generation: Math.max(generation - newest, furthest),
      // Of the first of three only the generation counts.
      at: index === 0 && uses.length === 3 ? oldest : Math.max(at, oldest),
    })),
  }
}

// A floor matters while it is fresh, or while the overlap may forgive somebody below it.
function floorOf({ floor, generation }: Rotating, furthest: number, oldest: number): number | undefined {
  if (!floor) return undefined
  const relative = floor.generation - generation
  return floor.raisedAt <= oldest && relative <= furthest ? undefined : Math.max(relative, furthest)
}

// Only which keys are equal counts. One that nobody can send again equals no other.
function withKeysRenamed(world: World): World {
  const names = new Map<string, string>()
  const nameOf = (key: string | undefined): string | undefined => {
    if (key === undefined) return undefined
    const known = names.get(key) ?? `k${names.size + 1}`
    names.set(key, known)
    return known
  }
  const keys = world.keys.map(nameOf)
  const flights = world.flights.map((flight) =>
    flight.kind === 'answer' ? flight : { ...flight, key: nameOf(flight.key) },
  )
  const renamed = (session: Rotating): Rotating =>
    session.issuedFor === undefined
      ? session
      : { ...session, issuedFor: names.get(session.issuedFor) ?? 'k0' }
  return {
    ...world,
    keys,
    flights,
    session: renamed(world.session),
    before: world.before && renamed(world.before),
  }
}

// ---------------------------------------------------------------------------------------------- writing it down

/** A text that two canonical worlds share only if they are the same. */
export function encode(world: World): string {
  const { session, before, failOvers, stepUps, grants, jar, keys, flights, loot, used, given } = world
  return [
    encodeSession(session),
    before ? encodeSession(before) : '',
    `${failOvers}${stepUps}`,
    grants.join(''),
    encodeCredentials(jar),
    keys.map((key) => key ?? '-').join(''),
    flights.map(encodeFlight).join(''),
    loot ? encodeCredentials(loot) : '',
    [used.owner, used.thief, given.owner, given.thief].map(encodeNewer).join(''),
  ].join('|')
}

// Fail-overs make a generation at most two newer than the newest.
const letter = (number: number): string => String.fromCharCode(99 + number)
const since = (instant: number | undefined): string => (instant === undefined ? '-' : letter(-instant / tick))

function encodeCredentials({ generation, goodFor }: Credentials): string {
  return letter(-generation) + letter(goodFor)
}

function encodeFlight(flight: Request | Answer): string {
  const key = flight.kind === 'answer' ? '' : (flight.key ?? '')
  return `${flight.kind}${key}:${letter(flight.due)}${encodeCredentials(flight.credentials)}`
}

function encodeSession(session: Rotating): string {
  const { generation, issuedAt, issuedFor, floor, acr } = session
  const times = letter(-generation) + since(issuedAt)
  const raised = floor ? letter(-floor.generation) + since(floor.raisedAt) + (floor.before.acr ?? '') : ''
  const uses = session.uses.map((use) => letter(-use.generation) + since(use.at)).join('')
  return [times, issuedFor, acr, raised, uses].join('/')
}

function encodeNewer(newer: Newer): string {
  return newer.map((ticks) => (ticks === undefined ? '-' : letter(ticks))).join('')
}
