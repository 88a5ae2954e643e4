// React Router 7, as a framework: a middleware for the root route, and the session for loaders and actions.

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { refusalOf, throughChain, type Connection } from './shared-fetch.ts'

/** What is used of a `RouterContextProvider`: a map by the identity of its keys. */
export interface RouterContext {
  get<T>(key: { defaultValue?: T }): T
  set<T>(key: { defaultValue?: T }, value: T): void
}

/** What middleware, loaders and actions are given. */
export interface RouterCall {
  readonly request: Request
  readonly context: Readonly<RouterContext>
}

export interface ReactRouterOptions extends HttpOptions {
  /** What the server knows of the connection, without which no proxy can be trusted. */
  readonly connection?: (call: RouterCall) => Connection
}

export interface ReactRouterSession<Claims, Data> {
  /** The whole chain, for the `middleware` of the root route. */
  middleware(call: RouterCall, next: () => Promise<unknown>): Promise<Response>
  /** The session of a request, and what one does with it. */
  sojournOf(call: RouterCall): Exchange<Claims, Data>
  /** The same for those who are signed in, and as `needs` says; throws a Response with a 401 or 403 otherwise. */
  signedIn(call: RouterCall, needs?: Needs): Exchange<Claims, Data>
  /** A loader or an action in which Sojourn's own errors are answered; React Router would take them for a 500. */
  answering<Call extends RouterCall, Result>(
    run: (call: Call) => Result | Promise<Result>,
  ): (call: Call) => Promise<Result>
}

export function sojournReactRouter<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { connection = () => ({}), ...options }: ReactRouterOptions = {},
): ReactRouterSession<Claims, Data> {
  const http = createHandler(sojourn, options)
  const key: { defaultValue?: Exchange<Claims, Data> } = {}
  const sojournOf = ({ context }: RouterCall): Exchange<Claims, Data> => context.get(key)
  // What a loader throws as a Response is the answer, or goes to the nearest error boundary.
  const asResponse = (error: unknown, call: RouterCall): unknown =>
    error instanceof SojournError ? refusalOf(error, sojournOf(call), call.request.method) : error
  return {
    middleware: (call, next) =>
      throughChain(http, call.request, connection(call), async (exchange) => {
        call.context.set(key, exchange)
        return (await next()) as Response
      }),
    sojournOf,
    signedIn(call, needs) {
      const exchange = sojournOf(call)
      try {
        guard(needs)(exchange)
      } catch (error) {
        throw asResponse(error, call)
      }
      return exchange
    },
    answering: (run) => async (call) => {
      try {
        return await run(call)
      } catch (error) {
        throw asResponse(error, call)
      }
    },
  }
}
