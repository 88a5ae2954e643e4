// What stays open: WebSockets and streams of events, on two nodes that share one SQLite file. Behind a proxy that ends TLS.

import { once } from 'node:events'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

import { createSojourn, type Facts, type Sojourn } from '../../src/index.ts'
import {
  lastEvent,
  sojournNode,
  sojournUpgrade,
  type NodeListener,
  type UpgradeOptions,
} from '../../src/node.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { testClient, type TestClient } from '../../src/testing.ts'
import { sendRaw } from '../http/support/raw.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { until } from '../support/redis.ts'
import { issuer, secret } from '../support/secrets.ts'
import { listening } from './serving.ts'

interface Node {
  readonly sojourn: Sojourn
  readonly url: string
  /** What sockets have said to this node. */
  readonly heard: string[]
  close(): Promise<void>
}

const behindProxy = { trustedProxies: ['loopback'] } as const

let streams = 0

const listener: NodeListener<Facts, Facts> = async (request, response, exchange) => {
  if (request.url === '/login') {
    await exchange.signIn({ subject: 'alice', claims: { role: 'user' } })
    return void response.end()
  }
  const live = exchange.live()
  streams += 1
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: hello ${live.session.subject}\n\n`)
  live.whenOver((over) => response.end(lastEvent(over)))
  response.on('close', () => live.release())
}

async function startNode(file: string, options: UpgradeOptions): Promise<Node> {
  const store = sqliteStore(file)
  const sojourn = createSojourn({ issuer, secrets: [secret()], environment: 'test', store })
  const { server, url, close } = await listening(sojournNode(sojourn, listener, behindProxy))
  const upgrade = sojournUpgrade(sojourn, { ...behindProxy, ...options })
  const sockets = new WebSocketServer({ noServer: true })
  const heard: string[] = []
  server.on('upgrade', (request, socket, head) => {
    void upgrade(request, socket).then((admitted) => {
      if (!admitted) return
      sockets.once('headers', (headers) => headers.push(...admitted.headers))
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const live = admitted.exchange.session ? admitted.exchange.live() : undefined
        live?.closes(webSocket)
        webSocket.send(`hello ${live?.session.subject ?? 'visitor'}`)
        webSocket.on('message', (data) => {
          heard.push(`${(data as Buffer).toString()} from ${String(live?.session.claims['role'])}`)
        })
      })
    })
  })
  return {
    sojourn,
    url,
    heard,
    async close() {
      sojourn.close()
      sockets.close()
      await close()
      await store.close()
    },
  }
}

let nodes: Node[]
let browser: TestClient
let remove: () => void
async function begin(upgrade: UpgradeOptions = {}): Promise<[a: Node, b: Node]> {
  const made = makeFolder()
  remove = made.remove
  const file = join(made.folder, 'sessions.db')
  const [a, b] = [await startNode(file, upgrade), await startNode(file, upgrade)]
  nodes = [a, b]
  browser = testClient({ url: a.url })
  await browser.ask('POST', '/login')
  return [a, b]
}

beforeEach(() => {
  nodes = []
})

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate()
  browser.close()
  for (const node of nodes) await node.close()
  remove()
})

type Headers = Readonly<Record<string, string>>

/** The headers of a handshake from a page of the application. */
function headersOf(client: TestClient | undefined, more: Headers = {}): Record<string, string> {
  const cookie = [...(client?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    host: 'app.example',
    'x-forwarded-proto': 'https',
    origin: 'https://app.example',
    ...(cookie === '' ? {} : { cookie }),
    ...more,
  }
}

interface Opened {
  readonly socket: WebSocket
  readonly first: string
  readonly closed: Promise<{ code: number; reason: string }>
  /** The `Set-Cookie` lines of the answer 101. */
  readonly cookies: readonly string[]
}

const opened: WebSocket[] = []

async function connect(node: Node, headers: Headers): Promise<Opened> {
  const socket = new WebSocket(node.url.replace('http', 'ws'), { headers })
  opened.push(socket)
  const closed = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }))
  const cookies: string[] = []
  socket.once('upgrade', (response) => cookies.push(...(response.headers['set-cookie'] ?? [])))
  const [data] = (await once(socket, 'message')) as [Buffer]
  return { socket, first: data.toString(), closed, cookies }
}

/** The answer to a handshake that is refused. */
async function refusal(node: Node, headers: Headers): Promise<{ status: number; code: unknown }> {
  const socket = new WebSocket(node.url.replace('http', 'ws'), { headers })
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    import('node:http').IncomingMessage,
  ]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode ?? 0, code: (JSON.parse(text) as { code?: unknown }).code }
}

describe('a WebSocket', () => {
  it('opens for somebody signed in, and is closed with 4401 when they sign out at another node (P26 R15)', async () => {
    const [a, b] = await begin()
    const { first, closed } = await connect(a, headersOf(browser))
    expect(first).toBe('hello alice')
    const [session] = await b.sojourn.list('alice')
    await b.sojourn.revoke(session!.id, 'signed_out')
    expect(await closed).toEqual({ code: 4401, reason: 'signed_out' })
  })

  it('is closed on every node where the person is signed out everywhere, and nobody else’s is', async () => {
    const [a, b] = await begin()
    const [one, two] = [await connect(a, headersOf(browser)), await connect(b, headersOf(browser))]
    const bearer = await a.sojourn.create({ subject: 'bob', profile: 'bearer' })
    const other = await connect(b, {
      host: 'app.example',
      'x-forwarded-proto': 'https',
      authorization: `Bearer ${bearer.accessToken}`,
    })
    await a.sojourn.revokeAll('alice')
    expect((await Promise.all([one.closed, two.closed])).map(({ code }) => code)).toEqual([4401, 4401])
    expect([other.first, other.socket.readyState]).toEqual(['hello bob', WebSocket.OPEN])
  })

  it('R75 A90 is refused to a page of another site, to a sibling, and to whoever hides where they come from', async () => {
    const [a] = await begin()
    const forged: Headers[] = [
      { origin: 'https://evil.example' },
      { origin: 'https://evil.app.example' },
      { origin: 'null' },
      { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://sibling.example', 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of forged)
      expect(await refusal(a, headersOf(browser, headers))).toEqual({ status: 403, code: 'csrf_rejected' })
    const { origin: _, ...silent } = headersOf(browser)
    expect(await refusal(a, silent)).toEqual({ status: 403, code: 'csrf_rejected' })
  })

  it('is refused to a visitor, to a wrong token and to a session that has ended, with a problem document', async () => {
    const [a] = await begin()
    const before = headersOf(browser)
    expect(await refusal(a, headersOf(undefined))).toEqual({ status: 401, code: 'sign_in_required' })
    const wrong = { ...headersOf(undefined), authorization: 'Bearer wrong' }
    expect(await refusal(a, wrong)).toEqual({ status: 401, code: 'token_rejected' })
    await a.sojourn.revokeAll('alice')
    expect(await refusal(a, before)).toEqual({ status: 401, code: 'session_unknown' })
  })

  it('R24 finds no credentials in the address or in the protocols that a page may name', async () => {
    const [a] = await begin()
    const { accessToken } = await a.sojourn.create({ subject: 'bob', profile: 'bearer' })
    const socket = new WebSocket(
      `${a.url.replace('http', 'ws')}/?access_token=${accessToken}`,
      ['bearer', accessToken],
      {
        headers: headersOf(undefined),
      },
    )
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      import('node:http').IncomingMessage,
    ]
    response.resume()
    expect(response.statusCode).toBe(401)
  })

  it('sees a change of claims as it happens', async () => {
    const [a, b] = await begin()
    const { socket } = await connect(a, headersOf(browser))
    const [session] = await b.sojourn.list('alice')
    await b.sojourn.update(session!.id, (claims) => ({ ...claims, role: 'admin' }))
    await until(async () => {
      socket.send('x')
      return a.heard.at(-1) === 'x from admin'
    })
    expect(a.heard[0]).toMatch(/^x from (user|admin)$/)
  })

  it('takes a spent access token, and hands the fresh cookies to whoever writes the answer 101', async () => {
    const [a] = await begin()
    browser.cookies.delete('__Host-Http-access')
    const { first, cookies } = await connect(a, headersOf(browser))
    expect(first).toBe('hello alice')
    expect(cookies.map((line) => line.slice(0, line.indexOf('=')))).toEqual([
      '__Host-Http-session',
      '__Host-Http-access',
    ])
    // Whoever never saw those cookies goes on with the old one.
    expect((await connect(a, headersOf(browser))).first).toBe('hello alice')
  })

  it('keeps nobody signed in: a socket that connects again and again is no person', async () => {
    const [a] = await begin()
    const [before] = await a.sojourn.list('alice')
    browser.cookies.delete('__Host-Http-access')
    await connect(a, headersOf(browser))
    const [after] = await a.sojourn.list('alice')
    expect(after!.generation).toBe(before!.generation + 1)
    expect(after!.lastSeenAt).toBe(before!.lastSeenAt)
  })

  it('is for those whom the application names, visitors among them if it says so', async () => {
    const [a] = await begin({ needs: { role: 'admin' } })
    expect(await refusal(a, headersOf(browser))).toEqual({ status: 403, code: 'forbidden' })
    const open = await startNode(join(makeFolder().folder, 'sessions.db'), { needs: false })
    nodes.push(open)
    const visitor = await connect(open, headersOf(undefined))
    expect(visitor.first).toBe('hello visitor')
  })

  it('is the only thing to upgrade to', async () => {
    const [a] = await begin()
    const head = ['GET / HTTP/1.1', 'Host: app.example', 'Connection: upgrade', 'Upgrade: h2c', '', '']
    const answer = await sendRaw(a.url, head.join('\r\n'))
    expect([answer.status, answer.code]).toEqual([400, 'request_malformed'])
  })
})

describe('a stream of events', () => {
  it('ends with word of why when the session ends, wherever that was', async () => {
    const [, b] = await begin()
    const streaming = browser.ask('GET', '/stream')
    await until(async () => streams > 0)
    await b.sojourn.revokeAll('alice')
    expect((await streaming).text).toBe(
      'data: hello alice\n\nevent: session-ended\ndata: {"code":4401,"reason":"revoked"}\n\n',
    )
  })
})
