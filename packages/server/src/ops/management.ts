// A listener of its own for what only the operator's network should reach: counts, health and the dashboard. It asks for no
// key (only the dashboard does), so it listens on this machine unless it is told otherwise.

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
import type { AddressLimits } from './limits.ts'
import { listen, originOf } from './listen.ts'
import { securityHeaders } from './security-headers.ts'

export interface Management {
  readonly port: number
  readonly url: string
  close(): void
}

export interface ManagementOptions {
  readonly place: { readonly host: string; readonly port: number }
  readonly limits: AddressLimits
  /** Further routes. */
  readonly mount: (app: Hono<Env>) => void
}

/** Resolves once it listens. */
export async function startManagement(
  services: Services,
  { place, limits, mount }: ManagementOptions,
): Promise<Management> {
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    await next()
    await limits.after(context)
  })
  app.onError((error, { req }) => responseOf(problemFor(error), req.method))
  app.notFound(({ req }) => responseOf(problemFor(new SojournError('not_found')), req.method))
  mountRoute(app, showMetrics.path, { GET: () => metricsResponse(services) })
  for (const { path, serve } of [live, ready])
    mountRoute(app, path, { GET: (request) => serve(services, request) })
  mount(app)
  const headers = securityHeaders('http:')
  const server = answerClientErrors(
    createServer(
      { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000 },
      listenerOf(app, headers),
    ),
    headers,
  )
  await listen(server, place)
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: originOf('http', place.host, port),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
