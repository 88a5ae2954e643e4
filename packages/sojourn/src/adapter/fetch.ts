// A plain `fetch` handler: for Deno, Bun, workers, and whatever else hands out a Request and takes a Response.

import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { refusalOf, throughChain, type Connection } from './shared-fetch.ts'

/** A `fetch` handler with the whole chain before `handler`; an error that `handler` throws is a 500 without details. */
export function sojournFetch<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  handler: (request: Request, exchange: Exchange<Claims, Data>) => Response | Promise<Response>,
  options: HttpOptions = {},
): (request: Request, connection?: Connection) => Promise<Response> {
  const http = createHandler(sojourn, options)
  return (request, connection = {}) =>
    throughChain(http, request, connection, async (exchange) => {
      try {
        return await handler(request, exchange)
      } catch (error) {
        return refusalOf(error, exchange, request.method)
      }
    })
}
