// Between Node's server and the routes: the headers that every answer has, and a problem document also for what is so
// wrong that no route can be chosen, such as a Host that is none.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { SojournError } from 'sojourn'
import { problemFor, responseOf } from 'sojourn/fetch'

import type { Env } from './api/context.ts'
import type { HeaderList } from './ops/security-headers.ts'

/** A listener for `http.createServer`. A route that sets one of the headers itself has its own value. */
export function listenerOf(
  app: Hono<Env>,
  headers: HeaderList,
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: refusal })
  return (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value)
    void answer(request, response)
  }
}

// Routes answer their own errors, so what arrives here was refused before one was chosen.
function refusal(): Response {
  return responseOf(
    problemFor(new SojournError('request_malformed', { detail: 'The target or the Host is not valid.' })),
    'GET',
  )
}
