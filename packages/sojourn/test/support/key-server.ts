// An HTTP server on the loopback interface that publishes a key set, or misbehaves as a test wants it to.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface KeyServer {
  readonly url: string
  /** How often it was asked. */
  readonly hits: () => number
  /** Answers like this from now on. */
  answer(listener: RequestListener): void
  /** Answers with this set from now on, and with these headers. */
  publish(set: unknown, headers?: Readonly<Record<string, string>>): void
  close(): Promise<void>
}

export async function keyServer(): Promise<KeyServer> {
  let hits = 0
  let current: RequestListener = (_, response) => response.writeHead(500).end()
  const server = createServer((request, response) => {
    hits++
    current(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    hits: () => hits,
    answer: (listener) => {
      current = listener
    },
    publish: (set, headers = {}) => {
      current = (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/jwk-set+json', ...headers })
          .end(JSON.stringify(set))
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
