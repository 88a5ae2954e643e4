// Express 4 and 5: one line of middleware, and guards for routes.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { SojournError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Facts } from '../core/schema.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor, guard, type Needs } from '../http/guard.ts'
import { createHandler, type Handled } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { nodeReply, nodeView, sendAnswer, type NodeRequest } from './shared-node.ts'

declare global {
  namespace Express {
    interface Request {
      /** The session of this request, and what one does with it. Set by `sojournExpress`. */
      sojourn: Exchange<RegisteredClaims, RegisteredData>
    }
  }
}

export interface ExpressOptions extends HttpOptions {
  /**
   * Who answers a request that is refused before or by `signedIn`: Sojourn with a problem document (`answer`), or the
   * application's own error handlers, which can show a page (`next`). Default: `answer`.
   */
  readonly errors?: 'answer' | 'next'
}

type Next = (error?: unknown) => void
type WithSojourn = NodeRequest & { sojourn?: Exchange<Facts, Facts> }
type WithExchange<Claims, Data> = IncomingMessage & { sojourn: Exchange<Claims, Data> }

// The requests whose refusals go to the application's error handlers.
const handingOn = new WeakSet<IncomingMessage>()

/** The whole chain as one middleware. Put it before the routes, and after a body parser if forms carry the CSRF token. */
export function sojournExpress<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { errors = 'answer', ...options }: ExpressOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  const handler = createHandler(sojourn, options)
  return (request, response, next) => {
    const go = (handled: Handled<Claims, Data>): void => {
      if (handled.exchange) (request as WithExchange<Claims, Data>).sojourn = handled.exchange
      if (handled.kind === 'answer') {
        const isHandedOn = errors === 'next' && handled.refusal !== undefined
        return isHandedOn ? next(handled.refusal) : sendAnswer(response, handled.answer)
      }
      next()
    }
    if (errors === 'next') handingOn.add(request)
    const handled = handler.handle(nodeView(request), nodeReply(response))
    if (handled instanceof Promise) handled.then(go).catch(next)
    else go(handled)
  }
}

/** A route for those who are signed in, and as `needs` says; everybody else gets a 401 or 403 that says what to do. */
export function signedIn(
  needs: Needs = {},
): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  const check = guard(needs)
  return (request: WithSojourn, response, next) => {
    try {
      check(request.sojourn)
    } catch (error) {
      return handingOn.has(request) ? next(error) : sendAnswer(response, answerFor(error, request.sojourn))
    }
    next()
  }
}

/** Answers what Sojourn throws inside of routes; put it after them. Other errors go on to the next error handler. */
export function sojournErrors(): (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: Next,
) => void {
  return (error, request: WithSojourn, response, next) => {
    if (!(error instanceof SojournError) || response.headersSent) return next(error)
    if (request.sojourn) tellFailure(request.sojourn.sojourn, error)
    sendAnswer(response, answerFor(error, request.sojourn))
  }
}
