// What the client itself asks the server, until there is an answer. Every route that it asks may be asked twice, so a
// lost answer is repeated, a few times and with growing pauses; an answer that breaks off in the middle is a lost one.
// What is still without an answer then is thrown as `unanswered`, and nothing is taken for decided.

import type { Platform } from './platform.ts'
import { ClientError, readProblem, type Problem } from './problem.ts'
import type { Making } from './sending.ts'

export interface Question {
  readonly method: 'GET' | 'POST'
  /** Under the prefix. */
  readonly path: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Told {
  readonly status: number
  readonly body: unknown
  readonly problem: Problem | undefined
}

type Credentials = NonNullable<RequestInit['credentials']>

const attempts = 5
const firstPause = 400
const longestPause = 30_000
const patience = 10_000
// Somebody between us and the server, or the server itself for now.
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

export class Questions {
  readonly #platform: Platform
  readonly #base: string
  readonly #credentials: Credentials
  readonly #send: (make: Making) => Promise<Response>
  #isClosed = false

  constructor(
    platform: Platform,
    base: string,
    credentials: Credentials,
    send: (make: Making) => Promise<Response>,
  ) {
    this.#platform = platform
    this.#base = base
    this.#credentials = credentials
    this.#send = send
  }

  /** Stops repeating. */
  close(): void {
    this.#isClosed = true
  }

  async ask(question: Question): Promise<Told> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(question)
      if (outcome.kind === 'told') return outcome.told
      if (attempt >= attempts || this.#isClosed) throw unanswered(outcome.cause)
      await this.#pause(outcome.pause ?? firstPause * 2 ** (attempt - 1))
    }
  }

  async #attempt(
    question: Question,
  ): Promise<{ kind: 'told'; told: Told } | { kind: 'lost'; cause: unknown; pause?: number }> {
    const abort = new AbortController()
    const cancel = this.#platform.after(patience, () => abort.abort())
    try {
      const response = await this.#send(() => this.#requestFor(question, abort.signal))
      const text = await response.text()
      const { status } = response
      const pause = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
      if (passing.has(status))
        return {
          kind: 'lost',
          cause: status,
          ...(pause >= 0 ? { pause: Math.min(pause, longestPause) } : {}),
        }
      const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
      const body = isJson ? (JSON.parse(text) as unknown) : undefined
      return { kind: 'told', told: { status, body, problem: readProblem(status, body) } }
    } catch (cause) {
      // The device could not prove its key, so nothing was asked.
      if (cause instanceof ClientError) throw cause
      return { kind: 'lost', cause }
    } finally {
      cancel()
    }
  }

  #requestFor({ method, path, json, headers }: Question, signal: AbortSignal): Request {
    return new Request(this.#base + path, {
      method,
      headers: { ...headers, ...(json === undefined ? {} : { 'Content-Type': 'application/json' }) },
      cache: 'no-store',
      credentials: this.#credentials,
      // None of these routes redirects: whoever does is not our server.
      redirect: 'error',
      signal,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
  }

  // Between half of the time and all of it, so that tabs and devices that failed together do not come back together.
  #pause(milliseconds: number): Promise<void> {
    const span = milliseconds * (0.5 + this.#platform.random() / 2)
    return new Promise((resolve) => void this.#platform.after(span, resolve))
  }
}

function unanswered(cause: unknown): ClientError {
  return new ClientError('unanswered', 'The server did not answer, so nothing is decided. Try again.', {
    cause,
  })
}
