// Hono 4, on every runtime: one middleware, and guards for routes.

import type { Context, MiddlewareHandler } from 'hono'

import { SojournError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { refusalOf, throughChain, type Connection } from './shared-fetch.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The session of this request, and what one does with it. Set by `sojournHono`. */
    sojourn: Exchange<RegisteredClaims, RegisteredData>
  }
}

export interface HonoOptions extends HttpOptions {
  /**
   * What the runtime knows of the connection: `getConnInfo` of Hono's adapter tells the peer's address, without which no
   * proxy can be trusted.
   */
  readonly connection?: (c: Context) => Connection | Promise<Connection>
}

/** The whole chain as one middleware. Put it before the routes. */
export function sojournHono<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { connection = () => ({}), ...options }: HonoOptions = {},
): MiddlewareHandler {
  const http = createHandler(sojourn, options)
  return async (c, next) => {
    const response = await throughChain(http, c.req.raw, await connection(c), async (exchange) => {
      c.set('sojourn', exchange as Exchange<RegisteredClaims, RegisteredData>)
      await next()
      // Hono has answered the error by now, with nothing but a 500.
      if (c.error instanceof SojournError) throw c.error
      return c.res
    })
    if (!c.finalized) return response
    if (response === c.res) return undefined
    // Hono lays headers of the response before over this one, unless there is none.
    c.res = undefined
    c.res = response
    return undefined
  }
}

/** A route for those who are signed in, and as `needs` says; everybody else gets a 401 or 403 that says what to do. */
export function signedIn(needs: Needs = {}): MiddlewareHandler {
  const check = guard(needs)
  return async (c, next) => {
    const exchange: Exchange<RegisteredClaims, RegisteredData> | undefined = c.get('sojourn')
    try {
      check(exchange)
    } catch (error) {
      return refusalOf(error, exchange, c.req.method)
    }
    return next()
  }
}
