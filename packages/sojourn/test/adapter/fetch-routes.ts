// The routes of the suite's application for frameworks that take a Response.

import type { Route } from '../../src/testing/adapter-suite.ts'

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
