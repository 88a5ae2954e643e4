import type { TestClient, Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
let app: TestClient
beforeAll(async () => {
  // No overlap to wait for: a copy of an old token is noticed as soon as a newer one was used.
  server = await startServer({ said: { overlap: '0s' } })
  app = server.client()
})
afterAll(() => server.stop())

interface Credentials {
  readonly accessToken: string
  readonly refreshToken: string
}

async function signIn(): Promise<Credentials> {
  const json = { subject: 'ada', profile: 'bearer', claims: { role: 'admin' } }
  return (await server.backend('POST', '/v1/sessions', { json })).json() as unknown as Credentials
}

/** An app is no browser: it sends no cookies and says nothing of where it comes from. */
const refresh = (json: unknown): Promise<Told> =>
  app.ask('POST', '/session/refresh', { json, headers: { 'sec-fetch-site': undefined } })
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('an app', () => {
  it('R120 R121 refreshes, goes on with the new tokens, and is signed out when an old one is presented', async () => {
    const first = await signIn()
    expect((await app.ask('GET', '/session', withToken(first.accessToken))).json()['session']).toMatchObject({
      subject: 'ada',
      profile: 'bearer',
      claims: { role: 'admin' },
    })
    const second = (await refresh({ refreshToken: first.refreshToken })).json() as unknown as Credentials
    expect(Object.keys(second).toSorted()).toEqual(
      'accessToken expiresIn refreshExpiresIn refreshToken session tokenType'.split(' '),
    )
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect((await app.ask('GET', '/session', withToken(second.accessToken))).status).toBe(200)
    const third = (await refresh({ refreshToken: second.refreshToken })).json() as unknown as Credentials
    const fourth = (await refresh({ refreshToken: third.refreshToken })).json() as unknown as Credentials
    const reused = await refresh({ refreshToken: first.refreshToken })
    expect([reused.status, reused.json()['code']]).toEqual([401, 'session_reused'])
    const dead = await refresh({ refreshToken: fourth.refreshToken })
    expect(dead.status).toBe(401)
    expect((await app.ask('GET', '/session', withToken(fourth.accessToken))).status).toBe(401)
  })

  it('R132 gets its tokens in an answer that nobody keeps, and no cookie', async () => {
    const { refreshToken } = await signIn()
    const told = await refresh({ refreshToken })
    expect(told.headers['cache-control']).toBe('no-store')
    expect([told.cookies, told.json()['tokenType']]).toEqual([[], 'Bearer'])
  })

  it('R131 A70 can use neither token in the place of the other', async () => {
    const { accessToken, refreshToken } = await signIn()
    expect((await refresh({ refreshToken: accessToken })).status).toBe(401)
    expect((await app.ask('GET', '/session', withToken(refreshToken))).status).toBe(401)
    expect((await app.ask('GET', '/session', withToken(accessToken))).status).toBe(200)
  })

  it('R14 signs out, and what it had is worth nothing', async () => {
    const { accessToken, refreshToken } = await signIn()
    const headers = { ...withToken(accessToken).headers, 'sec-fetch-site': undefined }
    expect((await app.ask('POST', '/session/logout', { headers })).status).toBe(204)
    expect((await app.ask('GET', '/session', withToken(accessToken))).status).toBe(401)
    expect((await refresh({ refreshToken })).status).toBe(401)
  })

  it('is nobody with headers that only a proxy may set', async () => {
    const headers = { 'x-session-subject': 'admin', 'x-session-id': 'x', 'x-sojourn-session': 'x' }
    expect((await app.ask('GET', '/session', { headers })).status).toBe(401)
  })
})
