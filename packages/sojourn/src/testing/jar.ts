// A client that treats cookies as browsers do: it keeps one per name, drops those that contradict their prefix, deletes
// those that have run out, and says where its requests come from. It stands behind a proxy that ends TLS, so that real
// servers can be tested without certificates: what it asks for counts as asked over HTTPS.

import { Agent, request as startRequest, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as startSecureRequest } from 'node:https'
import { text as textOf } from 'node:stream/consumers'

export interface Ask {
  /** In place of, or besides, those of a browser; undefined leaves one out, several values send it several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[]
  readonly text: string
  /** The body, which must be a JSON object. */
  readonly json: () => Record<string, unknown>
}

export interface TestClient {
  /** The cookies it holds, by name. */
  readonly cookies: Map<string, string>
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Told>
  /** Asks `/session/csrf` for a CSRF token and sends it along with every unsafe request from now on. */
  readonly useCsrfToken: () => Promise<string>
  /** Another client with the same cookies and a life of its own: a second tab, or a thief. */
  readonly copy: () => TestClient
  readonly close: () => void
}

export interface TestClientOptions {
  /** Where the server listens; with https, `ca` is the certificate that vouches for it. */
  readonly url: string
  readonly ca?: string
  /** The host that the client believes to talk to. Default: `app.example`. */
  readonly host?: string
  /** Default: true. */
  readonly isSecure?: boolean
}

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export function testClient(
  options: TestClientOptions,
  cookies: ReadonlyMap<string, string> = new Map(),
): TestClient {
  const { url, ca, host = 'app.example', isSecure = true } = options
  const agent = url.startsWith('https:')
    ? new SecureAgent({
        keepAlive: true,
        servername: host.replace(/:\d+$/, ''),
        ...(ca === undefined ? {} : { ca }),
      })
    : new Agent({ keepAlive: true })
  const jar = new Map(cookies)
  let csrfToken: string | undefined

  async function ask(method: string, path: string, { headers = {}, ...body }: Ask = {}): Promise<Told> {
    const [type, content = safe.has(method) ? undefined : ''] = contentOf(body)
    const own = {
      host,
      'x-forwarded-proto': isSecure ? 'https' : 'http',
      cookie: jar.size === 0 ? undefined : [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      'content-type': type,
      'content-length': content === undefined ? undefined : String(Buffer.byteLength(content)),
      ...(safe.has(method) ? {} : { 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrfToken }),
      ...headers,
    }
    const told = await send(new URL(url), { method, path, headers: own, content, agent })
    for (const line of told.cookies) keep(jar, line, isSecure)
    return told
  }

  return {
    cookies: jar,
    ask,
    async useCsrfToken() {
      csrfToken = String((await ask('GET', '/session/csrf')).json()['csrfToken'])
      return csrfToken
    },
    copy: () => testClient(options, jar),
    close: () => agent.destroy(),
  }
}

function contentOf({
  json,
  form,
  body,
}: Omit<Ask, 'headers'>): [type: string | undefined, content: string | undefined] {
  if (json !== undefined) return ['application/json', JSON.stringify(json)]
  if (form !== undefined) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()]
  return [undefined, body]
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly content: string | undefined
  readonly agent: Agent
}

function send(
  { protocol, hostname, port }: URL,
  { method, path, headers, content, agent }: Sent,
): Promise<Told> {
  // A flat list goes out as it is: a name may come twice, which an object could not say.
  const flat = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((one) => [name, one]),
  )
  return new Promise((resolve, reject) => {
    const start = protocol === 'https:' ? startSecureRequest : startRequest
    const outgoing = start({ hostname, port, method, path, headers: flat, agent, setHost: false })
    outgoing.on('response', (response) => void told(response).then(resolve, reject))
    outgoing.on('error', reject)
    outgoing.end(content)
  })
}

async function told(response: IncomingMessage): Promise<Told> {
  const text = await textOf(response)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    cookies: response.headers['set-cookie'] ?? [],
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  }
}

// RFC 6265bis §5.7, as far as one host needs it. What a browser would drop silently is dropped silently.
function keep(jar: Map<string, string>, line: string, isSecure: boolean): void {
  const [pair = '', ...parts] = line.split('; ')
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(name.length + 1)
  const attributes = new Map(
    parts.map((part) => [part.split('=')[0]!.toLowerCase(), part.split('=')[1] ?? '']),
  )
  const isHeld = attributes.has('secure') && attributes.get('path') === '/' && !attributes.has('domain')
  if (name === '' || name.length + value.length > 4096) return
  if (attributes.has('secure') && !isSecure) return
  if (name.startsWith('__Secure-') && !attributes.has('secure')) return
  if (name.startsWith('__Host-') && !isHeld) return
  if (name.startsWith('__Host-Http-') && !attributes.has('httponly')) return
  if (isOver(attributes)) jar.delete(name)
  else jar.set(name, value)
}

// Max-Age wins over Expires (§5.5). What has been over since the beginning of time was meant to be deleted.
function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const [age, expires] = [attributes.get('max-age'), attributes.get('expires')]
  return age === undefined ? / 1970 /.test(expires ?? '') : Number(age) <= 0
}
