// The same stories behind every proxy for which we ship a configuration: the real one, with TLS, between a browser, the
// server and an application.

import { randomBytes } from 'node:crypto'
import { connect as connectSecurely } from 'node:tls'

import { testClient, type TestClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { has } from '../../../../tools/services.mjs'
import { issuer, startServer, type TestServer } from '../support/server.ts'
import { startApplication, valuesOf, type Application, type Reached } from './support/application.ts'
import { startProxy, type Proxy, type ProxyName } from './support/proxies.ts'

const sessionCookie = '__Host-Http-session'
const accessCookie = '__Host-Http-access'
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' }

const proxies: Readonly<Record<ProxyName, readonly string[]>> = {
  nginx: ['nginx'],
  caddy: ['caddy'],
  haproxy: ['haproxy'],
  apache2: ['apache2', 'lua-socket'],
}

for (const name of Object.keys(proxies) as ProxyName[]) {
  const needs = [...proxies[name], 'openssl']
  describe.skipIf(!needs.every(has))(`R164 an application behind ${name}`, () => {
    let application: Application
    let server: TestServer
    let proxy: Proxy
    const clients: TestClient[] = []
    beforeAll(async () => {
      application = await startApplication()
      server = await startServer({ said: { signInUrl: `${issuer}/sign-in?from=proxy` } })
      proxy = await startProxy(name, { sojourn: server.port, application: application.port })
    })
    afterAll(async () => {
      for (const client of clients) client.close()
      await proxy?.stop()
      await server.stop()
      await application.stop()
    })

    function browser(cookies?: ReadonlyMap<string, string>): TestClient {
      const client = testClient({ url: `https://127.0.0.1:${proxy.port}`, ca: proxy.ca }, cookies)
      clients.push(client)
      return client
    }

    async function signedIn(signIn: Record<string, unknown> = { subject: 'ada' }): Promise<TestClient> {
      const { setCookie } = (await server.backend('POST', '/v1/sessions', { json: signIn })).json()
      const pairs = (setCookie as string[]).map((line) => /^([^=]+)=([^;]*)/.exec(line)!)
      const client = browser(new Map(pairs.map(([, key, value]) => [key!, value!])))
      await client.useCsrfToken()
      return client
    }

    const told = ({ text }: { readonly text: string }): Reached => JSON.parse(text) as Reached

    it('learns who is calling, with an access token that verifies', async () => {
      const client = await signedIn({ subject: 'ada', claims: { role: 'admin' } })
      const answer = await client.ask('GET', '/page?a=1&b=%2F')
      const reached = told(answer)
      expect([answer.status, reached.method, reached.target]).toEqual([200, 'GET', '/page?a=1&b=%2F'])
      expect(valuesOf(reached, 'x-session-subject')).toEqual(['ada'])
      const claims = Buffer.from(valuesOf(reached, 'x-session-claims')[0]!, 'base64url').toString()
      expect(JSON.parse(claims)).toEqual({ role: 'admin' })
      const authorization = valuesOf(reached, 'authorization')
      const seen = await server.client().ask('GET', '/session', { headers: { authorization } })
      expect(seen.json()['session']).toMatchObject({
        subject: 'ada',
        id: valuesOf(reached, 'x-session-id')[0],
      })
      expect(answer.cookies).toEqual([])
    })

    it('R165 A97 gets nothing that a client says about itself, however it is spelt', async () => {
      const client = await signedIn()
      const forged = {
        'X-Session-Subject': ['root', 'root'],
        'x-session-claims': 'forged',
        X_Session_Subject: 'root',
        'X-Session_Id': 'root',
        'X-SESSION-COOKIE-1': 'root',
        authorization: 'Basic cm9vdDpyb290',
      }
      const reached = told(await client.ask('GET', '/', { headers: forged }))
      expect(valuesOf(reached, 'x-session-subject')).toEqual(['ada'])
      expect(valuesOf(reached, 'x-session-id')).toHaveLength(1)
      expect(valuesOf(reached, 'x-session-claims')).toEqual(['e30'])
      expect(valuesOf(reached, 'authorization')).toEqual([expect.stringMatching(/^Bearer eyJ/)])
      expect(JSON.stringify(reached.headers)).not.toMatch(/root|cm9vd|forged/)
    })

    it('A97 is not reached by a visitor who forges everything', async () => {
      const before = application.requests.length
      const headers = {
        'X-Session-Subject': 'root',
        'X-Forwarded-Method': 'OPTIONS',
        'X-Forwarded-Uri': '/public',
        'X-Original-Method': 'GET',
        'X-Original-URI': '/public',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-For': '127.0.0.1',
      }
      const answer = await browser().ask('GET', '/', { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
      expect(application.requests).toHaveLength(before)
    })

    it('gets any subject in a header that a decoder understands', async () => {
      for (const subject of [
        'Ада\r\nX-Session-Id: 1',
        '100% {env.HOME} $uri',
        'a, b',
        'it+s=ok@example.com',
      ]) {
        const client = await signedIn({ subject })
        const [value, ...others] = valuesOf(told(await client.ask('GET', '/')), 'x-session-subject')
        expect([decodeURIComponent(value!), others]).toEqual([subject, []])
      }
    })

    it('P53 does not keep a refreshed cookie from the browser, nor the cookies of its own', async () => {
      const client = await signedIn()
      const first = client.cookies.get(sessionCookie)
      client.cookies.delete(accessCookie)
      const answer = await client.ask('GET', '/own-cookie')
      expect(answer.status).toBe(200)
      const names = answer.cookies.map((line) => line.split('=')[0])
      expect(new Set(names)).toEqual(new Set([accessCookie, sessionCookie, 'language', 'theme']))
      expect(names).toHaveLength(4)
      for (const line of answer.cookies.filter((cookie) => cookie.startsWith('__Host-')))
        expect(line).toMatch(/^[^,]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      expect(client.cookies.get(sessionCookie)).not.toBe(first)
      expect(JSON.stringify(answer.headers)).not.toMatch(/x-session|"authorization"/i)
      expect((await client.ask('GET', '/own-cookie')).cookies).toHaveLength(2)
    })

    it('R151 A98 leaves no page with a credential in a cache', async () => {
      const client = await signedIn()
      client.cookies.delete(accessCookie)
      expect((await client.ask('GET', '/own-cookie')).headers['cache-control']).toContain('no-store')
      expect((await client.ask('GET', '/own-cookie')).headers['cache-control']).toBe('public, max-age=60')
    })

    it('P53 sees one session when many requests meet at its expiry, and nobody is signed out', async () => {
      const client = await signedIn()
      client.cookies.delete(accessCookie)
      const tabs = Array.from({ length: 8 }, () => browser(client.cookies))
      const answers = await Promise.all(tabs.map((tab) => tab.ask('GET', '/')))
      expect(answers.map(({ status }) => status)).toEqual(tabs.map(() => 200))
      expect(new Set(tabs.map((tab) => tab.cookies.get(sessionCookie))).size).toBe(1)
      expect(tabs[0]!.cookies.get(sessionCookie)).not.toBe(client.cookies.get(sessionCookie))
      expect((await tabs[3]!.ask('GET', '/')).status).toBe(200)
    })

    it('gets an unsafe request with its whole body, once the CSRF token is there', async () => {
      const client = await signedIn()
      const body = randomBytes(300_000).toString('base64')
      const answer = await client.ask('POST', '/upload', { body, headers: { 'content-type': 'text/plain' } })
      expect([answer.status, told(answer).method]).toEqual([200, 'POST'])
      expect(told(answer).body === body).toBe(true)
    })

    it.each([
      ['without its CSRF token', { 'x-csrf-token': undefined }],
      ['with the token of somebody else', { 'x-csrf-token': 'AAAA' }],
      ['from a page of another site', { 'sec-fetch-site': 'cross-site' }],
      ['as if it were a GET', { 'x-csrf-token': undefined, 'x-forwarded-method': 'GET' }],
      ['as if it had been a GET', { 'x-csrf-token': undefined, 'x-original-method': 'GET' }],
    ])('is not reached by an unsafe request %s', async (_, headers) => {
      const client = await signedIn()
      const before = application.requests.length
      const answer = await client.ask('POST', '/', { body: 'amount=1', headers })
      expect(answer.status).toBe(403)
      expect(application.requests).toHaveLength(before)
    })

    it('is not reached with an ended session, and no session of it lives on', async () => {
      const client = await signedIn({ subject: 'grace' })
      expect((await client.ask('GET', '/')).status).toBe(200)
      await server.backend('DELETE', '/v1/subjects/grace/sessions')
      expect((await client.ask('GET', '/')).status).toBe(401)
      client.cookies.delete(accessCookie)
      expect((await client.ask('GET', '/')).status).toBe(401)
    })

    it('takes a bearer token, which needs no CSRF token', async () => {
      const issued = await server.backend('POST', '/v1/sessions', {
        json: { subject: 'app', profile: 'bearer' },
      })
      const authorization = `Bearer ${String(issued.json()['accessToken'])}`
      const headers = { authorization, 'sec-fetch-site': undefined }
      const answer = await browser().ask('POST', '/', { body: 'x', headers })
      expect([answer.status, valuesOf(told(answer), 'authorization')]).toEqual([200, [authorization]])
    })

    it('A93 sends a browser to sign in, and back to where it wanted to go', async () => {
      const answer = await browser().ask('GET', '/orders?page=2&x=%26', { headers: navigation })
      expect(answer.status).toBe(302)
      const location = new URL(String(answer.headers['location']))
      expect(location.origin + location.pathname).toBe(`${issuer}/sign-in`)
      expect(location.searchParams.get('return_to')).toBe(`${issuer}/orders?page=2&x=%26`)
      const posed = { ...navigation, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
      const misled = await browser().ask('GET', '/orders', { headers: posed })
      expect(String(misled.headers['location'])).toContain(encodeURIComponent(`${issuer}/orders`))
      const script = await browser().ask('GET', '/orders', {
        headers: { 'sec-fetch-mode': 'cors', accept: '*/*' },
      })
      expect([script.status, script.headers['location']]).toEqual([401, undefined])
    })

    it('A90 opens a WebSocket to a person on its own pages, and to nobody from elsewhere', async () => {
      const client = await signedIn()
      const cookie = [...client.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
      const own = await handshake(proxy, { cookie, origin: issuer })
      expect(own).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\nhello$/)
      expect(valuesOf(application.requests.at(-1)!, 'x-session-subject')).toEqual(['ada'])
      const before = application.requests.length
      expect(await handshake(proxy, { cookie, origin: 'https://evil.example' })).toMatch(/^HTTP\/1\.1 403 /)
      expect(await handshake(proxy, { cookie })).toMatch(/^HTTP\/1\.1 403 /)
      expect(await handshake(proxy, { origin: issuer })).toMatch(/^HTTP\/1\.1 401 /)
      expect(application.requests).toHaveLength(before)
    })

    it('shares its host with the client routes, and with nothing else of the server', async () => {
      const client = await signedIn()
      expect((await client.ask('GET', '/session')).json()['session']).toMatchObject({ subject: 'ada' })
      for (const path of ['/forward-auth', '/v1/sessions', '/_forward_auth', '/livez']) {
        const answer = await client.ask('GET', path)
        const reachedIt = answer.status === 200 && told(answer).target === path
        expect([path, reachedIt || answer.status === 404]).toEqual([path, true])
      }
      expect((await client.ask('POST', '/session/logout', { json: {} })).status).toBe(204)
      expect((await client.ask('GET', '/')).status).toBe(401)
    })

    it('is spared a session that asks too often, which is told when to come again', async () => {
      const strict = await startServer({ extra: { http: { rateLimit: { requests: 2, per: '1h' } } } })
      const front = await startProxy(name, { sojourn: strict.port, application: application.port })
      const issued = await strict.backend('POST', '/v1/sessions', {
        json: { subject: 'app', profile: 'bearer' },
      })
      const client = testClient({ url: `https://127.0.0.1:${front.port}`, ca: front.ca })
      const headers = { authorization: `Bearer ${String(issued.json()['accessToken'])}` }
      const answers = [1, 2, 3].map(() => client.ask('GET', '/', { headers }))
      const told = (await Promise.all(answers)).toSorted((a, b) => a.status - b.status)
      client.close()
      await front.stop()
      await strict.stop()
      expect(told.map(({ status }) => status)).toEqual([200, 200, 429])
      expect(Number(told[2]!.headers['retry-after'])).toBeGreaterThan(0)
    })

    it('is told plainly when there is no answer from the server', async () => {
      const alone = await startServer()
      const front = await startProxy(name, { sojourn: alone.port, application: application.port })
      const client = testClient({ url: `https://127.0.0.1:${front.port}`, ca: front.ca })
      await alone.stop()
      const before = application.requests.length
      const { status } = await client.ask('GET', '/')
      client.close()
      await front.stop()
      expect([502, 503]).toContain(status)
      expect(application.requests).toHaveLength(before)
    })
  })
}

/** Asks for a WebSocket and sends `hello` once it is open; resolves to everything that has come back. */
function handshake({ port, ca }: Proxy, headers: Readonly<Record<string, string>>): Promise<string> {
  const fields = {
    host: 'app.example',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise((resolve, reject) => {
    const socket = connectSecurely({ host: '127.0.0.1', port, ca, servername: 'app.example' })
    let text = ''
    socket.setEncoding('latin1').on('error', reject)
    socket.on('close', () => resolve(text))
    socket.on('data', (chunk: string) => {
      if (text === '' && chunk.startsWith('HTTP/1.1 101')) socket.write('hello')
      text += chunk
      if (!text.startsWith('HTTP/1.1 101') || text.endsWith('hello')) socket.end()
    })
    socket.write(`GET /socket HTTP/1.1\r\n${head.join('')}\r\n`)
  })
}
