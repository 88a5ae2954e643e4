// A small HTTP client with a cookie jar of its own, for the other devices of the demo: it sends real requests, over the
// loopback interface, to the very server that it runs in.

import { request as send } from 'node:http'

import type { HttpBindings } from '@hono/node-server'

import { readSetCookie } from './tokens.ts'

export interface Answered {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly told: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

/** Where this server listens, as the request at hand has found it. */
export interface Here {
  readonly address: string
  readonly port: number
  readonly host: string
}

export function hereOf({ incoming: { socket, headers } }: HttpBindings): Here {
  return {
    address: socket.localAddress ?? '127.0.0.1',
    port: socket.localPort ?? 0,
    host: headers.host ?? 'localhost',
  }
}

const patience = 10_000
const longestAnswer = 65_536

export class LoopbackClient {
  readonly #userAgent: string
  readonly #cookies: Map<string, string>

  constructor(userAgent: string, cookies: Iterable<readonly [string, string]> = []) {
    this.#userAgent = userAgent
    this.#cookies = new Map(cookies)
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** Sends one request with the cookies of the jar, and keeps those of the answer. */
  ask(
    here: Here,
    method: string,
    path: string,
    options: { csrf?: string; body?: unknown } = {},
  ): Promise<Answered> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      host: here.host,
      'user-agent': this.#userAgent,
      ...(cookie === '' ? {} : { cookie }),
      // No browser is here to say where the request comes from, and a thief says whatever helps.
      ...(method === 'GET' ? {} : { origin: `http://${here.host}` }),
      ...(options.csrf === undefined ? {} : { 'x-csrf-token': options.csrf }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    return new Promise((resolve, reject) => {
      const { address: hostname, port } = here
      const request = send({ hostname, port, method, path, headers, agent: false, timeout: patience })
      request.once('timeout', () => request.destroy(new Error('The server did not answer itself')))
      request.once('error', reject)
      request.once('response', (response) => {
        for (const line of response.headers['set-cookie'] ?? []) this.#keep(line)
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += text.length > longestAnswer ? '' : chunk
        })
        response.once('error', reject)
        response.once('end', () => {
          const told = String(response.headers['x-demo-told'] ?? '')
          resolve({
            method,
            path,
            status: response.statusCode ?? 0,
            told: told === '' ? [] : told.split(' '),
            body: membersOf(text),
          })
        })
      })
      request.end(options.body === undefined ? undefined : JSON.stringify(options.body))
    })
  }

  /** Asks for a CSRF token with the cookies of the jar. */
  async csrfToken(here: Here): Promise<{ readonly answered: Answered; readonly csrf: string }> {
    const answered = await this.ask(here, 'GET', '/session/csrf')
    const { csrfToken } = answered.body
    return { answered, csrf: typeof csrfToken === 'string' ? csrfToken : '' }
  }

  #keep(line: string): void {
    const { name, value } = readSetCookie(line)
    if (value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
