import type { TestClient, Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

async function signIn(json: unknown): Promise<Record<string, unknown>> {
  const told = await server.backend('POST', '/v1/sessions', { json })
  expect([told.status, told.text]).toEqual([201, expect.any(String)])
  return told.json()
}

/** What a browser makes of `setCookie` when the application hands it on, attribute for attribute. */
function browserWith(setCookie: unknown): TestClient {
  const browser = server.client()
  for (const line of setCookie as string[]) {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]+); (.+)$/.exec(line) ?? []
    expect(attributes.split('; ').toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(name).toMatch(/^__Host-/)
    browser.cookies.set(name, value)
  }
  return browser
}

describe('POST /v1/sessions', () => {
  it('answers with everything that a client needs, for nobody to keep', async () => {
    const told = await server.backend('POST', '/v1/sessions', {
      json: {
        subject: 'ada',
        tenant: 'acme',
        claims: { role: 'admin' },
        data: { cart: ['book'] },
        amr: ['pwd', 'otp'],
        acr: 'urn:acr:2',
        device: { label: "Ada's laptop", userAgent: 'Mozilla/5.0', ip: '203.0.113.7', kind: 'browser' },
      },
    })
    expect(told.status).toBe(201)
    expect(told.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    const body = told.json()
    expect(Object.keys(body).toSorted()).toEqual(
      'accessToken csrfToken expiresIn refreshExpiresIn refreshToken session setCookie tokenType'.split(' '),
    )
    expect(body).toMatchObject({
      tokenType: 'Bearer',
      session: {
        subject: 'ada',
        profile: 'cookie',
        claims: { role: 'admin' },
        amr: ['pwd', 'otp'],
        acr: 'urn:acr:2',
        device: { label: "Ada's laptop", userAgent: 'Mozilla/5.0', ip: '203.0.113.7' },
      },
    })
    expect(body['expiresIn']).toBeGreaterThan(290)
    expect(body['expiresIn']).toBeLessThanOrEqual(300)
    expect(body['refreshExpiresIn']).toBeGreaterThan(3500)
    expect(JSON.stringify(body['session'])).not.toContain('cart')
  })

  it('gives a browser cookies with which it is signed in, and a CSRF token with which it may act', async () => {
    const { setCookie, csrfToken, session } = await signIn({ subject: 'ada' })
    const browser = browserWith(setCookie)
    const shown = await browser.ask('GET', '/session')
    expect([shown.status, shown.text]).toEqual([200, expect.any(String)])
    expect(shown.json()['session']).toMatchObject({ id: (session as { id: string }).id, current: true })
    const refused = await browser.ask('POST', '/session/refresh')
    expect([refused.status, refused.json()['code']]).toEqual([403, 'csrf_rejected'])
    const headers = { 'x-csrf-token': String(csrfToken) }
    const refreshed = await browser.ask('POST', '/session/refresh', { headers })
    expect([refreshed.status, refreshed.text]).toEqual([204, expect.any(String)])
    expect((await browser.ask('POST', '/session/logout', { headers })).status).toBe(204)
    expect((await browser.ask('GET', '/session')).status).toBe(401)
  })

  it('R31 sets cookies that end with the browser, unless the person asked to be remembered', async () => {
    const { setCookie } = await signIn({ subject: 'ada', remember: true })
    for (const line of setCookie as string[]) expect(line).toMatch(/; Max-Age=1209\d{3}(;|$)/)
    for (const line of (await signIn({ subject: 'ada' }))['setCookie'] as string[])
      expect(line).not.toMatch(/Max-Age|Expires/)
  })

  it('gives an app no cookies, and tokens that it keeps itself', async () => {
    const { setCookie, session, expiresIn } = await signIn({ subject: 'ada', profile: 'bearer' })
    expect(setCookie).toEqual([])
    expect(session).toMatchObject({ profile: 'bearer' })
    expect(expiresIn).toBeGreaterThan(590)
  })

  it('R5 makes a new session every time, and ends the one that it replaces', async () => {
    const first = await signIn({ subject: 'ada' })
    const browser = browserWith(first['setCookie'])
    const second = await signIn({ subject: 'ada', replaces: first['refreshToken'] })
    expect(idOf(second)).not.toBe(idOf(first))
    expect(second['refreshToken']).not.toBe(first['refreshToken'])
    expect((await browser.ask('GET', '/session')).status).toBe(401)
    expect((await server.backend('GET', `/v1/sessions/${idOf(first)}`)).status).toBe(404)
    expect((await browserWith(second['setCookie']).ask('GET', '/session')).status).toBe(200)
  })

  it('R4 adopts no session token that was never issued', async () => {
    const { refreshToken } = await signIn({ subject: 'mallory' })
    const planted = `${String(refreshToken).slice(0, -4)}AAAA`
    for (const replaces of [planted, 'x'.repeat(256), '__proto__', String(refreshToken)]) {
      const issued = await signIn({ subject: 'ada', replaces })
      expect(issued['refreshToken']).not.toBe(replaces)
      expect(idOf(issued)).not.toBe('')
    }
  })
})

function idOf(issued: Record<string, unknown>): string {
  return (issued['session'] as { id: string }).id
}

describe('a body that POST /v1/sessions does not take', () => {
  const refuse = (json: unknown): Promise<Told> => server.backend('POST', '/v1/sessions', { json })

  it('is refused with 422, which names every unknown member', async () => {
    const told = await refuse({ subject: 'ada', role: 'admin', remeber: true, __proto: 1 })
    expect([told.status, told.json()['code']]).toEqual([422, 'members_unknown'])
    for (const name of ['role', 'remeber', '__proto']) expect(told.json()['detail']).toContain(`"${name}"`)
  })

  it.each([
    [{}, 'subject: is missing'],
    [{ subject: '' }, 'subject: '],
    [{ subject: 7 }, 'subject: Invalid input: expected string, received number'],
    [{ subject: 'x'.repeat(256) }, 'subject: '],
    [{ subject: 'ada', claims: [] }, 'claims: must be an object'],
    [{ subject: 'ada', data: null }, 'data: must be an object'],
    [{ subject: 'ada', profile: 'ftp' }, 'profile: '],
    [{ subject: 'ada', remember: 'yes' }, 'remember: '],
    [{ subject: 'ada', amr: 'pwd' }, 'amr: '],
    [{ subject: 'ada', amr: ['pwd', 3] }, 'amr.1: '],
    [{ subject: 'ada', acr: {} }, 'acr: '],
    [{ subject: 'ada', tenant: 1 }, 'tenant: '],
    [{ subject: 'ada', device: 'phone' }, 'device: '],
    [{ subject: 'ada', device: { os: 'Linux' } }, 'device: Unrecognized key: "os"'],
    [{ subject: 'ada', replaces: true }, 'replaces: '],
  ])('%j is refused with 422, which names the member', async (json, detail) => {
    const told = await refuse(json)
    expect([told.status, told.json()['code']]).toEqual([422, 'members_unknown'])
    expect(told.json()['detail']).toContain(detail)
  })

  it('names all wrong members at once', async () => {
    const { detail } = (await refuse({ subject: 1, amr: 1, remember: 1 })).json()
    for (const name of ['subject', 'amr', 'remember']) expect(detail).toContain(`${name}: `)
  })

  it.each([
    ['{ "subject": "ada", "claims": { "sub": "root" } }', 'reserved'],
    ['{ "subject": "ada", "data": { "a": { "__proto__": {} } } }', '__proto__'],
    ['{ "subject": "ada", "claims": { "__proto__": { "role": "admin" } } }', '__proto__'],
    [`{ "subject": "ada", "claims": { "a": "${'x'.repeat(3000)}" } }`, 'at most'],
  ])('A38 %.70s is refused with 422 by the rules for claims and data', async (body, detail) => {
    const told = await server.backend('POST', '/v1/sessions', {
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect([told.status, told.json()['code']]).toEqual([422, 'claims_invalid'])
    expect(told.json()['detail']).toContain(detail)
    expect(({} as { role?: string }).role).toBeUndefined()
  })
})

describe('a limit', () => {
  it('that refuses is answered with 409 and the sessions that there are', async () => {
    const limited = await startServer({ said: { limit: 1, onLimit: 'refuse' } })
    const json = { subject: 'ada' }
    expect((await limited.backend('POST', '/v1/sessions', { json })).status).toBe(201)
    const told = await limited.backend('POST', '/v1/sessions', { json })
    expect([told.status, told.json()['code']]).toEqual([409, 'session_limit'])
    await limited.stop()
  })

  it('that evicts ends the oldest', async () => {
    const limited = await startServer({ said: { limit: 1 } })
    const json = { subject: 'ada' }
    const first = (await limited.backend('POST', '/v1/sessions', { json })).json()
    await limited.backend('POST', '/v1/sessions', { json })
    expect((await limited.backend('GET', `/v1/sessions/${idOf(first)}`)).status).toBe(404)
    await limited.stop()
  })
})
