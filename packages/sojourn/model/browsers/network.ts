// A network between a browser and the server that loses, delays and cuts off. What happens to one request is its fate;
// cookies go with it as they are when it leaves, and come into the jar when the head of the answer arrives, whether or
// not anybody still waits for it.

import type { SimulatedServer } from './server.ts'
import { origin } from './server.ts'
import type { VirtualTime } from './time.ts'

/** What the network does with one request. */
export interface Fate {
  /** Milliseconds until the request is at the server, and until the answer is back. */
  readonly there: number
  readonly back: number
  /** Lost on the way there, lost on the way back, or cut off after the head of the answer. */
  readonly lost?: 'request' | 'answer' | 'body'
  /** Whether the cookies of an answer are kept that comes after the request was given up. Default: true. */
  readonly keepsLate?: boolean
}

export const calm: Fate = { there: 20, back: 20 }

/** The cookies of one browser. */
export type Jar = Map<string, string>

export interface Network {
  readonly time: VirtualTime
  readonly server: SimulatedServer
  readonly fateOf: (request: Request) => Fate
}

export interface Sender {
  /** undefined for an app, which keeps no cookies. */
  readonly jar: Jar | undefined
  /** Runs what happens to a page, later if the page is frozen. */
  readonly run: (fn: () => void) => void
}

/** Sends a request into the network. Rejects as `fetch` does. */
export function send(
  { time, server, fateOf }: Network,
  { jar, run }: Sender,
  request: Request,
): Promise<Response> {
  const { there, back, lost, keepsLate = true } = fateOf(request)
  return new Promise((resolve, reject) => {
    const fail = (): void => run(() => reject(new TypeError('fetch failed')))
    request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
    const arriving = forServer(request, jar)
    time.after(there, () => {
      if (lost === 'request') return fail()
      void arriving.then(server.answer).then((response) => {
        time.after(back, () => {
          if (lost === 'answer') return fail()
          if (jar && (keepsLate || !request.signal.aborted)) keep(jar, response)
          run(() => resolve(lost === 'body' ? cutOff(response) : withoutCookies(response)))
        })
      })
    })
  })
}

async function forServer(request: Request, jar: Jar | undefined): Promise<Request> {
  const headers = new Headers(request.headers)
  if (jar && request.credentials !== 'omit' && new URL(request.url).origin === origin) {
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    headers.set('sec-fetch-site', 'same-origin')
  }
  const { method, url } = request
  const body = request.body === null ? undefined : await request.text()
  return new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })
}

function keep(jar: Jar, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/; Max-Age=0\b/.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
}

function withoutCookies(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.delete('set-cookie')
  const { status, body } = response
  return new Response(body, { status, headers })
}

function cutOff(response: Response): Response {
  const { status, headers } = withoutCookies(response)
  if (status === 204) return new Response(null, { status, headers })
  const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
  return new Response(body, { status, headers })
}
