import type { SojournEvent } from 'sojourn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { storedApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { apiKey, issuer, startServer, type TestServer } from '../support/server.ts'
import { accessName, cookieName, csrfToken, letTimePass, showKey, signInOperator } from './operator.ts'
import { signInPerson } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const keysIn = ({ store }: TestServer) =>
  storedApiKeys({ store: store.store, issuer, environment: 'test', clock: () => Date.now() })

const codeOf = (told: { json: () => Record<string, unknown> }): unknown => told.json()['code']

describe('signing in to the dashboard', () => {
  it('takes an API key, and gives cookies that no script and no other site can use', async () => {
    const client = server.client()
    const told = await showKey(client, apiKey)
    expect([told.status, told.text]).toEqual([204, ''])
    const set = told.cookies.filter((line) => !line.includes('Max-Age=0'))
    expect(set.map((line) => line.split('=')[0])).toEqual([cookieName, accessName])
    for (const line of set)
      expect(line.split('; ').slice(1)).toEqual(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'])
    const me = await client.ask('GET', '/dashboard/me')
    expect(me.json()).toMatchObject({ name: 'SOJOURN_API_KEY', role: 'manage', hasAudit: true })
    expect(me.text).not.toContain(apiKey)
  })

  it('refuses a key that is none, without a session', async () => {
    const client = server.client()
    for (const key of ['nope', `${apiKey}x`, 'sjk_FM4O7Jx3mYb0sZtQeVw1KcRgLd9PhNuAi6aXo2yBT5F']) {
      const told = await showKey(client, key)
      expect([told.status, codeOf(told)]).toEqual([401, 'api_key_required'])
      expect(told.text).not.toContain(key)
    }
    expect(client.cookies.has(cookieName)).toBe(false)
    expect((await client.ask('GET', '/dashboard/api/stats')).status).toBe(401)
  })

  it('takes no key in a URL, in a header or in a form', async () => {
    const client = server.client()
    const headers = { 'x-csrf-token': await csrfToken(client) }
    const told = [
      await client.ask('GET', `/dashboard/sign-in?apiKey=${apiKey}`),
      await client.ask('POST', `/dashboard/sign-in?apiKey=${apiKey}`, { json: {}, headers }),
      await client.ask('POST', '/dashboard/sign-in', { form: { apiKey }, headers }),
      await client.ask('GET', '/dashboard/api/stats', { headers: { authorization: `Bearer ${apiKey}` } }),
    ]
    expect(told.map(({ status }) => status)).toEqual([405, 422, 415, 401])
    expect(client.cookies.has(cookieName)).toBe(false)
  })

  it('R58 needs the CSRF token of the page, and is not for other sites', async () => {
    const client = server.client()
    await csrfToken(client)
    const without = await client.ask('POST', '/dashboard/sign-in', { json: { apiKey } })
    const foreign = await client.ask('POST', '/dashboard/sign-in', {
      json: { apiKey },
      headers: { 'sec-fetch-site': 'cross-site', 'x-csrf-token': await csrfToken(client) },
    })
    for (const told of [without, foreign]) expect([told.status, codeOf(told)]).toEqual([403, 'csrf_rejected'])
  })

  it('lets an address try so many keys, and then wait; good ones still pass', async () => {
    const strict = await startServer({ said: { badCredentialsPerMinute: 3 } })
    const client = strict.client()
    const statuses: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await showKey(client, 'nope')).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect((await showKey(client, apiKey)).status).toBe(204)
    await strict.stop()
  })
})

describe('a session of the dashboard', () => {
  it('is none of the application: it is in no list, and opens nothing else', async () => {
    const { client, ask } = await signInOperator(server)
    const found = (await ask('GET', '/dashboard/api/search/sessions')).json()
    expect(found['total']).toBe(0)
    const ofTenant = (await server.backend('GET', '/v1/sessions?tenant=dashboard')).json()
    expect(ofTenant['items']).toEqual([])
    const own = (await client.ask('GET', '/dashboard/session')).json() as { session: { id: string } }
    expect((await server.backend('GET', `/v1/sessions/${own.session.id}`)).status).toBe(404)
    const cookie = `__Host-Http-session=${client.cookies.get(cookieName)}; __Host-Http-access=${client.cookies.get(accessName)}`
    expect((await server.client().ask('GET', '/session', { headers: { cookie } })).status).toBe(401)
  })

  it('a session of the application is none of the dashboard', async () => {
    const told = await server.backend('POST', '/v1/sessions', {
      json: { subject: 'mallory', tenant: 'dashboard' },
    })
    const { refreshToken, accessToken } = told.json()
    const cookie = `${cookieName}=${String(refreshToken)}; ${accessName}=${String(accessToken)}`
    const asked = await server.client().ask('GET', '/dashboard/me', { headers: { cookie } })
    expect(asked.status).toBe(401)
  })

  it('R222 may do what its key may: a reading one changes nothing', async () => {
    const { id } = await signInPerson(server, 'ada')
    const { key } = await keysIn(server).create({ role: 'read', name: 'reports' })
    const { ask } = await signInOperator(server, key)
    expect((await ask('GET', `/dashboard/api/sessions/${id}`)).status).toBe(200)
    const refused = [
      await ask('DELETE', `/dashboard/api/sessions/${id}`),
      await ask('DELETE', '/dashboard/api/subjects/ada/sessions'),
      await ask('GET', '/dashboard/api/subjects/ada/export'),
      await ask('DELETE', '/dashboard/api/subjects/ada'),
      await ask('DELETE', '/dashboard/api/apikeys/some-id'),
      await ask('POST', '/dashboard/api/keys/rotate', { json: {} }),
      await ask('POST', '/dashboard/api/sweep', { json: {} }),
    ]
    expect(refused.map((told) => [told.status, codeOf(told)])).toEqual(refused.map(() => [403, 'forbidden']))
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(200)
  })

  it('ends when its key is revoked: at once, and its stream too', async () => {
    const keys = keysIn(server)
    const { key, info } = await keys.create({ role: 'manage', name: 'gone soon' })
    const { client, ask } = await signInOperator(server, key)
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const stream = await fetch(`${server.url}/dashboard/api/events`, {
      headers: { cookie, 'x-forwarded-proto': 'https' },
    })
    expect(stream.status).toBe(200)
    await keys.revoke(info.id)
    const told = await ask('GET', '/dashboard/api/stats')
    expect([told.status, codeOf(told)]).toEqual([401, 'session_unknown'])
    expect(client.cookies.has(cookieName)).toBe(false)
    // It ends by itself, or this test waits in vain.
    await stream.text()
    const again = await server.client().ask('GET', '/dashboard/me', { headers: { cookie } })
    expect(again.status).toBe(401)
  })

  it('is over after a sign-out, for a copy of its cookies too', async () => {
    const { client, ask } = await signInOperator(server)
    const thief = client.copy()
    expect((await ask('POST', '/dashboard/session/logout')).status).toBe(204)
    expect((await thief.ask('GET', '/dashboard/api/stats')).status).toBe(401)
    thief.close()
  })
})

