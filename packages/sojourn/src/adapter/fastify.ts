// Fastify 5: a plugin, and guards for routes. The chain runs after the body is parsed, because forms carry their CSRF
// token in it, and before it is validated.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'

import { SojournError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor, guard, type Needs } from '../http/guard.ts'
import { createHandler, type Handled } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import type { Answer, Reply } from '../http/view.ts'
import { nodeView, ofAnotherBody } from './shared-node.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of this request, and what one does with it. Set by `sojournFastify`. */
    sojourn: Exchange<RegisteredClaims, RegisteredData>
  }
}

/** The whole chain as a plugin, for all routes of the instance that it is registered on. */
export function sojournFastify<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): FastifyPluginAsync {
  const http = createHandler(sojourn, options)
  const { prefix } = http.settings
  // Hooks with a callback: one that is async makes a promise for every request, and Fastify waits for it.
  const chain: onRequestHookHandler = (request, reply, done) => {
    const { originalUrl, body } = request
    const take = (handled: Handled<Claims, Data>): void => {
      if (handled.exchange) request.sojourn = handled.exchange as Exchange<RegisteredClaims, RegisteredData>
      if (handled.kind === 'answer') send(reply, handled.answer)
      else done()
    }
    const handled = http.handle(nodeView(request.raw, { originalUrl, body }), replyOf(reply))
    if (handled instanceof Promise) handled.then(take).catch(done)
    else take(handled)
  }
  const plugin: FastifyPluginAsync = async (app) => {
    app.decorateRequest('sojourn')
    app.decorateReply(isBeingSent, false)
    app.addHook('onSend', (_request, reply, _payload, done) => {
      ;(reply as MarkedReply)[isBeingSent] = true
      done()
    })
    app.addHook('preValidation', chain)
    if (prefix === undefined) return
    // Our own routes read their bodies themselves, whatever parsers the application has.
    for (const url of [prefix, `${prefix}/*`]) app.all(url, { onRequest: chain }, async () => undefined)
  }
  // What the package fastify-plugin does: the hooks are for the instance itself, not for a scope of their own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

/** A hook for routes (`preHandler`, or `preValidation`) that are for those who are signed in, and as `needs` says. */
export function signedIn(
  needs: Needs = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const check = guard(needs)
  return async (request, reply) => {
    try {
      check(request.sojourn)
    } catch (error) {
      return send(reply, answerFor(error, request.sojourn))
    }
  }
}

/** For `setErrorHandler`: answers what Sojourn throws inside of routes; other errors go on to the handler outside. */
export function sojournErrors(): (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown {
  return (error, request, reply) => {
    if (!(error instanceof SojournError)) throw error
    if (request.sojourn) tellFailure(request.sojourn.sojourn, error)
    return send(reply, answerFor(error, request.sojourn))
  }
}

// Fastify has begun to send it: too late for headers, although none is out.
const isBeingSent = Symbol('sojourn: is being sent')
type MarkedReply = FastifyReply & { [isBeingSent]?: boolean }

function replyOf(reply: FastifyReply): Reply {
  return {
    isCommitted: () => reply.raw.headersSent || (reply as MarkedReply)[isBeingSent] === true,
    setHeader: (name, value) => void reply.header(name, value),
    getCookies: () => [reply.getHeader('set-cookie') ?? []].flat().map(String),
    setCookies: (cookies) => void reply.removeHeader('set-cookie').header('set-cookie', [...cookies]),
  }
}

function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  for (const name of ofAnotherBody) reply.removeHeader(name)
  for (const [name, value] of headers) reply.header(name, value)
  return reply.code(status).send(body)
}
