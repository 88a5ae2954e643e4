// The routes of the suite's application for frameworks that take a Response.

import { guard, sojournFetch } from '../../src/fetch.ts'
import type { Application, Route } from '../../src/testing/adapter-suite.ts'

export type RouteExchange = Parameters<Route['handle']>[0]['exchange']

/** A route may begin its answer before it knows the end of it, which here means a stream. */
export async function respond(
  route: Pick<Route, 'handle'>,
  request: Request,
  exchange: RouteExchange,
): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/json' })
  const stream = new TransformStream<Uint8Array, Uint8Array>()
  const isJson = request.headers.get('content-type') === 'application/json'
  const body: unknown = isJson ? await request.json() : undefined
  return new Promise((resolve, reject) => {
    const begin = (): void => resolve(new Response(stream.readable, { headers }))
    route
      .handle({ exchange, body, setCookie: (line) => headers.append('set-cookie', line), begin })
      .then(async ({ status, json, location }) => {
        if (location !== undefined) headers.set('location', location)
        resolve(
          location === undefined
            ? Response.json(json, { status, headers })
            : new Response(null, { status, headers }),
        )
        const writer = stream.writable.getWriter()
        writer.write(new TextEncoder().encode(JSON.stringify(json))).catch(() => undefined)
        await writer.close().catch(() => undefined)
      }, reject)
  })
}

/** The application as a plain `fetch` handler, for every runtime that has Request and Response. */
export function fetchApplication({
  sojourn,
  options,
  routes,
}: Application): (request: Request, peer: string | undefined) => Promise<Response> {
  const fetch = sojournFetch(
    sojourn,
    async (request, exchange) => {
      const { pathname } = new URL(request.url)
      const route = routes.find((one) => one.method === request.method && one.path === pathname)
      if (!route) return new Response('nothing here', { status: 404 })
      if (route.needs) guard(route.needs)(exchange)
      return respond(route, request, exchange)
    },
    options,
  )
  return (request, peer) => fetch(request, { peer })
}
