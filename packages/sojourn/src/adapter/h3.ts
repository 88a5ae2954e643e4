// h3 2, on every runtime: one middleware, and guards for routes.

import type { H3Event, Middleware } from 'h3'

import { SojournError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import type { Reply } from '../http/view.ts'
import { openView, refusalOf, responseOf } from './shared-fetch.ts'

declare module 'h3' {
  interface H3EventContext {
    /** The session of this request, and what one does with it. Set by `sojournH3`. */
    sojourn: Exchange<RegisteredClaims, RegisteredData>
  }
}

/** The whole chain as one middleware. Put it before the routes. */
export function sojournH3<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): Middleware {
  const http = createHandler(sojourn, options)
  return async (event, next) => {
    const { ip: peer, method } = event.req
    const view = await openView(event.req, { peer })
    const { reply, commit } = replyOf(event)
    const handled = await http.handle(view, reply)
    if (handled.kind === 'answer') return responseOf(handled.answer, method)
    Object.assign(event.context, { sojourn: handled.exchange })
    try {
      return await next()
    } catch (error) {
      if (!(error instanceof SojournError)) throw error
      return refusalOf(error, handled.exchange, method)
    } finally {
      commit()
    }
  }
}

/** A route for those who are signed in, and as `needs` says; everybody else gets a 401 or 403 that says what to do. */
export function signedIn(needs: Needs = {}): Middleware {
  const check = guard(needs)
  return (event, next) => {
    check(event.context.sojourn)
    return next()
  }
}

// h3 lays the first headers over an answer and the second over an error; both are gone once the answer is made.
function replyOf({ res }: H3Event): { reply: Reply; commit: () => void } {
  const both = [res.headers, res.errHeaders]
  let isCommitted = false
  const reply: Reply = {
    isCommitted: () => isCommitted,
    setHeader: (name, value) => both.forEach((headers) => headers.set(name, value)),
    getCookies: () => res.headers.getSetCookie(),
    setCookies: (cookies) => {
      for (const headers of both) {
        headers.delete('set-cookie')
        for (const line of cookies) headers.append('set-cookie', line)
      }
    },
  }
  return { reply, commit: () => void (isCommitted = true) }
}
