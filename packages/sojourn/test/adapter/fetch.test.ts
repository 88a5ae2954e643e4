import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { describe, it } from 'vitest'
import { guard, sojournFetch, type Connection } from '../../src/fetch.ts'
import { adapterSuite, type Application, type Route, type Served } from '../../src/testing/adapter-suite.ts'
import { listening } from './serving.ts'

adapterSuite('fetch', serveFetch, { describe, it })

function serveFetch({ sojourn, options, routes }: Application): Promise<Served> {
  const fetch = sojournFetch(
    sojourn,
    async (request, exchange) => {
      const { pathname } = new URL(request.url)
      const route = routes.find((one) => one.method === request.method && one.path === pathname)
      if (!route) return new Response('nothing here', { status: 404 })
      if (route.needs) guard(route.needs)(exchange)
      return answer(route, request, exchange)
    },
    options,
  )
  return listening((incoming, outgoing) => void bridge(fetch, incoming, outgoing))
}

// A route may begin its answer before it knows the end of it, which here means a stream.
async function answer(
  route: Route,
  request: Request,
  exchange: Parameters<Route['handle']>[0]['exchange'],
): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/json' })
  const stream = new TransformStream<Uint8Array, Uint8Array>()
  const isJson = request.headers.get('content-type') === 'application/json'
  const body: unknown = isJson ? await request.json() : undefined
  return new Promise((resolve, reject) => {
    const begin = (): void => resolve(new Response(stream.readable, { headers }))
    route
      .handle({ exchange, body, setCookie: (line) => headers.append('set-cookie', line), begin })
      .then(async ({ status, json }) => {
        resolve(Response.json(json, { status, headers }))
        const writer = stream.writable.getWriter()
        writer.write(new TextEncoder().encode(JSON.stringify(json))).catch(() => undefined)
        await writer.close().catch(() => undefined)
      }, reject)
  })
}

type Fetch = (request: Request, connection?: Connection) => Promise<Response>

/** What Deno, Bun and workers do by themselves: node:http as Request and Response. */
async function bridge(fetch: Fetch, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = 'GET', rawHeaders, socket } = incoming
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  // A Request cannot be a TRACE; nobody who stands on it ever sees one.
  if (method === 'TRACE') return void outgoing.writeHead(405, { allow: 'GET, HEAD, OPTIONS' }).end()
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
  })
  const isForm = headers.get('content-type') === 'application/x-www-form-urlencoded'
  const form = isForm ? Object.fromEntries(new URLSearchParams(await request.clone().text())) : undefined
  const peer = socket.remoteAddress
  const response = await fetch(request, {
    ...(peer === undefined ? {} : { peer }),
    ...(form ? { form } : {}),
  })
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  if (response.headers.getSetCookie().length > 0)
    outgoing.setHeader('set-cookie', response.headers.getSetCookie())
  if (response.body) await pipeline(Readable.fromWeb(response.body as NodeStream), outgoing)
  else outgoing.end()
}
