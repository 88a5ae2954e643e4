// Requests byte by byte, for what no HTTP client would send.

import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly code: unknown
}

/** Sends these bytes and reads until the server closes, or has sent a whole answer. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let received = ''
    const finish = (): void => {
      socket.destroy()
      resolve(parsed(received))
    }
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (isWhole(received)) finish()
    })
    socket.on('end', finish)
    // The server may close while we are still sending; what it has said before counts.
    socket.on('error', (error) => (received === '' ? reject(error) : finish()))
    socket.write(bytes)
  })
}

/** A request with these lines after the request line; the first of them is usually a Host. */
export function rawRequest(requestLine: string, lines: readonly string[], body = ''): Buffer {
  return Buffer.from([requestLine, ...lines, '', body].join('\r\n'), 'latin1')
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return headEnd >= 0 && length !== undefined && text.length >= headEnd + 4 + Number(length)
}

function parsed(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf(':')).toLowerCase(),
      field.slice(field.indexOf(':') + 2),
    ]),
  )
  const body = rest.join('\r\n\r\n')
  const isProblem = headers['content-type']?.startsWith('application/problem+json') === true
  const problem = (isProblem ? JSON.parse(body) : {}) as { code?: unknown }
  return { status: Number(line.split(' ')[1]), headers, text: body, code: problem.code }
}
