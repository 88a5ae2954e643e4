// A browser as the doctor plays it: requests to one origin and no other, one at a time, with a cookie jar, a time limit
// and a limit for what it reads. It follows no redirect.

import { request as sendPlain } from 'node:http'
import { request as sendSecure } from 'node:https'

import { clears, readSetCookie, type SetCookie } from './set-cookie.ts'

export interface Answer {
  readonly method: string
  /** Without its query and parameters, which could hold a credential. */
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly setCookies: readonly SetCookie[]
  readonly body: string
  /** When it came, in milliseconds. */
  readonly at: number
}

export interface Site {
  readonly origin: URL
  /** A certificate authority to believe besides those of the system, as PEM. */
  readonly ca?: string
  /** Everything that was answered, in order. */
  readonly answers: Answer[]
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const patience = 10_000
const longestAnswer = 512 * 1024
const mostRequests = 100

export class Visitor {
  readonly #site: Site
  readonly cookies: Map<string, string>
  bearer: string | undefined

  constructor(site: Site, cookies: Iterable<readonly [string, string]> = []) {
    this.#site = site
    this.cookies = new Map(cookies)
  }

  /** Asks with the cookies of the jar, and keeps those of the answer. */
  async ask(method: string, path: string, { headers = {}, body }: Ask = {}): Promise<Answer> {
    const { origin, answers } = this.#site
    if (answers.length >= mostRequests) throw new Error(`The doctor has asked ${mostRequests} times: enough.`)
    const url = new URL(path, origin)
    if (url.origin !== origin.origin)
      throw new Error(`${JSON.stringify(path)} leads away from ${origin.origin}`)
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.#send(url, method, body, {
      'user-agent': 'sojourn-doctor',
      accept: 'text/html, application/json, */*;q=0.5',
      ...(method === 'GET' ? {} : { origin: origin.origin, 'sec-fetch-site': 'same-origin' }),
      ...(cookie === '' ? {} : { cookie }),
      ...(this.bearer === undefined ? {} : { authorization: `Bearer ${this.bearer}` }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    })
    answers.push(answer)
    for (const set of answer.setCookies) {
      if (clears(set)) this.cookies.delete(set.name)
      else this.cookies.set(set.name, set.value)
    }
    return answer
  }

  #send(
    url: URL,
    method: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const { ca } = this.#site
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: false, signal: AbortSignal.timeout(patience) }
      const request =
        url.protocol === 'https:'
          ? sendSecure(url, { ...options, ...(ca === undefined ? {} : { ca }) })
          : sendPlain(url, options)
      request.once('error', (cause) =>
        reject(new Error(`${url.origin} does not answer: ${cause.message}`, { cause })),
      )
      request.once('response', (response) => {
        const at = Date.now()
        const parts: Buffer[] = []
        let length = 0
        const done = (): void =>
          resolve({
            method,
            path: url.pathname.split(';', 1)[0] ?? '/',
            status: response.statusCode ?? 0,
            headers: response.headers,
            setCookies: (response.headers['set-cookie'] ?? []).map((line) => readSetCookie(line, at)),
            body: Buffer.concat(parts).toString('utf8'),
            at,
          })
        response.on('data', (part: Buffer) => {
          length += part.length
          parts.push(part)
          if (length > longestAnswer) response.destroy()
        })
        response.once('error', done)
        response.once('close', done)
      })
      request.end(body)
    })
  }
}
