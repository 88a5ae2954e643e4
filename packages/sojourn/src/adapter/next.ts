// Next.js with the App Router. Route handlers have the whole chain and may set cookies. Server components may not, so they
// only read; the proxy renews their session before they are rendered. Next's own functions are handed in.

import type { Access } from '../core/access-token.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { withCookies } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { isSafe } from '../http/origin.ts'
import { authenticateByAccessToken, openExchange } from '../http/stages.ts'
import { FetchReply, fetchView, openView, responseOf, throughChain, type Connection } from './shared-fetch.ts'

export interface NextOptions extends HttpOptions {
  /** `headers` of `next/headers`. */
  readonly headers: () => Promise<{ get(name: string): string | null }>
  /** `NextResponse` of `next/server`. */
  readonly NextResponse: { next(init: { request: { headers: Headers } }): Response }
  /** What is known of the connection; Next does not tell. Without it no proxy is trusted. */
  readonly connection?: Connection
}

type RouteHandler<Context> = (request: Request, context: Context) => Promise<Response>

export interface NextSession<Claims, Data> {
  /** A route handler with the whole chain before it, for those whom `needs` lets in; for everybody without it. */
  route<Context>(
    handler: (
      request: Request,
      exchange: Exchange<Claims, Data>,
      context: Context,
    ) => Response | Promise<Response>,
    needs?: Needs,
  ): RouteHandler<Context>
  /** For `proxy.ts`: renews the session of a page before it is rendered, in the request and in the browser. */
  proxy(request: Request): Promise<Response>
  /** For server components: the caller's session, or undefined. Sets no cookie and renews nothing. */
  session(): Promise<Access<Claims> | undefined>
}

export function sojournNext<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { headers, NextResponse, connection = {}, ...options }: NextOptions,
): NextSession<Claims, Data> {
  const http = createHandler(sojourn, options)
  return {
    route: (handler, needs) => {
      const check = needs && guard(needs)
      return (request, context) =>
        throughChain(http, request, connection, (exchange) => {
          check?.(exchange)
          return handler(request, exchange, context)
        })
    },
    async proxy(request) {
      // Route handlers judge what changes something; a server action is judged by Next, by its origin.
      if (!isSafe(request.method)) return NextResponse.next({ request: { headers: request.headers } })
      const reply = new FetchReply()
      const handled = await http.handle(await openView(request, connection), reply)
      if (handled.kind === 'answer') return reply.onto(responseOf(handled.answer, request.method))
      const renewed = new Headers(request.headers)
      renewed.set('cookie', withCookies(request.headers.get('cookie') ?? '', reply.getCookies()))
      return reply.onto(NextResponse.next({ request: { headers: renewed } }))
    },
    async session() {
      const given = await headers()
      const copy = [
        'authorization',
        'cookie',
        'host',
        'x-forwarded-proto',
        'x-forwarded-host',
        'x-forwarded-for',
      ]
      const known = copy.flatMap((name): [string, string][] => {
        const value = given.get(name)
        return value === null ? [] : [[name, value]]
      })
      const protocol = given.get('x-forwarded-proto')?.split(',')[0] ?? 'http'
      const request = new Request(`${protocol}://${given.get('host') ?? 'localhost'}/`, { headers: known })
      const exchange = openExchange(sojourn, http.settings, fetchView(request, connection), new FetchReply())
      await authenticateByAccessToken(exchange)
      return exchange.session
    },
  }
}
