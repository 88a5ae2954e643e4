// A receiver on the loopback interface: it keeps what is posted to it, and answers as a test wants it to.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Posted {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly path: string | undefined
}

export interface PostOffice {
  readonly url: string
  readonly posted: readonly Posted[]
  /** Answers like this from now on; `count` is how many have been posted. */
  answer(how: (response: ServerResponse, count: number) => void): void
  close(): Promise<void>
}

export async function postOffice(): Promise<PostOffice> {
  const posted: Posted[] = []
  let respond: (response: ServerResponse, count: number) => void = (response) => response.writeHead(200).end()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      posted.push({ headers: request.headers, body, path: request.url })
      respond(response, posted.length)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/receive`,
    posted,
    answer: (how) => {
      respond = how
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Waits until something is so; the test's own time limit ends it otherwise. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2))
}
