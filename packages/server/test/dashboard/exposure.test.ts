// What the dashboard shows to whom: where it is, under which headers, and that no answer of it has a secret in it.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readSettings } from '../../src/settings.ts'
import { apiKey, secret, startServer, type TestServer } from '../support/server.ts'
import { accessName, cookieName, signInOperator } from './operator.ts'
import { signInPerson } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const api = [
  '/me',
  '/session',
  '/session/devices',
  '/session/csrf',
  '/api/stats',
  '/api/history',
  '/api/search/sessions',
  '/api/search/subjects',
  '/api/sessions?subject=ada',
  '/api/keys',
  '/api/audit',
  '/api/audit/verify',
  '/api/doctor',
  '/api/apikeys',
  '/api/subjects/ada/export',
]

async function assets(): Promise<readonly string[]> {
  const { text } = await server.client().ask('GET', '/dashboard')
  const found = [...text.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  )
  expect(found.length).toBeGreaterThanOrEqual(3)
  return found
}

describe('R33 a secret of the dashboard', () => {
  it('occurs in Set-Cookie and in no answer, page or script', async () => {
    const person = await signInPerson(server, 'ada')
    const { client, ask } = await signInOperator(server)
    const tokens = [client.cookies.get(cookieName), client.cookies.get(accessName)].map(String)
    for (const token of tokens) expect(token.length).toBeGreaterThan(60)
    const paths = [
      ...['', '/sessions', `/sessions/${person.id}`, '/nonsense', ...api, `/api/sessions/${person.id}`].map(
        (path) => `/dashboard${path}`,
      ),
      `/dashboard/api/sessions/${person.id}/explain`,
      ...(await assets()),
    ]
    for (const path of paths) {
      const told = await ask('GET', path)
      expect([path, told.status]).toEqual([path, 200])
      const { 'set-cookie': _, ...headers } = told.headers
      const whole = told.text + JSON.stringify(headers)
      for (const hidden of [...tokens, apiKey, secret, person.refreshToken])
        expect([path, whole.includes(hidden)]).toEqual([path, false])
    }
  })

  it('is in no answer to a change either, and none of them hands out credentials', async () => {
    const person = await signInPerson(server, 'grace')
    const { ask } = await signInOperator(server)
    const changes = [
      await ask('POST', '/dashboard/api/sweep', { json: {} }),
      await ask('POST', '/dashboard/api/keys/rotate', { json: {} }),
      await ask('DELETE', `/dashboard/api/sessions/${person.id}`),
      await ask('DELETE', '/dashboard/api/subjects/grace/sessions'),
      await ask('DELETE', '/dashboard/api/subjects/grace'),
    ]
    expect(changes.map(({ status }) => status)).toEqual([200, 200, 204, 200, 200])
    for (const { text } of changes) expect(text).not.toMatch(/sj_|sjk_|eyJ|PRIVATE|"d":/)
    const minting = [
      await ask('POST', '/dashboard/api/sessions', { json: { subject: 'ada' } }),
      await ask('PATCH', `/dashboard/api/sessions/${person.id}`, { json: {} }),
      await ask('POST', `/dashboard/api/sessions/${person.id}/step-up`, { json: {} }),
      await ask('POST', '/dashboard/api/apikeys', { json: { role: 'read', name: 'one more' } }),
    ]
    expect(minting.map(({ status }) => status)).toEqual([405, 405, 404, 405])
  })
})

