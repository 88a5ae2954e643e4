// What may happen next. Everybody acts whenever they can: the owner sends, the network delivers in any order or loses,
// the thief copies and uses, the store fails over, time passes. What the server answers is in server.ts.

import { later, type Answer, type Configuration, type Request, type World } from './world.ts'
import { failedOver, named, seen, serve, serveStepUp, type Broken } from './server.ts'

export interface Step {
  /** What happened, as a line of a story. */
  readonly tale: string
  readonly world: World
  /** The promise that this step breaks. */
  readonly broken?: Broken
}

export const passing = 'a tick passes'

export function stepsFrom(world: World, configuration: Configuration): Step[] {
  const steps = ownerSteps(world, configuration)
  for (const flight of world.flights) {
    if (flight.kind === 'answer') steps.push(received(world, flight, configuration))
    else steps.push(...arrived(world, flight, configuration))
  }
  if (configuration.thief) steps.push(...thiefSteps(world, configuration))
  if (world.before && world.failOvers > 0) steps.push(failedOver(world, world.before))
  if (world.flights.every(({ due }) => due > 0)) steps.push({ tale: passing, world: later(world) })
  return steps
}

// ---------------------------------------------------------------------------------------------- the owner

function ownerSteps(world: World, configuration: Configuration): Step[] {
  const { profile, inFlight, refreshFrom, access, requestsWithin, confirming } = configuration
  const { jar, flights } = world
  if (flights.length >= inFlight) return []
  const holding = `with ${named(jar)}`
  const send = (kind: Request['kind'], tale: string, change: Partial<World> = {}, key?: string): Step => ({
    tale: `${tale} ${holding}`,
    world: {
      ...world,
      ...change,
      flights: [...flights, { kind, credentials: jar, key, due: requestsWithin - 1 }],
    },
  })
  const steps: Step[] = []
  const mayRefresh = access - jar.goodFor >= refreshFrom
  if (profile === 'cookie' || (confirming && jar.goodFor > 0)) {
    steps.push(send('request', 'the owner sends a request'))
  }
  if (profile === 'cookie' && mayRefresh && refreshFrom < access) {
    steps.push(send('refresh', 'the owner refreshes unasked'))
  }
  if (profile === 'bearer' && mayRefresh) {
    // A refresh that is not answered yet is sent again as it was.
    for (const [holder, held] of world.keys.entries()) {
      const keys = world.keys.with(holder, held ?? 'fresh')
      const tale = held ? 'the owner retries a refresh' : 'the owner refreshes'
      steps.push(
        send(
          'refresh',
          configuration.keyHolders > 1 ? `${tale} in tab ${holder + 1}` : tale,
          { keys },
          held ?? 'fresh',
        ),
      )
    }
  }
  // An unanswered refresh comes first: only it has a key.
  if (world.stepUps > 0 && world.keys.every((key) => key === undefined)) {
    steps.push(send('stepUp', 'the owner proves more', { stepUps: world.stepUps - 1 }))
  }
  return steps
}

function received(world: World, answer: Answer, { keeps }: Configuration): Step {
  const flights = without(world.flights, answer)
  const newer = answer.credentials.generation - world.jar.generation
  if (newer < 0 && keeps === 'newest')
    return { tale: 'the owner drops an older answer', world: { ...world, flights } }
  return {
    tale: `the owner receives ${named(answer.credentials)}${newer < 0 ? ', which is older than what it had' : ''}`,
    world: {
      ...world,
      flights,
      jar: answer.credentials,
      keys: newer === 0 ? world.keys : world.keys.map(() => undefined),
    },
  }
}

// ---------------------------------------------------------------------------------------------- the network

function arrived(sent: World, request: Request, configuration: Configuration): Step[] {
  const { credentials, kind } = request
  const world = { ...sent, flights: without(sent.flights, request) }
  const what = `the ${kind === 'stepUp' ? 'proof' : kind} with ${named(credentials)} arrives`
  if (kind === 'request' && credentials.goodFor > 0) {
    return [
      { tale: `${what}: its access token is good`, world: seen(world, credentials, 'owner', configuration) },
    ]
  }
  if (kind === 'request' && configuration.profile === 'bearer') return [{ tale: `${what}: 401`, world }]
  const served = (kind === 'stepUp' ? serveStepUp : serve)(world, request, 'owner', configuration)
  const tale = `${what}: ${served.outcome}`
  if (served.broken) return [{ tale, world: served.world, broken: served.broken }]
  if (!served.given) return served.isOver ? [] : [{ tale, world: served.world }]
  const answer: Answer = { kind: 'answer', credentials: served.given, due: configuration.answersWithin }
  const flights = [...served.world.flights, answer]
  return [
    { tale: `${tale}, ${named(served.given)}`, world: { ...served.world, flights } },
    { tale: `${tale}, ${named(served.given)}, but the answer is lost`, world: served.world },
  ]
}

// ---------------------------------------------------------------------------------------------- the thief

function thiefSteps(world: World, configuration: Configuration): Step[] {
  const { loot, jar } = world
  const copy = { generation: jar.generation, goodFor: 0 }
  const steps: Step[] = [{ tale: `the thief copies ${named(copy)}`, world: { ...world, loot: copy } }]
  if (!loot) return steps
  const served = serve(world, { kind: 'refresh', credentials: loot, key: undefined }, 'thief', configuration)
  const tale = `the thief refreshes with ${named(loot)}: ${served.outcome}`
  if (served.broken) steps.push({ tale, world: served.world, broken: served.broken })
  else if (served.given) {
    steps.push({ tale: `${tale}, ${named(served.given)}`, world: { ...served.world, loot: served.given } })
  }
  if (loot.goodFor > 0 && (configuration.profile === 'cookie' || configuration.confirming)) {
    const tale = `the thief uses the access token of ${named(loot)}`
    steps.push({ tale, world: seen(world, loot, 'thief', configuration) })
  }
  return steps
}

function without<T>(items: readonly T[], item: T): readonly T[] {
  return items.filter((other) => other !== item)
}
