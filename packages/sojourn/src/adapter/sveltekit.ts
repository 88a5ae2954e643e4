// SvelteKit 2 and 3: the `handle` hook, which puts the session into `event.locals`, and a guard for endpoints.

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { refusalOf, throughChain, type Connection } from './shared-fetch.ts'

/** What is used of a `RequestEvent`. */
export interface SvelteKitEvent {
  readonly request: Request
  readonly locals: object
  /** With adapter-node, the request as Node has it. */
  readonly platform?: Readonly<{ req?: Pick<Connection, 'headersDistinct'> }> | undefined
  getClientAddress(): string
}

/** The `handle` hook with the whole chain. Declare `App.Locals { sojourn: Exchange }` to have its type. */
export function sojournSvelteKit<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): <Event extends SvelteKitEvent>(input: {
  event: Event
  resolve: (event: Event) => Response | Promise<Response>
}) => Promise<Response> {
  const http = createHandler(sojourn, options)
  return ({ event, resolve }) =>
    throughChain(http, event.request, connectionOf(event), (exchange) => {
      Object.assign(event.locals, { sojourn: exchange })
      return resolve(event)
    })
}

/**
 * An endpoint (`+server.ts`) for those who are signed in, and as `needs` says; everybody else gets a 401 or 403 that says
 * what to do. What it throws as a SojournError is answered too, which SvelteKit would take for a 500.
 */
export function signedIn<Event extends SvelteKitEvent>(
  needs: Needs,
  endpoint: (event: Event) => Response | Promise<Response>,
): (event: Event) => Promise<Response> {
  const check = guard(needs)
  return answering((event: Event) => {
    check(exchangeOf(event))
    return endpoint(event)
  })
}

/** An endpoint for everybody, in which Sojourn's own errors are answered. */
export function answering<Event extends SvelteKitEvent>(
  endpoint: (event: Event) => Response | Promise<Response>,
): (event: Event) => Promise<Response> {
  return async (event) => {
    try {
      return await endpoint(event)
    } catch (error) {
      if (!(error instanceof SojournError)) throw error
      return refusalOf(error, exchangeOf(event), event.request.method)
    }
  }
}

function connectionOf(event: SvelteKitEvent): Connection {
  return { peer: event.getClientAddress(), headersDistinct: event.platform?.req?.headersDistinct }
}

function exchangeOf({ locals }: SvelteKitEvent): Exchange<unknown, unknown> | undefined {
  return (locals as { sojourn?: Exchange<unknown, unknown> }).sojourn
}
