// An answer written by hand onto a connection, where Node has no response for it: before there is a request, and where
// one asks to leave HTTP.

import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import type { Answer } from '../http/view.ts'

type Headers = readonly (readonly [name: string, value: string])[]

/** Answers, and closes the connection. */
export function endRaw(socket: Duplex, { status, headers, body }: Answer, more: Headers = []): void {
  const lines: Headers = [
    ...headers,
    ...more,
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
  ]
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`)
}
