// Elysia 1.4 on Bun: three hooks, which Elysia types by itself when they are put in by name.
//
//   new Elysia().wrap(session.wrap).derive({ as: 'global' }, session.derive).onError({ as: 'global' }, session.onError)

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { refusalOf, throughChain, type Connection } from './shared-fetch.ts'

export interface ElysiaOptions extends HttpOptions {
  /** What the server knows of the connection, without which no proxy can be trusted. */
  readonly connection?: (request: Request) => Connection
}

export interface ElysiaSession<Claims, Data> {
  /** For `wrap`: the whole chain before Elysia's own. */
  wrap(next: (...given: unknown[]) => unknown, request: Request): (...given: unknown[]) => Promise<Response>
  /** For `derive`: puts `sojourn` into the context of every route. */
  derive(context: { readonly request: Request }): { readonly sojourn: Exchange<Claims, Data> }
  /** For `onError`: answers what Sojourn throws, and leaves everything else to the handlers after it. */
  onError(context: { readonly request: Request; readonly error: unknown }): Response | undefined
}

export function sojournElysia<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { connection = () => ({}), ...options }: ElysiaOptions = {},
): ElysiaSession<Claims, Data> {
  const http = createHandler(sojourn, options)
  const exchanges = new WeakMap<Request, Exchange<Claims, Data>>()
  return {
    wrap:
      (next, request) =>
      (...given) =>
        throughChain(http, request, connection(request), async (exchange) => {
          exchanges.set(request, exchange)
          return (await next(...given)) as Response
        }),
    derive: ({ request }) => ({ sojourn: exchanges.get(request)! }),
    onError: ({ request, error }) =>
      error instanceof SojournError ? refusalOf(error, exchanges.get(request), request.method) : undefined,
  }
}

/** For `beforeHandle` of a route that is for those who are signed in, and as `needs` says. */
export function signedIn(
  needs: Needs = {},
): <Claims, Data>(context: { readonly sojourn: Exchange<Claims, Data> }) => void {
  const check = guard(needs)
  return ({ sojourn }) => check(sojourn)
}
