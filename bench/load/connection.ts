// One connection of the load generator: a request, its answer, the next request. As little work as HTTP/1.1 allows, so that
// what is measured is the server.

import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

export class Connection {
  readonly #socket: Socket
  #received = ''
  #done: ((answer: Answer) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#take(chunk))
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => this.#failed?.(new Error('The server closed the connection')))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  ask(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#failed = reject
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    this.#received += chunk
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.slice(0, end)
    const length = bodyLength(head, this.#received, end + 4)
    if (length === undefined || this.#received.length < end + 4 + length) return
    const body = this.#received.slice(end + 4, end + 4 + length)
    this.#received = this.#received.slice(end + 4 + length)
    this.#done?.({ status: Number(head.slice(9, 12)), head, body })
  }
}

/** How long the body is that begins at `from`; undefined while nobody can tell. */
function bodyLength(head: string, received: string, from: number): number | undefined {
  if (!/\r\ntransfer-encoding: chunked/i.test(head))
    return Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  const last = received.indexOf('0\r\n\r\n', from)
  return last < 0 ? undefined : last + 5 - from
}

/** A request as it goes over the wire, from a proxy that has ended TLS. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): string {
  const lines = Object.entries({
    Host: 'app.example',
    'X-Forwarded-Proto': 'https',
    ...headers,
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}
