// Forward-auth: a proxy asks, for each request, whether its caller is signed in, and passes the request on to the
// application only if the answer is 2xx. The original request goes through the same stages as any other (origin, session,
// inline refresh, CSRF token, rate limit): there is no second set of rules for callers behind a proxy.
//
// The answer of a 200 has an access token in it and, after a refresh, a session token: it is for a proxy that is on the list
// of trusted ones and for nobody else. The proxy hands the cookies to the browser and the identity to the application; how it
// does is in proxies/. What it cannot do with a standard answer it says in the query, which no client can write:
//
//   ?cookies=numbered   Set-Cookie lines in X-Session-Cookie-1 to -3 instead, on a 200 only: other answers may reach
//                       the browser as they are, where a script could read such a header
//   ?redirect=401       a redirect as a 401 with the same Location
//   ?csrf=origin        no CSRF token of ours is asked for, because the application has its own: the origin has to do

import { SojournError } from 'sojourn'
import {
  answerFor,
  FetchReply,
  guard,
  isFromProxy,
  responseOf,
  tellFailure,
  type Exchange,
} from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'

import type { Request, Services } from '../api/context.ts'
import { identityHeaders, numberedCookies } from './identity.ts'
import { originalOf, path } from './original.ts'
import type { SignInPage } from './sign-in-page.ts'

export function forwardAuth(services: Services, page: SignInPage): (request: Request) => Promise<Response> {
  const { http, sojourn } = services
  const requireSession = guard()
  return async ({ env }) => {
    const view = nodeView(env.incoming)
    if (!isFromProxy(view, http.settings.transport)) throw strange()
    const wishes = readWishes(view.target)
    const original = originalOf(view)
    const reply = new FetchReply()
    const judged = await http.judge(original, reply, { csrfToken: wishes.needsCsrfToken })
    if (judged.kind === 'answer') return reply.onto(responseOf(judged.answer, view.method))
    const { exchange } = judged
    try {
      requireSession(exchange)
      return reply.onto(granted(exchange, wishes))
    } catch (error) {
      tellFailure(sojourn, error)
      const refusal = responseOf(answerFor(error, exchange), view.method)
      const location = refusal.status === 401 ? page.locationFor(original, exchange.transport) : undefined
      return reply.onto(location === undefined ? refusal : redirected(refusal, location, wishes))
    }
  }
}

interface Wishes {
  readonly hasNumberedCookies: boolean
  readonly isRedirectRefused: boolean
  readonly needsCsrfToken: boolean
}

// The query behind a suffix is part of the original target (see original.ts).
function readWishes(target: string): Wishes {
  const [route, query = ''] = target.split('?', 2)
  const wishes = new Set(route === path && query !== '' ? query.split('&') : [])
  const read = {
    hasNumberedCookies: wishes.delete('cookies=numbered'),
    isRedirectRefused: wishes.delete('redirect=401'),
    needsCsrfToken: !wishes.delete('csrf=origin'),
  }
  if (wishes.size === 0) return read
  throw new SojournError('request_malformed', {
    detail: 'The query of forward-auth may hold cookies=numbered, redirect=401 and csrf=origin.',
  })
}

function granted<Claims, Data>(exchange: Exchange<Claims, Data>, { hasNumberedCookies }: Wishes): Response {
  const { reply } = exchange
  const headers = [
    ...identityHeaders(exchange),
    ...(hasNumberedCookies ? numberedCookies(reply.getCookies()) : []),
  ]
  if (hasNumberedCookies) reply.setCookies([])
  return new Response(null, {
    status: 200,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}

function redirected(refusal: Response, location: string, { isRedirectRefused }: Wishes): Response {
  refusal.headers.set('location', location)
  if (isRedirectRefused) return refusal
  return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-store' } })
}

function strange(): SojournError {
  return new SojournError('forbidden', {
    detail:
      'Forward-auth answers the proxies on the list of trusted ones (SOJOURN_TRUSTED_PROXIES), and nobody else.',
  })
}
