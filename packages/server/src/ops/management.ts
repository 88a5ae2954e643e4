// A listener of its own for what only the operator's network should reach: counts, and health. It asks for no key, so it
// listens on this machine unless it is told otherwise.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Hono } from 'hono'
import { SojournError } from 'sojourn'
import { problemFor, responseOf } from 'sojourn/fetch'
import { answerClientErrors } from 'sojourn/node'

import type { Env, Services } from '../api/context.ts'
import { mountRoute } from '../app.ts'
import { listenerOf } from '../listener.ts'
import { showMetrics, metricsResponse } from '../metrics/operation.ts'
import { live, ready } from './health.ts'
import { listen } from './listen.ts'
import { securityHeaders } from './security-headers.ts'

export interface Management {
  readonly port: number
  close(): void
}

/** Resolves once it listens. */
export async function startManagement(
  services: Services,
  place: { readonly host: string; readonly port: number },
): Promise<Management> {
  const app = new Hono<Env>()
  app.onError((error, { req }) => responseOf(problemFor(error), req.method))
  app.notFound(({ req }) => responseOf(problemFor(new SojournError('not_found')), req.method))
  mountRoute(app, showMetrics.path, { GET: () => metricsResponse(services) })
  for (const { path, serve } of [live, ready])
    mountRoute(app, path, { GET: (request) => serve(services, request) })
  const headers = securityHeaders('http:')
  const server = answerClientErrors(
    createServer(
      { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000 },
      listenerOf(app, headers),
    ),
    headers,
  )
  await listen(server, place)
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
