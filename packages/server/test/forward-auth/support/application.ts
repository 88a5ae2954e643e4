// The application behind a proxy: it tells what has reached it, and opens WebSockets to anybody.

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'

/** What has reached the application. */
export interface Reached {
  readonly method: string
  readonly target: string
  /** Names as they came, each with its value. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export interface Application {
  readonly port: number
  /** Every request that has reached it, upgrades too. */
  readonly requests: readonly Reached[]
  stop(): Promise<void>
}

/** It answers with what it was sent; under /own-cookie it sets a cookie too, and lets everybody keep the page. */
export async function startApplication(): Promise<Application> {
  const requests: Reached[] = []
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const reached = told(request, body)
      requests.push(reached)
      response.setHeader('content-type', 'application/json')
      if (request.url === '/own-cookie') {
        response.setHeader('set-cookie', ['theme=dark; Path=/; Secure', 'language=en; Path=/; Secure'])
        response.setHeader('cache-control', 'public, max-age=60')
      }
      response.end(JSON.stringify(reached))
    })
  })
  server.on('upgrade', (request, socket) => {
    requests.push(told(request, ''))
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n`,
    )
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function told({ method = '', url = '', rawHeaders }: IncomingMessage, body: string): Reached {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
  return { method, target: url, headers, body }
}

/** The values of the headers that an application takes for this one: to many of them - and _ are the same. */
export function valuesOf({ headers }: Reached, name: string): readonly string[] {
  return headers.flatMap(([header, value]) => (header.replaceAll('_', '-') === name ? [value] : []))
}
