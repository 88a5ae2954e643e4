// What Deno, Bun and workers do by themselves: node:http as Request and Response.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { Served } from '../../src/testing/adapter-suite.ts'
import { listening } from './serving.ts'

type Fetch = (request: Request, peer: string) => Promise<Response>

/** Serves a `fetch` handler. */
export function serveFetch(fetch: Fetch): Promise<Served> {
  return listening((incoming, outgoing) => void bridge(fetch, incoming, outgoing))
}

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
  const response = await fetch(request, socket.remoteAddress!)
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  if (response.body) await pipeline(Readable.fromWeb(response.body as NodeStream), outgoing)
  else outgoing.end()
}
