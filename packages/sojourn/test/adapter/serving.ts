// Starting and stopping the servers that the adapter suite talks to.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerClientErrors } from '../../src/adapter/client-errors.ts'
import type { Served } from '../../src/testing/adapter-suite.ts'

export function listening(listener: RequestListener): Promise<Served & { server: Server }> {
  return serving(createServer(listener))
}

/** Starts a server that a framework has made. */
export async function serving(server: Server): Promise<Served & { server: Server }> {
  answerClientErrors(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
