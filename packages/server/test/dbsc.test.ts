// Device bound sessions with the server: the application's own backend signs people in, and passes on what is for their
// browser; the browser registers and refreshes at the server.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { challengeIn, keepCookies, newDevice } from './support/device.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ said: { dbsc: 'on', accessLifetime: '2s' } })
})
afterAll(() => server.stop())

const { proof } = newDevice()

const signIn = async (more: object = {}): Promise<Record<string, unknown>> =>
  (await server.backend('POST', '/v1/sessions', { json: { subject: 'ada', ...more } })).json()

describe('the server with SOJOURN_DBSC=on', () => {
  it('R181 has the offer for the browser in its answer to the backend, once, and for browsers only', async () => {
    const { secureSessionRegistration: offer } = await signIn()
    expect(offer).toMatch(/^\(ES256 RS256\);path="\/session\/dbsc\/register";challenge="[\w-]{51}"$/)
    expect(await signIn({ profile: 'bearer' })).not.toHaveProperty('secureSessionRegistration')
    const { session, refreshToken } = (await signIn()) as { session: { id: string }; refreshToken: string }
    const json = { refreshToken, amr: ['otp'] }
    const raised = await server.backend('POST', `/v1/sessions/${session.id}/step-up`, { json })
    expect([raised.status, raised.json()['secureSessionRegistration']]).toEqual([200, undefined])
  })

  it('R185 R189 A54 P57 lets a browser register and refresh, and nobody who has its cookies only', async () => {
    const {
      setCookie,
      secureSessionRegistration: offer,
      session,
    } = (await signIn()) as {
      setCookie: string[]
      secureSessionRegistration: string
      session: { id: string }
    }
    const browser = server.client()
    keepCookies(browser, setCookie)
    const registered = await browser.ask('POST', '/session/dbsc/register', {
      headers: { 'secure-session-response': proof(challengeIn(offer), { isFirst: true }) },
    })
    expect([registered.status, registered.json()['session_identifier']]).toEqual([200, session.id])
    const thief = browser.copy()
    await vi.waitFor(
      async () => {
        const told = await thief.ask('GET', '/session')
        expect([told.status, told.json()['code']]).toEqual([401, 'session_bound'])
      },
      { timeout: 60_000, interval: 200 },
    )
    const named = { 'sec-secure-session-id': `"${session.id}"` }
    const asked = await browser.ask('POST', '/session/dbsc/refresh', { headers: named })
    expect(asked.status).toBe(403)
    const refreshed = await browser.ask('POST', '/session/dbsc/refresh', {
      headers: { ...named, 'secure-session-response': proof(challengeIn(asked)) },
    })
    expect([refreshed.status, refreshed.cookies.length]).toEqual([200, 2])
    thief.close()
    await server.backend('DELETE', `/v1/sessions/${session.id}`)
    const ended = await browser.ask('POST', '/session/dbsc/refresh', {
      headers: { ...named, 'secure-session-response': proof(challengeIn(refreshed)) },
    })
    expect([ended.status, ended.json()]).toEqual([200, { session_identifier: session.id, continue: false }])
  })
})

describe('the server without it', () => {
  it('offers nothing, and has no such routes', async () => {
    const plain = await startServer()
    try {
      const told = await plain.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })
      expect(told.json()).not.toHaveProperty('secureSessionRegistration')
      expect((await plain.client().ask('POST', '/session/dbsc/register')).status).toBe(404)
    } finally {
      await plain.stop()
    }
  })
})
