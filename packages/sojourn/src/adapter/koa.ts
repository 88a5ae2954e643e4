// Koa 3: one middleware, and guards for routes.

import type { Context, Middleware } from 'koa'

import { SojournError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor, guard, type Needs } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import type { Answer } from '../http/view.ts'
import { nodeReply, nodeView, ofAnotherBody, type NodeParsed } from './shared-node.ts'

declare module 'koa' {
  interface ExtendableContext {
    /** The session of this request, and what one does with it. Set by `sojournKoa`. */
    sojourn: Exchange<RegisteredClaims, RegisteredData>
  }
}

/** The whole chain as one middleware. Put it before the routes, and after a body parser if forms carry the CSRF token. */
export function sojournKoa<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): Middleware {
  const http = createHandler(sojourn, options)
  return async (ctx, next) => {
    const { originalUrl, request } = ctx
    const view = nodeView(ctx.req, { originalUrl, body: (request as NodeParsed).body })
    const handling = http.handle(view, nodeReply(ctx.res))
    const handled = handling instanceof Promise ? await handling : handling
    if (handled.exchange) ctx.sojourn = handled.exchange as Exchange<RegisteredClaims, RegisteredData>
    if (handled.kind === 'answer') return send(ctx, handled.answer)
    try {
      await next()
    } catch (error) {
      if (!(error instanceof SojournError) || ctx.headerSent) throw error
      tellFailure(sojourn, error)
      send(ctx, answerFor(error, handled.exchange))
    }
  }
}

/** A route for those who are signed in, and as `needs` says; everybody else gets a 401 or 403 that says what to do. */
export function signedIn(needs: Needs = {}): Middleware {
  const check = guard(needs)
  return (ctx, next) => {
    check(ctx.sojourn)
    return next()
  }
}

function send(ctx: Context, { status, headers, body }: Answer): void {
  for (const name of ofAnotherBody) ctx.remove(name)
  ctx.set(Object.fromEntries(headers))
  ctx.status = status
  ctx.body = status === 204 ? null : body
}
