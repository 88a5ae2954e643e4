// Node's request and response as the stages see them. Express, Koa and Fastify stand on the same two objects.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { SojournError } from '../core/errors.ts'
import type { Answer, Reply, RequestBody, RequestView } from '../http/view.ts'

/** What a framework may have made of a request: its address before it was mounted, its body after it was parsed. */
export interface NodeParsed {
  readonly originalUrl?: string
  readonly body?: unknown
}

/** A Node request, with what frameworks may have put on it. */
export type NodeRequest = IncomingMessage & NodeParsed

/** `parsed` is where the framework keeps what it has parsed. Default: the request itself. */
export function nodeView(request: NodeRequest, parsed: NodeParsed = request): RequestView {
  return new NodeView(request, parsed)
}

class NodeView implements RequestView {
  readonly #request: NodeRequest
  readonly #parsed: NodeParsed

  constructor(request: NodeRequest, parsed: NodeParsed) {
    this.#request = request
    this.#parsed = parsed
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get target(): string {
    return this.#parsed.originalUrl ?? this.#request.url ?? '/'
  }

  get isEncrypted(): boolean {
    return 'encrypted' in this.#request.socket && this.#request.socket.encrypted === true
  }

  get peer(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  all(name: string): readonly string[] {
    // Most are asked for in vain. Of the others, as they came: Node would take all headers apart for one.
    if (this.#request.headers[name] === undefined) return []
    const { rawHeaders } = this.#request
    const values: string[] = []
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const key = rawHeaders[at]!
      if (key.length === name.length && key.toLowerCase() === name) values.push(rawHeaders[at + 1]!)
    }
    return values
  }

  async body(limit: number): Promise<RequestBody> {
    const { headers, readableDidRead } = this.#request
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (!hasBody) return { kind: 'bytes', bytes: new Uint8Array() }
    // Parsers of Express 4 leave an empty object behind for bodies that they have not read.
    return readableDidRead ? { kind: 'parsed', value: this.#parsed.body } : readStream(this.#request, limit)
  }

  formField(name: string): string | undefined {
    const { body } = this.#parsed
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
    const value: unknown = (body as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  }
}

// Reads on when there is too much, and throws it away: the connection is used for further requests.
function readStream(request: IncomingMessage, limit: number): Promise<RequestBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      else resolve({ kind: 'too-large' })
    })
    request.on('end', () => resolve({ kind: 'bytes', bytes: Buffer.concat(chunks) }))
    // Its client has left, or was too slow: no failure of ours.
    request.on('error', (cause) => {
      reject(new SojournError('body_malformed', { detail: 'The body broke off.', cause }))
    })
  })
}

export function nodeReply(response: ServerResponse): Reply {
  return new NodeReply(response)
}

class NodeReply implements Reply {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  isCommitted(): boolean {
    return this.#response.headersSent
  }

  setHeader(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }

  getCookies(): readonly string[] {
    const cookies = this.#response.getHeader('set-cookie')
    return cookies === undefined ? [] : [cookies].flat().map(String)
  }

  setCookies(cookies: readonly string[]): void {
    this.#response.setHeader('set-cookie', [...cookies])
  }
}

// What a route that failed may have said of a body that is not sent now.
export const ofAnotherBody: readonly string[] = [
  'content-length',
  'content-encoding',
  'content-range',
  'transfer-encoding',
  'etag',
  'last-modified',
]

/** Sends a complete answer, with the headers that were set before. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status
  for (const name of ofAnotherBody) response.removeHeader(name)
  for (const [name, value] of headers) response.setHeader(name, value)
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
