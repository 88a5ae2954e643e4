// What the proxies are answered, and what nobody else is.

import { seededRandom, type Ask, type TestClient, type Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { sendRaw, statusOf } from '../support/raw.ts'
import { issuer, startServer, type TestServer } from '../support/server.ts'

const signInUrl = 'https://login.example/sign-in?app=1'
const accessCookie = '__Host-Http-access'
const original = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/page' }
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    said: { signInUrl, returnOrigins: 'https://app.example, https://shop.example' },
  })
})
afterAll(() => server.stop())

/** What a proxy asks on behalf of this client. */
function asked(client: TestClient, headers: NonNullable<Ask['headers']> = {}, query = ''): Promise<Told> {
  return client.ask('GET', `/forward-auth${query}`, { headers: { ...original, ...headers } })
}

async function signedIn(): Promise<TestClient> {
  const { setCookie } = (await server.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })).json()
  const client = server.client()
  for (const line of setCookie as string[]) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
    client.cookies.set(name!, value!)
  }
  await client.useCsrfToken()
  return client
}

const codeOf = (told: Told): unknown => told.json()['code']

describe('R164 forward-auth', () => {
  it('answers with the identity, and with nothing to read for anybody who is not signed in', async () => {
    const client = await signedIn()
    const answer = await asked(client)
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(answer.headers).toMatchObject({
      'x-session-subject': 'ada',
      'x-session-claims': 'e30',
      'cache-control': 'no-store',
    })
    expect(answer.headers['authorization']).toBe(`Bearer ${client.cookies.get(accessCookie)}`)
    const visitor = await asked(server.client())
    expect([visitor.status, codeOf(visitor)]).toEqual([401, 'sign_in_required'])
    expect(Object.keys(visitor.headers).filter((name) => name.startsWith('x-session'))).toEqual([])
  })

  it('says why a credential gave no session', async () => {
    const answer = await asked(server.client(), { authorization: 'Bearer not.a.token' })
    expect([answer.status, codeOf(answer)]).toEqual([401, 'token_rejected'])
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
  })

  it('P53 sends a refresh as cookies, or numbered for a proxy that cannot pass on several', async () => {
    const client = await signedIn()
    client.cookies.delete(accessCookie)
    const numbered = await asked(client.copy(), {}, '?cookies=numbered')
    const plain = await asked(client)
    expect(plain.cookies).toHaveLength(2)
    expect(numbered.cookies).toEqual([])
    expect(numbered.headers['x-session-cookie-1']).toBe(plain.cookies[0])
    expect(numbered.headers['x-session-cookie-2']).toMatch(/^__Host-Http-access=eyJ/)
    expect(plain.headers['authorization']).toBe(`Bearer ${client.cookies.get(accessCookie)}`)
  })

  it('A92 puts no session token where a script could read it: a refusal has none outside of its cookies', async () => {
    const client = await signedIn()
    client.cookies.delete(accessCookie)
    const headers = { 'x-forwarded-method': 'POST', 'sec-fetch-site': 'same-origin', 'x-csrf-token': 'wrong' }
    const answer = await asked(client, headers, '?cookies=numbered')
    expect([answer.status, codeOf(answer), answer.cookies.length]).toEqual([403, 'csrf_rejected', 2])
    const { 'set-cookie': cookies, ...others } = answer.headers
    expect(JSON.stringify(others) + answer.text).not.toMatch(/sj_|eyJ/)
    expect(String(cookies)).toContain('sj_')
  })

  it('takes the query for its own, and refuses what it does not know in it', async () => {
    const client = await signedIn()
    for (const query of ['?cookie=numbered', '?cookies=numbered&x=1', '?cookies=', '?redirect=302'])
      expect([query, (await asked(client, {}, query)).status]).toEqual([query, 400])
  })

  it('R57 makes do with the origin where the application has CSRF tokens of its own', async () => {
    const client = await signedIn()
    const post = { 'x-forwarded-method': 'POST' }
    const status = async (from: NonNullable<Ask['headers']>): Promise<number> =>
      (await asked(client, { ...post, ...from }, '?csrf=origin')).status
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    expect(await status({ origin: issuer })).toBe(200)
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({})).toBe(403)
  })

  it('leaves the ready-made routes alone: asking about a sign-out signs nobody out', async () => {
    const client = await signedIn()
    const headers = {
      'x-forwarded-method': 'POST',
      'x-forwarded-uri': '/session/logout',
      'sec-fetch-site': 'same-origin',
      'x-csrf-token': await client.useCsrfToken(),
    }
    const answer = await asked(client, headers)
    expect([answer.status, answer.cookies]).toEqual([200, []])
    expect((await client.ask('GET', '/session')).status).toBe(200)
  })
})