describe('R222 what cannot be undone', () => {
  const dangers: readonly (readonly [string, string, object?])[] = [
    ['DELETE', '/dashboard/api/sessions/some-id'],
    ['DELETE', '/dashboard/api/subjects/linus/sessions'],
    ['DELETE', '/dashboard/api/subjects/linus'],
    ['DELETE', '/dashboard/api/apikeys/some-id'],
    ['GET', '/dashboard/api/subjects/linus/export'],
    ['POST', '/dashboard/api/keys/rotate', {}],
    ['POST', '/dashboard/api/sweep', {}],
  ]

  it('needs a key that was shown within five minutes, or shown again', async () => {
    await signInPerson(server, 'linus')
    const { client, ask } = await signInOperator(server)
    await letTimePass(server, 6)
    // The access token says when the key was shown; the next one says what the store knows.
    client.cookies.delete(accessName)
    for (const [method, path, json] of dangers) {
      const told = await ask(method, path, json === undefined ? {} : { json })
      expect([path, told.status, codeOf(told)]).toEqual([path, 401, 'fresh_sign_in_required'])
      expect(told.headers['www-authenticate']).toContain('max_age="300"')
    }
    expect((await ask('GET', '/dashboard/api/sessions?subject=linus')).json()['items']).toHaveLength(1)
    expect((await showKey(client, 'nope', '/dashboard/confirm')).status).toBe(401)
    expect((await showKey(client, apiKey, '/dashboard/confirm')).status).toBe(204)
    const done = await ask('DELETE', '/dashboard/api/subjects/linus/sessions')
    expect([done.status, done.json()]).toEqual([200, { revoked: 1 }])
    // By whom: the operator, from which of their sessions, and never the key.
    const told = await ask('GET', '/dashboard/api/audit?type=session.ended&subject=linus&limit=1')
    expect(told.json()['items']).toMatchObject([
      { actor: { kind: 'operator', name: 'SOJOURN_API_KEY', session: expect.stringMatching(/^[\w-]{32}$/) } },
    ])
    expect(told.text).not.toContain(apiKey)
  })

  it('cannot be confirmed with another key', async () => {
    const { key } = await keysIn(server).create({ role: 'manage', name: 'another' })
    const { client } = await signInOperator(server)
    const told = await showKey(client, key, '/dashboard/confirm')
    expect([told.status, codeOf(told)]).toEqual([403, 'forbidden'])
  })

  it('needs the CSRF token', async () => {
    const { id } = await signInPerson(server, 'ada')
    const { client } = await signInOperator(server)
    for (const token of [undefined, 'nonsense', await csrfToken(server.client())]) {
      const told = await client.ask('DELETE', `/dashboard/api/sessions/${id}`, {
        headers: { 'x-csrf-token': token },
      })
      expect([told.status, codeOf(told)]).toEqual([403, 'csrf_rejected'])
    }
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(200)
  })
})

describe('the audit trail', () => {
  it('tells who has signed in to the dashboard, and who has read it there', async () => {
    const { ask } = await signInOperator(server)
    await ask('GET', '/dashboard/api/audit?type=session.created&subject=nobody')
    const read = (await ask('GET', '/dashboard/api/audit?limit=50')).json() as unknown as {
      items: readonly SojournEvent[]
    }
    expect(read.items).toContainEqual(
      expect.objectContaining({
        type: 'audit.read',
        by: 'SOJOURN_API_KEY (dashboard)',
        asked: JSON.stringify({ subject: 'nobody', type: 'session.created', limit: 101 }),
      }),
    )
    expect(read.items).toContainEqual(
      expect.objectContaining({
        type: 'session.created',
        subject: 'SOJOURN_API_KEY',
        tenant: 'dashboard',
      }),
    )
  })
})
