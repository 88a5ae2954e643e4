// The routes of the demo: the few things that an application brings along itself (who signs in, who may do what), and
// what the page needs to show. Every one of them has the library's whole chain in front of it.

import { deviceLabel, SojournError, type Facts, type Session } from 'sojourn'
import { guard, readBody, viewOf } from 'sojourn/fetch'

import { empty, json, type Request, type Services } from '../api/context.ts'
import { chained, signedIn, type Caller } from './chain.ts'
import type { EventStreams } from './event-stream.ts'
import { hereOf, LoopbackClient } from './loopback.ts'
import { people, roles } from './people.ts'
import { policyView } from './policy.ts'
import type { Thieves } from './thieves.ts'
import { digestOf, readSetCookie } from './tokens.ts'

type Handler = (request: Request) => Promise<Response>

/** The demo's own routes: path, then method. */
export function demoRoutes(
  services: Services,
  streams: EventStreams,
  thieves: Thieves,
): Readonly<Record<string, Readonly<Record<string, Handler>>>> {
  const route = (handler: Parameters<typeof chained>[1]): Handler => chained(services, handler)
  return {
    '/demo/state': { GET: route(async (caller) => json(200, await stateOf(caller))) },
    '/demo/events': { GET: route((caller) => streams.open(caller)) },
    '/demo/sign-in': { POST: route(signIn) },
    '/demo/role': { POST: route(changeRole) },
    '/demo/door': { GET: route((caller) => json(200, knock(caller))) },
    '/demo/phone': { POST: route(signInOnPhone) },
    '/demo/thief/steal': { POST: route((caller) => json(200, thieves.steal(caller))) },
    '/demo/thief/act': {
      POST: route(async (caller, { env }) => {
        const { thief, action } = await members(caller, ['thief', 'action'])
        return json(200, await thieves.act(caller, env, thief ?? '', action ?? ''))
      }),
    },
  }
}

/** Everything that the page shows of the caller; 200 for a visitor too, because being one is no error. */
async function stateOf(caller: Caller): Promise<unknown> {
  const { sojourn, session: access, refusal, now } = caller
  const { policy } = sojourn.settings
  const session = await caller.load()
  return {
    now,
    policy: policyView(policy),
    people,
    refusal: access ? null : (refusal ?? null),
    session:
      access && session
        ? {
            ...viewOf(session, policy, true),
            generation: session.generation,
            issuedAt: session.issuedAt,
            confirmedAt: firstUse(session, session.generation),
            previousConfirmedAt: firstUse(session, session.generation - 1),
            access: {
              generation: access.generation,
              claimsVersion: access.claimsVersion,
              expiresAt: access.expiresAt,
            },
            digest: digestOf(sessionTokenOf(caller)),
          }
        : null,
  }
}

function firstUse({ uses }: Session, generation: number): number | null {
  return uses.find((use) => use.generation === generation)?.at ?? null
}

// What the browser holds once it has the answer.
function sessionTokenOf({ jar, reply, carried }: Caller): string {
  const set = reply
    .getCookies()
    .map(readSetCookie)
    .find(({ name }) => name === jar.names.session)
  return set?.value ?? carried.session ?? ''
}

async function signIn(caller: Caller): Promise<Response> {
  const { person: subject } = await members(caller, ['person'])
  const person = people.find((one) => one.subject === subject)
  if (!person)
    throw new SojournError('members_unknown', { detail: 'person must be one of those of the demo.' })
  const { name, role } = person
  const label = deviceLabel(caller.view.header('user-agent'))
  await caller.signIn({
    subject: person.subject,
    claims: { name, role },
    amr: ['user'],
    ...(label === undefined ? {} : { device: { label } }),
  })
  return empty()
}

async function changeRole(caller: Caller): Promise<Response> {
  signedIn(caller)
  const { role } = await members(caller, ['role'])
  if (!roles.some((one) => one === role))
    throw new SojournError('members_unknown', { detail: `role must be ${roles.join(' or ')}.` })
  await caller.update((claims: Facts) => ({ ...claims, role }))
  return empty()
}

const adminOnly = guard({ role: 'admin' })

// What the guard says of a route that is for administrators, and on the strength of which access token.
function knock(caller: Caller): unknown {
  const { claims, claimsVersion, generation } = signedIn(caller)
  const facts = { role: claims['role'], claimsVersion, generation }
  try {
    adminOnly(caller)
    return { open: true, ...facts }
  } catch (error) {
    if (error instanceof SojournError && error.code === 'forbidden') return { open: false, ...facts }
    throw error
  }
}

// A second device for somebody who has only one browser at hand: it signs in by the same requests as the page.
async function signInOnPhone(caller: Caller, { env }: Request): Promise<Response> {
  const { subject } = signedIn(caller)
  const name = people.find((one) => one.subject === subject)?.name ?? 'Somebody'
  const here = hereOf(env)
  const phone = new LoopbackClient(`${name}'s phone`)
  const { csrf } = await phone.csrfToken(here)
  const { status } = await phone.ask(here, 'POST', '/demo/sign-in', { csrf, body: { person: subject } })
  if (status !== 204) throw new SojournError('internal')
  return empty()
}

async function members(
  { view }: Caller,
  names: readonly string[],
): Promise<Readonly<Record<string, string | undefined>>> {
  const body = await readBody(view, names)
  for (const name of names)
    if (typeof body[name] !== 'string')
      throw new SojournError('members_unknown', { detail: `${name} must be text.` })
  return body as Readonly<Record<string, string | undefined>>
}