describe('R165 the original request', () => {
  it('is what a trusted proxy says, and only that: nobody else is answered', async () => {
    const alone = await startServer({ said: { trustedProxies: '192.0.2.0/24' } })
    const headers = { ...original, host: 'localhost', 'x-forwarded-proto': 'https' }
    const answer = await alone.client().ask('GET', '/forward-auth', { headers })
    await alone.stop()
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    expect(answer.json()['detail']).toContain('SOJOURN_TRUSTED_PROXIES')
  })

  it.each([
    ['X-Forwarded-Method and X-Forwarded-Uri', original],
    ['X-Original-Method and X-Original-URI', { 'x-original-method': 'GET', 'x-original-uri': '/page' }],
    ['both, if they agree', { ...original, 'x-original-method': 'GET', 'x-original-uri': '/page' }],
  ])('is stated by %s', async (_, headers) => {
    const client = await signedIn()
    expect((await client.ask('GET', '/forward-auth', { headers })).status).toBe(200)
  })

  it('is the request itself behind the path, with its method: as Envoy asks', async () => {
    const client = await signedIn()
    const token = { 'x-csrf-token': undefined }
    expect((await client.ask('GET', '/forward-auth/page?cookies=anything')).status).toBe(200)
    expect((await client.ask('POST', '/forward-auth/page')).status).toBe(200)
    expect((await client.ask('POST', '/forward-auth/page', { headers: token })).status).toBe(403)
    const posed = { ...token, 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/page' }
    expect((await client.ask('POST', '/forward-auth/page', { headers: posed })).status).toBe(400)
  })

  it.each<[string, NonNullable<Ask['headers']>]>([
    ['that is not told', { 'x-forwarded-method': undefined, 'x-forwarded-uri': undefined }],
    ['without a method', { 'x-forwarded-method': undefined }],
    ['without a target', { 'x-forwarded-uri': undefined }],
    ['with two methods', { 'x-forwarded-method': ['GET', 'POST'] }],
    ['with two targets', { 'x-forwarded-uri': ['/a', '/b'] }],
    ['whose method is told in two ways', { 'x-original-method': 'POST' }],
    ['whose target is told in two ways', { 'x-original-uri': '/public' }],
    ['whose method is none', { 'x-forwarded-method': 'GET POST' }],
    ['whose target is a host', { 'x-forwarded-uri': 'evil.example/' }],
    ['whose target is a URL', { 'x-forwarded-uri': 'https://app.example/' }],
    ['whose target is too long', { 'x-forwarded-uri': `/${'a'.repeat(17_000)}` }],
  ])('%s is not guessed', async (_, headers) => {
    const answer = await asked(await signedIn(), headers)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'request_malformed'])
  })

  it('R218 may be anything at all without an error of ours', async () => {
    const random = seededRandom(53)
    const names = [
      'X-Forwarded-Method',
      'X-Forwarded-Uri',
      'X-Forwarded-Host',
      'X-Original-URI',
      'Authorization',
      'Cookie',
    ]
    const odd: string[] = []
    for (let turn = 0; turn < 300; turn += 1) {
      const noise = Buffer.from(random(40))
        .toString('latin1')
        .replaceAll(/[\r\n\0]/g, '')
      const fields = names.map((name, index) => `${name}: ${index === turn % names.length ? noise : '/'}\r\n`)
      const head = `GET /forward-auth HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n`
      const status = statusOf(
        await sendRaw(server.port, Buffer.from(`${head}${fields.join('')}\r\n`, 'latin1')),
      )
      if (status < 400 || status >= 500)
        odd.push(`${names[turn % names.length]}: ${JSON.stringify(noise)} ${status}`)
    }
    expect(odd).toEqual([])
  })

  it('R57 counts as unsafe by its own method, whatever the proxy uses', async () => {
    const client = await signedIn()
    const csrf = await client.useCsrfToken()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'TRACE', 'PROPFIND']) {
      const headers = { 'x-forwarded-method': method, 'sec-fetch-site': 'same-origin' }
      expect([method, codeOf(await asked(client, headers))]).toEqual([method, 'csrf_rejected'])
      expect((await asked(client, { ...headers, 'x-csrf-token': csrf })).status).toBe(200)
      const foreign = { ...headers, 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' }
      expect((await asked(client, foreign)).status).toBe(403)
    }
  })
})

