// The server of the simulation: the real engine and the real HTTP side on a store in memory, with the sign-in and the
// few routes of an application behind them. Nothing in it knows that it is a simulation, but for its clock.

import { createSojourn, type Sojourn } from '../../src/core/sojourn.ts'
import type { SojournEvent } from '../../src/core/events.ts'
import type { SojournOptions } from '../../src/core/options.ts'
import type { PolicyInput } from '../../src/core/policy.ts'
import { sojournFetch } from '../../src/adapter/fetch.ts'
import { responseOf } from '../../src/adapter/shared-fetch.ts'
import type { Exchange } from '../../src/http/exchange.ts'
import { answerFor, guard } from '../../src/http/guard.ts'
import type { Facts } from '../../src/core/schema.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { seededRandom } from '../../src/testing/random.ts'
import type { VirtualTime } from './time.ts'

export const origin = 'https://app.example'
const beginning = 1_767_225_600_000

export interface SimulatedServer {
  readonly sojourn: Sojourn
  readonly events: SojournEvent[]
  readonly answer: (request: Request) => Promise<Response>
}

export function simulatedServer(
  time: Pick<VirtualTime, 'now'>,
  policy: PolicyInput = {},
  more: Pick<SojournOptions<Facts, Facts>, 'dpop'> = {},
): SimulatedServer {
  const events: SojournEvent[] = []
  const sojourn = createSojourn({
    issuer: origin,
    secrets: ['fEEEpWd1rahdQAlwdpg05TLsPbe5Zs3KoCb0JidyOoo'],
    environment: 'test',
    store: memoryStore(),
    clock: () => beginning + Math.floor(time.now),
    random: seededRandom('browsers'),
    listeners: [(event) => void events.push(event)],
    policy,
    ...more,
  })
  return { sojourn, events, answer: sojournFetch(sojourn, application) }
}

const needsSignIn = guard()
const needsProof = guard({ freshWithin: '10m' })

async function application(request: Request, exchange: Exchange<Facts, Facts>): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const subject = searchParams.get('as') ?? 'alice'
  switch (pathname) {
    case '/sign-in':
      await exchange.signIn({ subject })
      return Response.json({ welcome: subject })
    case '/sign-in-app':
      return Response.json(await signInApp(exchange, subject))
    case '/elsewhere':
      // Another service behind the same origin, with a no of its own.
      return Response.json({ code: 'session_expired', error: 'unauthorized' }, { status: 401 })
    case '/stubborn':
      return Response.json(
        { type: 'urn:sojourn:error:token_rejected', code: 'token_rejected', status: 401 },
        { status: 401, headers: { 'content-type': 'application/problem+json' } },
      )
    default:
      return privately(request, exchange, pathname === '/delicate' ? needsProof : needsSignIn)
  }
}

async function privately(
  request: Request,
  exchange: Exchange<Facts, Facts>,
  check: (exchange: Exchange<Facts, Facts>) => void,
): Promise<Response> {
  try {
    check(exchange)
  } catch (error) {
    return responseOf(answerFor(error, exchange), request.method)
  }
  return Response.json({ subject: exchange.session?.subject, body: await request.text() })
}

async function signInApp(exchange: Exchange<Facts, Facts>, subject: string): Promise<object> {
  const issued = await exchange.signIn({ subject, profile: 'bearer' })
  const expiresIn = Math.floor((issued.access.expiresAt - exchange.now) / 1000)
  const { accessToken, tokenType } = issued
  return { accessToken, expiresIn, refreshToken: issued.sessionToken, tokenType }
}