describe('R220 A104 the page', () => {
  it('runs no script but its own files, loads nothing from elsewhere, and is in no frame', async () => {
    const wanted = {
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    }
    for (const path of ['', '/', '/sessions', '/sessions/some-id', '/keys', '/nonsense']) {
      const told = await server.client().ask('GET', `/dashboard${path}`)
      expect([told.status, told.headers]).toMatchObject([200, wanted])
      const policy = new Map(
        String(told.headers['content-security-policy'])
          .split('; ')
          .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
      )
      expect(Object.fromEntries(policy)).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self'",
        'connect-src': "'self'",
        'object-src': "'none'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': "'none'",
      })
      expect(told.text).not.toMatch(/<script(?![^>]* src=")|<style|style="|\son\w+="|https?:/)
    }
  })

  it('is kept by no cache, its answers neither; its files are, because their names change with them', async () => {
    const { ask } = await signInOperator(server)
    expect((await ask('GET', '/dashboard')).headers['cache-control']).toBe('no-cache')
    for (const path of api)
      expect((await ask('GET', `/dashboard${path}`)).headers['cache-control']).toBe('no-store')
    for (const path of await assets()) {
      const told = await ask('GET', path)
      expect(told.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(told.headers['content-type']).toMatch(/^(text\/(javascript|css)|image\/svg\+xml)/)
    }
  })

  it('has no other files, and no other routes', async () => {
    const { ask } = await signInOperator(server)
    const statuses: number[] = []
    for (const path of ['/assets/nope.js', '/assets/..%2findex.html', '/api/nope', '/api', '/session/nope'])
      statuses.push((await ask('GET', `/dashboard${path}`)).status)
    expect(statuses).toEqual([404, 404, 404, 404, 404])
    expect((await ask('POST', '/dashboard')).status).toBe(405)
  })
})

it('the page hears of every event that there is', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
  const told = [...read('docs/events.md').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)].map(([, type]) => type)
  const heard = [...read('packages/dashboard/src/api/event-types.ts').matchAll(/^ {2}'([\w.]+)':/gm)]
  expect(told.length).toBeGreaterThan(20)
  expect(heard.map(([, type]) => type)).toEqual(expect.arrayContaining(told))
})

describe('where the dashboard is', () => {
  const placeOf = (said: Record<string, string>): unknown => {
    const given = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, { value, by: name }]))
    return readSettings(given, undefined, []).dashboard
  }

  it('is safe by default: in production only where its operators reach it', () => {
    expect(placeOf({})).toBe('main')
    expect(placeOf({ managementPort: '9464' })).toBe('management')
    expect(placeOf({ environment: 'production' })).toBeUndefined()
    expect(placeOf({ environment: 'production', managementPort: '9464' })).toBe('management')
    expect(placeOf({ environment: 'production', dashboard: 'on' })).toBe('main')
    expect(placeOf({ dashboard: 'off' })).toBeUndefined()
    expect(placeOf({ dashboard: 'off', managementPort: '9464' })).toBeUndefined()
  })

  it('is nowhere when it is off', async () => {
    const off = await startServer({ said: { dashboard: 'off' } })
    for (const path of ['', '/', '/me', '/session', '/api/stats', '/sign-in'])
      expect((await off.client().ask('GET', `/dashboard${path}`)).status).toBe(404)
    await off.stop()
  })

  it('is on the management listener if there is one, in production over plain HTTP on this machine', async () => {
    const both = await startServer({ said: { environment: 'production', managementPort: '0' } })
    expect((await both.client().ask('GET', '/dashboard')).status).toBe(404)
    const there = `http://127.0.0.1:${both.managementPort}/dashboard`
    const page = await fetch(there)
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("frame-ancestors 'none'"),
    ])
    const visitor = await fetch(`${there}/session/csrf`)
    const headers = {
      'content-type': 'application/json',
      cookie: visitor.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      'x-csrf-token': ((await visitor.json()) as { csrfToken: string }).csrfToken,
      'sec-fetch-site': 'same-origin',
    }
    const ask = (key: string): Promise<Response> =>
      fetch(`${there}/sign-in`, { method: 'POST', headers, body: JSON.stringify({ apiKey: key }) })
    expect((await ask('nope')).status).toBe(401)
    const told = await ask(apiKey)
    expect(told.status).toBe(204)
    expect(told.headers.getSetCookie().join()).toContain('HttpOnly')
    // Not from another machine: there the cookies would be read on their way.
    const elsewhere = await fetch(`${there}/session/csrf`, {
      headers: { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'admin.example' },
    })
    expect(elsewhere.status).toBe(403)
    await both.stop()
  })
})