describe('A93 R166 the way to the sign-in', () => {
  const sent = (headers: NonNullable<Ask['headers']>, query = ''): Promise<Told> =>
    asked(server.client(), { ...navigation, ...headers }, query)
  const returnOf = ({ headers }: Told): string | null =>
    new URL(String(headers['location'])).searchParams.get('return_to')

  it('is shown to a browser that navigates, with the way back', async () => {
    const answer = await sent({ 'x-forwarded-uri': '/orders?page=2&q=%C3%A4' })
    expect([answer.status, answer.text]).toEqual([302, ''])
    expect(String(answer.headers['location'])).toMatch(/^https:\/\/login\.example\/sign-in\?app=1&return_to=/)
    expect(returnOf(answer)).toBe('https://app.example/orders?page=2&q=%C3%A4')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await sent({ 'sec-fetch-mode': undefined, accept: 'text/html,*/*' })).status).toBe(302)
    expect((await sent({ 'x-forwarded-host': 'shop.example' })).status).toBe(302)
  })

  it('is told beside a 401 where the proxy cannot pass on a 302', async () => {
    const answer = await sent({}, '?redirect=401')
    expect([answer.status, codeOf(answer)]).toEqual([401, 'sign_in_required'])
    expect(returnOf(answer)).toBe('https://app.example/page')
  })

  it.each<[string, NonNullable<Ask['headers']>]>([
    ['a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/html' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['a program', { 'sec-fetch-mode': undefined, accept: '*/*' }],
    ['a form', { 'x-forwarded-method': 'POST', 'sec-fetch-site': 'same-origin' }],
    ['somebody who names another host', { 'x-forwarded-host': 'evil.example' }],
    ['somebody who names another port', { 'x-forwarded-host': 'app.example:8443' }],
    [
      'somebody over plain http on this machine',
      { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'http' },
    ],
  ])('is not shown to %s', async (_, headers) => {
    const answer = await sent(headers)
    expect([answer.status, answer.headers['location']]).toEqual([401, undefined])
  })

  it('leads back to an origin on the list, whatever is asked for', async () => {
    const tricks = [
      '//evil.example', '//evil.example/%2f..', '///evil.example', '////evil.example/%2e%2e', '/\\evil.example',
      '/\\/evil.example', '/\\\\evil.example', '/%09/evil.example', '/%0a/evil.example', '/%5cevil.example',
      '/.evil.example', '/@evil.example', '/:80@evil.example', '//app.example@evil.example/', '/..//evil.example',
      '/?return_to=https://evil.example', '/#https://evil.example', '/;@evil.example', '//evil%E3%80%82example',
      '/%2F%2Fevil.example', '/https://evil.example', '/javascript:alert(1)', '/\u00e4\u00bd@evil.example',
      '/&return_to=https://evil.example', '/%26return_to=https://evil.example',
    ] // prettier-ignore
    const hosts = [
      'app.example', 'app.example@evil.example', 'evil.example/app.example', 'app.example.evil.example',
      'evil.example#app.example', 'evil.example?app.example', 'evil.example\\app.example', 'app.example:443@evil.example',
      'app%2eexample', 'evil.example, app.example', 'user:pass@app.example', 'xn--app-.example', '', 'app.example:443',
    ] // prettier-ignore
    const origins = new Set<string>()
    const lengths = new Set<number>()
    for (const host of hosts)
      for (const uri of tricks) {
        const answer = await sent({ 'x-forwarded-host': host, 'x-forwarded-uri': uri })
        if (answer.status !== 302) continue
        origins.add(new URL(returnOf(answer) ?? '').origin)
        lengths.add(new URL(String(answer.headers['location'])).searchParams.size)
      }
    expect([...origins, ...lengths]).toEqual(['https://app.example', 2])
  })

  it('leads back to the issuer alone unless more is said, and is no redirect without a page', async () => {
    const strict = await startServer({ said: { signInUrl } })
    const none = await startServer()
    const ask = (at: TestServer, host: string): Promise<Told> =>
      at
        .client()
        .ask('GET', '/forward-auth', { headers: { ...original, ...navigation, 'x-forwarded-host': host } })
    const host = new URL(issuer).host
    const statuses = [(await ask(strict, host)).status, (await ask(strict, 'shop.example')).status]
    const without = (await ask(none, host)).status
    await Promise.all([strict.stop(), none.stop()])
    expect([...statuses, without]).toEqual([302, 401, 401])
  })
})
