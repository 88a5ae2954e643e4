// The web's own Request and Response: for Deno, Bun, workers, and every framework that stands on them.

import type { Sojourn } from '../core/sojourn.ts'
import { cookieName } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor } from '../http/guard.ts'
import { createHandler } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import type { Answer, Reply, RequestBody, RequestView } from '../http/view.ts'

/** What a Request does not tell about its connection. */
export interface Connection {
  /** The address at the other end. */
  readonly peer?: string
  /** The form fields, if the body was parsed already. */
  readonly form?: Readonly<Record<string, unknown>>
}

/** A `fetch` handler with the whole chain before `handler`. */
export function sojournFetch<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  handler: (request: Request, exchange: Exchange<Claims, Data>) => Response | Promise<Response>,
  options: HttpOptions = {},
): (request: Request, connection?: Connection) => Promise<Response> {
  const http = createHandler(sojourn, options)
  return async (request, connection = {}) => {
    const reply = new FetchReply()
    const handled = await http.handle(fetchView(request, connection), reply)
    if (handled.kind === 'answer') return reply.onto(responseOf(handled.answer, request.method))
    try {
      return reply.onto(await handler(request, handled.exchange))
    } catch (error) {
      tellFailure(sojourn, error)
      return reply.onto(responseOf(answerFor(error, handled.exchange), request.method))
    }
  }
}

export function fetchView(request: Request, { peer, form }: Connection = {}): RequestView {
  const url = new URL(request.url)
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined
  return {
    method: request.method,
    target: url.pathname + url.search,
    isEncrypted: url.protocol === 'https:',
    peer,
    header: (name) => header(name) ?? (name === 'host' ? url.host : undefined),
    // A Request joins repeated fields with commas; none of those that we ask for has a comma of its own.
    all: (name) =>
      header(name)
        ?.split(',')
        .map((value) => value.trim()) ?? [],
    body: (limit) => readBytes(request, limit),
    formField: (name) => {
      const value = form && Object.hasOwn(form, name) ? form[name] : undefined
      return typeof value === 'string' ? value : undefined
    },
  }
}

async function readBytes(request: Request, limit: number): Promise<RequestBody> {
  if (request.bodyUsed) return { kind: 'parsed', value: undefined }
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    length += read.value.length
    if (length > limit) {
      void drain(reader!)
      return { kind: 'too-large' }
    }
    chunks.push(read.value)
  }
  return { kind: 'bytes', bytes: joined(chunks, length) }
}

// Cancelling would close the connection of some servers before the answer is out.
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client has gone away.
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Headers that wait for their Response. */
export class FetchReply implements Reply {
  readonly #headers = new Headers()
  #cookies: readonly string[] = []
  #isCommitted = false

  isCommitted(): boolean {
    return this.#isCommitted
  }

  setHeader(name: string, value: string): void {
    this.#headers.set(name, value)
  }

  getCookies(): readonly string[] {
    return this.#cookies
  }

  setCookies(cookies: readonly string[]): void {
    this.#cookies = cookies
  }

  /** The response with these headers on it; its own headers stay, except cookies of the same name. */
  onto(response: Response): Response {
    this.#isCommitted = true
    if (this.#cookies.length === 0 && [...this.#headers].length === 0) return response
    const headers = new Headers(response.headers)
    for (const [name, value] of this.#headers) headers.set(name, value)
    const ours = new Set(this.#cookies.map(cookieName))
    const theirs = response.headers.getSetCookie().filter((line) => !ours.has(cookieName(line)))
    headers.delete('set-cookie')
    for (const line of [...theirs, ...this.#cookies]) headers.append('set-cookie', line)
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }
}

export function responseOf({ status, headers, body }: Answer, method: string): Response {
  const hasBody = status !== 204 && method !== 'HEAD'
  return new Response(hasBody ? body : null, {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}
