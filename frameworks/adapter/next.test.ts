import next from 'next'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { respond } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { listening } from '../../packages/sojourn/test/adapter/serving.ts'
import { createSojourn, type Facts } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sojournNext, type NextOptions, type NextSession } from 'sojourn/next'
import {
  adapterSuite,
  manualClock,
  testClient,
  type Application,
  type Served,
  type TestClient,
} from 'sojourn/testing'
import { nextBuild } from '../builds.ts'

const dir = join(import.meta.dirname, '..', 'next-suite')
// Next is CommonJS, which the compiler and the runner take in differently.
const makeServer = next as unknown as typeof next.default
let listener: RequestListener
let stop: () => Promise<void> = async () => undefined

beforeAll(async () => {
  await nextBuild(dir)
  const app = makeServer({ dev: false, dir, hostname: 'app.example', port: 443 })
  await app.prepare()
  const handle = app.getRequestHandler()
  listener = (request, response) => void handle(request, response)
  stop = () => app.close()
}, 300_000)
afterAll(() => stop())

type Headers = NextOptions['headers']
type Response = NextOptions['NextResponse']

// One build serves all stories: its handlers, its proxy and its page look for what the story is told with.
declare global {
  var sojournNextSuite: {
    readonly route: (request: Request, context: unknown) => Promise<globalThis.Response>
    readonly subject: (headers: Headers) => Promise<string | undefined>
    readonly proxy: (request: Request, NextResponse: Response) => Promise<globalThis.Response>
  }
}

function serveNext({ sojourn, options, routes }: Omit<Application, 'configuration'>): Promise<Served> {
  const made = (headers: Headers, NextResponse: Response): NextSession<Facts, Facts> =>
    sojournNext(sojourn, { ...options, headers, NextResponse, connection: { peer: '127.0.0.1' } })
  const unused = { next: () => globalThis.Response.error() }
  const session = made(async () => new Headers(), unused)
  const handlers = new Map(
    routes.map((route) => [
      `${route.method} ${route.path}`,
      session.route((request, exchange) => respond(route, request, exchange), route.needs),
    ]),
  )
  const nothing = session.route(() => new Response('nothing here', { status: 404 }))
  globalThis.sojournNextSuite = {
    route: (request, context) => {
      const { pathname } = new URL(request.url)
      return (handlers.get(`${request.method} ${pathname}`) ?? nothing)(request, context)
    },
    subject: async (headers) => (await made(headers, unused).session())?.subject,
    proxy: (request, NextResponse) => made(async () => new Headers(), NextResponse).proxy(request),
  }
  return listening(listener)
}

// Node keeps the first of two Authorization headers in what Next reads, and Next hands on nothing else.
adapterSuite('Next.js 16', serveNext, { describe, it }, { repeatedAuthorization: 'first' })

describe('a page of Next.js', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function open(): Promise<{ clock: ReturnType<typeof manualClock>; client: TestClient }> {
    const clock = manualClock()
    const sojourn = createSojourn({
      issuer: 'https://app.example',
      secrets: ['bKX0kGRkdMBZNfO2T7Pm1Ye5vUQzW8hJrtLsCaDIo3g'],
      environment: 'test',
      store: memoryStore(),
      clock,
    })
    const served = await serveNext({
      sojourn,
      options: { trustedProxies: ['loopback'] },
      routes: [
        {
          method: 'POST',
          path: '/login',
          handle: async ({ exchange }) => {
            await exchange.signIn({ subject: 'alice' })
            return { status: 200, json: {} }
          },
        },
      ],
    })
    const client = testClient(served)
    closing.push(client.close, served.close)
    return { clock, client }
  }

  it('P13 is rendered for whoever is signed in, and sets no cookie', async () => {
    const { client } = await open()
    expect((await client.ask('GET', '/who')).text).toContain('You are nobody.')
    await client.ask('POST', '/login')
    const told = await client.ask('GET', '/who')
    expect(told.text).toContain('You are alice.')
    expect(told.cookies).toEqual([])
  })

  it('P13 is rendered with the session that the proxy has renewed, and brings the new cookies', async () => {
    const { client, clock } = await open()
    await client.ask('POST', '/login')
    const before = new Map(client.cookies)
    clock.pass('5m')
    const told = await client.ask('GET', '/who')
    expect(told.text).toContain('You are alice.')
    expect(told.cookies).toHaveLength(2)
    for (const [name, value] of before) expect(client.cookies.get(name)).not.toBe(value)
    expect((await client.ask('GET', '/who')).cookies).toEqual([])
  })
  it('P12 is rendered for the same person in every one of many requests that meet at the moment of expiry', async () => {
    const { client, clock } = await open()
    await client.ask('POST', '/login')
    clock.pass('5m')
    const tabs = Array.from({ length: 20 }, () => client.copy())
    const headers = { 'next-router-prefetch': '1', 'sec-purpose': 'prefetch' }
    const told = await Promise.all(
      tabs.map((tab, index) => tab.ask('GET', '/who', index % 2 === 0 ? {} : { headers })),
    )
    for (const { status, text } of told)
      expect([status, text]).toEqual([200, expect.stringContaining('alice')])
    const name = [...client.cookies.keys()].find((cookie) => cookie.endsWith('session')) ?? ''
    expect(tabs[0]!.cookies.get(name)).not.toBe(client.cookies.get(name))
    expect(new Set(tabs.map((tab) => tab.cookies.get(name))).size).toBe(1)
    for (const tab of tabs) expect((await tab.ask('GET', '/who')).text).toContain('You are alice.')
    for (const tab of tabs) tab.close()
  })
})
