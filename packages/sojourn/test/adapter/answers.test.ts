import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { sojournExpress } from '../../src/express.ts'
import { sojournFetch } from '../../src/fetch.ts'
import { sojournNode, type NodeListener } from '../../src/node.ts'
import { SojournError } from '../../src/core/errors.ts'
import type { Facts } from '../../src/core/schema.ts'
import { testClient, type TestClient } from '../../src/testing/jar.ts'
import { testSojourn } from '../http/support/sojourn.ts'
import { listening } from './serving.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function nodeClient(listener: NodeListener<Facts, Facts>): Promise<TestClient> {
  const served = await listening(
    sojournNode(testSojourn().sojourn, listener, { trustedProxies: ['loopback'] }),
  )
  const client = testClient(served)
  closing.push(client.close, served.close)
  return client
}

const app = 'https://app.example'

describe('an answer in place of what a node:http listener had begun', () => {
  it('is not spoilt by what the listener had said of its own body', async () => {
    const client = await nodeClient((_request, response) => {
      response.setHeader('content-length', '5')
      response.setHeader('content-encoding', 'gzip')
      response.setHeader('etag', '"abc"')
      response.setHeader('x-request-id', '42')
      throw new SojournError('forbidden')
    })
    const told = await client.ask('GET', '/')
    expect(told.json()['code']).toBe('forbidden')
    expect(told.headers).not.toHaveProperty('content-encoding')
    expect(told.headers).not.toHaveProperty('etag')
    expect(told.headers['x-request-id']).toBe('42')
  })

  it('is none once the listener has sent something: the connection is closed, so that nobody takes it for whole', async () => {
    const client = await nodeClient((_request, response) => {
      response.write('half of')
      throw new Error('broken')
    })
    await expect(client.ask('GET', '/')).rejects.toThrow(/aborted|hang up/)
  })

  it('R149: refuses TRACE on our own routes', async () => {
    const client = await nodeClient(() => undefined)
    expect((await client.ask('TRACE', '/session')).json()['code']).toBe('method_not_allowed')
  })
})

describe('a Response', () => {
  it('goes through as it is while there is nothing to add', async () => {
    const own = new Response('hello')
    const fetch = sojournFetch(testSojourn().sojourn, () => own)
    expect(await fetch(new Request(app))).toBe(own)
  })

  it('may be one that cannot be copied', async () => {
    const fetch = sojournFetch(testSojourn().sojourn, () => Response.error())
    expect((await fetch(new Request(app))).type).toBe('error')
  })

  it('R151: that an application gives again and again is nobody’s: it takes on no cookie, and no other header of a person', async () => {
    const scene = testSojourn()
    const page = new Response(null, { status: 204 })
    const signIn = sojournFetch(scene.sojourn, async (_request, exchange) => {
      await exchange.signIn({ subject: 'alice' })
      return page
    })
    const headers = { 'sec-fetch-site': 'same-origin' }
    const first = await signIn(new Request(app, { method: 'POST', headers }))
    const cookie = first.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0]!)
      .join('; ')
    const known = sojournFetch(scene.sojourn, () => page)
    const second = await known(new Request(app, { headers: { ...headers, cookie } }))
    expect(second.headers.get('cache-control')).toBe('no-store')
    expect([...page.headers.keys()].filter((name) => name !== 'cache-control')).toEqual([])
    // Of one that cannot be changed there is another in its place.
    const away = sojournFetch(scene.sojourn, () => Response.redirect(`${app}/home`))
    const third = await away(new Request(app, { headers: { ...headers, cookie } }))
    expect([third.status, third.headers.get('cache-control')]).toEqual([302, 'no-store'])
  })

  it('R151: gets the cookies and no-store, whatever it said of caching, and keeps its other headers', async () => {
    const fetch = sojournFetch(testSojourn().sojourn, async (_request, exchange) => {
      await exchange.signIn({ subject: 'alice' })
      return Response.redirect(`${app}/home`, 303)
    })
    const response = await fetch(
      new Request(app, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }),
    )
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(`${app}/home`)
    expect(response.headers.getSetCookie()).toHaveLength(2)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('that has a body keeps it, and one without has none', async () => {
    const bodies = { '/text': 'hello', '/empty': null }
    const fetch = sojournFetch(testSojourn().sojourn, async (request, exchange) => {
      await exchange.signIn({ subject: 'alice' })
      const { pathname } = new URL(request.url)
      return new Response(bodies[pathname as '/text'], { status: pathname === '/empty' ? 204 : 200 })
    })
    expect(await (await fetch(new Request(`${app}/text`))).text()).toBe('hello')
    expect((await fetch(new Request(`${app}/empty`))).body).toBeNull()
  })
})

describe('a Request whose body was read before', () => {
  it('is refused, not crashed on', async () => {
    const fetch = sojournFetch(testSojourn().sojourn, () => new Response('never'))
    const request = new Request(`${app}/session/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: '{"scope":"this"}',
    })
    await request.text()
    const response = await fetch(request)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'body_malformed' })
  })
})

describe('a body that Express has parsed before the chain', () => {
  it('is read as it was parsed, and its parser has the say about its form', async () => {
    const { sojourn } = testSojourn()
    const app = express()
    app.use(express.json(), sojournExpress(sojourn, { trustedProxies: ['loopback'] }))
    const served = await listening(app)
    const client = testClient(served)
    closing.push(client.close, served.close)
    const { sessionToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    expect(
      (await client.ask('POST', '/session/refresh', { json: { refreshToken: sessionToken } })).status,
    ).toBe(200)
    expect((await client.ask('POST', '/session/logout')).status).toBe(204)
    for (const json of [[], [sessionToken]]) {
      expect((await client.ask('POST', '/session/refresh', { json })).json()['code']).toBe('body_malformed')
    }
    const unknown = await client.ask('POST', '/session/refresh', { json: { refreshToken: 'a', admin: true } })
    expect(unknown.json()['code']).toBe('members_unknown')
  })
})
