// The application that every adapter serves for the suite: a handful of routes, written once, mounted by each framework
// in its own way.

import type { Facts } from '../../core/schema.ts'
import { SojournError } from '../../core/errors.ts'
import type { SignIn } from '../../core/verbs/create.ts'
import type { Exchange, SignOutScope } from '../../http/exchange.ts'
import type { Needs } from '../../http/guard.ts'

/** What a route of the application gets from its framework. */
export interface RouteCall {
  readonly exchange: Exchange<Facts, Facts>
  /** The parsed body, JSON or form; whatever the framework gives where there is none. */
  readonly body: unknown
  /** Adds a cookie of the application's own to the answer, in the framework's way. */
  readonly setCookie: (line: string) => void
  /** Sends status and headers, after which the rest of the body follows. */
  readonly begin: () => void
}

export interface RouteAnswer {
  readonly status: number
  readonly json: unknown
  /** Where the answer redirects to, instead of having a body. */
  readonly location?: string
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** The guard that the framework puts before the route. */
  readonly needs?: Needs
  readonly handle: (call: RouteCall) => Promise<RouteAnswer>
}

const ok = (json: unknown = {}): RouteAnswer => ({ status: 200, json })

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/public',
    handle: async ({ exchange }) => ok({ subject: exchange.session?.subject ?? null }),
  },
  { method: 'POST', path: '/public', handle: async () => ok() },
  { method: 'POST', path: '/login', handle: signIn },
  { method: 'GET', path: '/me', needs: {}, handle: me },
  { method: 'POST', path: '/change', needs: {}, handle: me },
  { method: 'DELETE', path: '/account', needs: { freshWithin: '5m', role: ['admin', 'owner'] }, handle: me },
  { method: 'POST', path: '/step-up', needs: {}, handle: stepUp },
  { method: 'POST', path: '/logout', handle: signOut },
  { method: 'GET', path: '/double', handle: double },
  { method: 'GET', path: '/late', handle: late },
  { method: 'POST', path: '/welcome', handle: welcome },
  {
    method: 'GET',
    path: '/boom',
    handle: () => Promise.reject(new SojournError('session_limit', { members: { most: 3 } })),
  },
  {
    method: 'GET',
    path: '/crash',
    handle: () => Promise.reject(new Error('the password of the database is hunter2')),
  },
]

async function signIn({ exchange, body }: RouteCall): Promise<RouteAnswer> {
  const issued = await exchange.signIn(body as SignIn<Facts, Facts>)
  const { sessionToken, accessToken, session } = issued
  return ok(session.profile === 'bearer' ? { sessionToken, accessToken, id: session.id } : { id: session.id })
}

async function me({ exchange }: RouteCall): Promise<RouteAnswer> {
  const { subject, claims, sessionId } = exchange.session!
  return ok({ subject, claims, id: sessionId })
}

async function stepUp({ exchange }: RouteCall): Promise<RouteAnswer> {
  await exchange.stepUp({ amr: ['otp'], acr: 'urn:mfa' })
  return ok({ acr: exchange.session!.acr })
}

async function signOut({ exchange, body }: RouteCall): Promise<RouteAnswer> {
  await exchange.signOut((body as { scope?: SignOutScope } | undefined)?.scope)
  return ok({ subject: exchange.session?.subject ?? null })
}

// A cookie of its own, one that only looks like ours, and two sign-ins: in the end there is one cookie of each name.
async function double({ exchange, setCookie }: RouteCall): Promise<RouteAnswer> {
  setCookie('theme=dark; Path=/')
  await exchange.signIn({ subject: 'first' })
  const { session } = await exchange.signIn({ subject: 'second' })
  exchange.csrfToken()
  return ok({ id: session.id })
}

async function welcome({ exchange, setCookie }: RouteCall): Promise<RouteAnswer> {
  setCookie('theme=dark; Path=/')
  await exchange.signIn({ subject: 'alice' })
  return { status: 303, json: undefined, location: '/me' }
}

async function late({ exchange, begin }: RouteCall): Promise<RouteAnswer> {
  begin()
  // One turn of the loop, so that a framework that begins asynchronously has begun.
  await new Promise((resolve) => setTimeout(resolve, 10))
  const codes = []
  for (const act of [() => exchange.signIn({ subject: 'late' }), () => exchange.signOut()]) {
    codes.push(
      await act().then(
        () => 'nothing was thrown',
        (error: unknown) => (error instanceof SojournError ? error.code : String(error)),
      ),
    )
  }
  return ok({ codes })
}
