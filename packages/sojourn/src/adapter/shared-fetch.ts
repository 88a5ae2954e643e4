// The web's own Request and Response as the stages see them. Every framework that stands on them shares this.

import { SojournError } from '../core/errors.ts'
import { cookieName } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor } from '../http/guard.ts'
import type { HttpHandler } from '../http/handler.ts'
import type { Answer, Reply, RequestBody, RequestView } from '../http/view.ts'

/** What a Request does not tell about its connection. */
export interface Connection {
  /** The address at the other end. */
  readonly peer?: string | undefined
  /** The fields of each name for themselves, where the server has dropped repeated ones before it made the Request. */
  readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>> | undefined
  /** The form fields, if the body was parsed already. */
  readonly form?: Readonly<Record<string, unknown>>
}

/**
 * The whole chain before `next`. What is thrown as a SojournError, before `next` or by it, is answered; any other error
 * goes on to the framework.
 */
export async function throughChain<Claims, Data>(
  http: HttpHandler<Claims, Data>,
  request: Request,
  connection: Connection,
  next: (exchange: Exchange<Claims, Data>) => Response | Promise<Response>,
): Promise<Response> {
  const reply = new FetchReply()
  const view = openView(request, connection)
  const handling = http.handle(view instanceof Promise ? await view : view, reply)
  const handled = handling instanceof Promise ? await handling : handling
  if (handled.kind === 'answer') return reply.onto(responseOf(handled.answer, request.method))
  try {
    return reply.onto(await next(handled.exchange))
  } catch (error) {
    if (!(error instanceof SojournError)) throw error
    return reply.onto(refusalOf(error, handled.exchange, request.method))
  }
}

/** The Response for an error; it is told of, if it is no fault of the client. */
export function refusalOf<Claims, Data>(
  error: unknown,
  exchange: Exchange<Claims, Data> | undefined,
  method: string,
): Response {
  if (exchange) tellFailure(exchange.sojourn, error)
  return responseOf(answerFor(error, exchange), method)
}

// Longer forms, and uploads, send the CSRF token in a header.
const longestForm = 65_536

/**
 * The view of a request, with the fields of its form, which may carry the CSRF token; the body can be read again. A promise
 * only where there is a form.
 */
export function openView(request: Request, connection: Connection = {}): RequestView | Promise<RequestView> {
  const type = request.headers.get('content-type')
  const isForm = type !== null && /^application\/x-www-form-urlencoded\b/i.test(type)
  return isForm ? withForm(request, connection) : fetchView(request, connection)
}

async function withForm(request: Request, connection: Connection): Promise<RequestView> {
  const length = Number(request.headers.get('content-length') ?? Infinity)
  if (length > longestForm || request.bodyUsed || connection.form) return fetchView(request, connection)
  const form = Object.fromEntries(new URLSearchParams(await request.clone().text()))
  return fetchView(request, { ...connection, form })
}

export function fetchView(request: Request, { peer, form, headersDistinct }: Connection = {}): RequestView {
  const { url } = request
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined
  return {
    method: request.method,
    target: targetOf(url),
    isEncrypted: url.startsWith('https:'),
    peer,
    header: (name) => header(name) ?? (name === 'host' ? new URL(url).host : undefined),
    // A Request joins repeated fields with commas; none of those that we ask for has a comma of its own.
    all: (name) =>
      headersDistinct?.[name] ??
      header(name)
        ?.split(',')
        .map((value) => value.trim()) ??
      [],
    body: (limit) => readBytes(request, limit),
    formField: (name) => {
      const value = form && Object.hasOwn(form, name) ? form[name] : undefined
      return typeof value === 'string' ? value : undefined
    },
  }
}

// Nothing in it that a URL parser would write in another way: no dot at the beginning of a segment, nothing to be encoded.
const plainUrl = /^https?:\/\/[a-z\d.:-]+((?:\/[\w~-][\w.~-]*)*\/?(?:\?[\w.~=&+-]+)?)$/

/** Path and query of a URL. Parsing it takes longer than all that is asked of a usual request. */
function targetOf(url: string): string {
  const plain = plainUrl.exec(url)?.[1]
  if (plain?.startsWith('/')) return plain
  const { pathname, search } = new URL(url)
  return pathname + search
}

async function readBytes(request: Request, limit: number): Promise<RequestBody> {
  if (request.bodyUsed) return { kind: 'parsed', value: undefined }
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    length += read.value.length
    if (length > limit) {
      await drain(reader!)
      return { kind: 'too-large' }
    }
    chunks.push(read.value)
  }
  return { kind: 'bytes', bytes: joined(chunks, length) }
}

// Answering in the middle of a body would close the connection of some servers before the answer is out, and workers do
// nothing after it. So a little more is read and thrown away; who sends on after that has no answer to wait for.
const mostDrained = 1_048_576

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    let length = 0
    for (let read = await reader.read(); !read.done && length < mostDrained; read = await reader.read())
      length += read.value.length
    if (length >= mostDrained) await reader.cancel()
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
  /** Names in lower case. */
  readonly #headers = new Map<string, string>()
  #cookies: readonly string[] = []
  #isCommitted = false

  isCommitted(): boolean {
    return this.#isCommitted
  }

  setHeader(name: string, value: string): void {
    this.#headers.set(name.toLowerCase(), value)
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
    if (this.#cookies.length === 0 && this.#headers.size === 0) return response
    if (this.#cookies.length === 0 && this.#isTheSameForAll() && this.#setOn(response)) return response
    const headers = new Headers(response.headers)
    for (const [name, value] of this.#headers) headers.set(name, value)
    const ours = new Set(this.#cookies.map(cookieName))
    const theirs = response.headers.getSetCookie().filter((line) => !ours.has(cookieName(line)))
    headers.delete('set-cookie')
    for (const line of [...theirs, ...this.#cookies]) headers.append('set-cookie', line)
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }

  // Nearly every answer to somebody who is signed in. On a Response that an application uses again it does no harm.
  #isTheSameForAll(): boolean {
    return this.#headers.size === 1 && this.#headers.get('cache-control') === 'no-store'
  }

  // Another Response in its place would cost servers that keep the parts of one ready more than all the rest of us.
  #setOn(response: Response): boolean {
    try {
      for (const [name, value] of this.#headers) response.headers.set(name, value)
      return true
    } catch {
      // That of a redirect, or one that was fetched, cannot be changed.
      return false
    }
  }
}

export function responseOf({ status, headers, body }: Answer, method: string): Response {
  const hasBody = status !== 204 && method !== 'HEAD'
  return new Response(hasBody ? body : null, {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}
