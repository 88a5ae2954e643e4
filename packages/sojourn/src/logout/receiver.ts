// A route that others call, in the three shapes that applications mount. It answers by itself and needs no session, so it
// may stand before the middleware or behind it.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { fetchView, responseOf } from '../adapter/shared-fetch.ts'
import { nodeView, sendAnswer } from '../adapter/shared-node.ts'
import { tellFailure } from '../http/failure.ts'
import type { Answer, RequestBody, RequestView } from '../http/view.ts'

/** The same route for every framework. Nothing of it throws or rejects. */
export interface Receiver {
  /** For Hono, h3, Next.js and whatever else has a Request and wants a Response. */
  readonly fetch: (request: Request) => Promise<Response>
  /** For `node:http`, Express, Fastify (`request.raw`, `reply.raw`) and Koa (`ctx.req`, `ctx.res`). */
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** For adapters. */
  readonly handle: (view: RequestView) => Promise<Answer>
}

export interface Route {
  readonly mediaType: string
  readonly accept: (body: RequestBody) => Promise<Answer>
  /** How this route says no. */
  readonly refuse: (error: SojournError) => Answer
}

/** Longer than any token, and short enough to be read by everybody. */
const longestBody = 65_536

export function receiver<Claims, Data>(sojourn: Sojourn<Claims, Data>, route: Route): Receiver {
  async function answer(view: RequestView): Promise<Answer> {
    if (view.method !== 'POST') throw new SojournError('method_not_allowed')
    const [, type] = /^([^;\s]+)/.exec(view.header('content-type') ?? '') ?? []
    if (type?.toLowerCase() !== route.mediaType)
      throw new SojournError('media_type_unsupported', { detail: `Send ${route.mediaType}.` })
    const body = await view.body(longestBody)
    if (body.kind === 'too-large') throw new SojournError('body_too_large')
    return route.accept(body)
  }

  async function handle(view: RequestView): Promise<Answer> {
    try {
      return await answer(view)
    } catch (error) {
      tellFailure(sojourn, error)
      const known = error instanceof SojournError ? error : new SojournError('internal')
      const { status, headers, body } = route.refuse(known)
      return { status, headers: known.status === 405 ? [...headers, ['Allow', 'POST']] : headers, body }
    }
  }

  return {
    handle,
    fetch: async (request) => responseOf(await handle(fetchView(request)), request.method),
    node: async (request, response) => sendAnswer(response, await handle(nodeView(request))),
  }
}

/** An answer in JSON, for one caller and nobody else. */
export function jsonAnswer(status: number, value: unknown, more: Answer['headers'] = []): Answer {
  const headers: Answer['headers'] = [
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Cache-Control', 'no-store'],
    ...more,
  ]
  return { status, headers, body: JSON.stringify(value) }
}

/** A body as text, or a member of a form that the framework has parsed. */
export function textOf(body: RequestBody): string | undefined {
  if (body.kind === 'too-large') return undefined
  if (body.kind === 'parsed') return typeof body.value === 'string' ? body.value : undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body.bytes)
  } catch {
    return undefined
  }
}
