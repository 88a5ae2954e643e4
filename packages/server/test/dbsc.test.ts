// Device bound sessions with the server: the application's own backend signs people in, and passes on what is for their
// browser; the browser registers and refreshes at the server.

import { generateKeyPairSync, sign } from 'node:crypto'

import type { Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ said: { dbsc: 'on', accessLifetime: '2s' } })
})
afterAll(() => server.stop())

const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** A proof of the device, as a structured field string. */
function proof(challenge: string, header: object = {}): string {
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${segment({ typ: 'dbsc+jwt', alg: 'ES256', ...header })}.${segment({ jti: challenge })}`
  const signature = sign('sha256', Buffer.from(input), { key: device.privateKey, dsaEncoding: 'ieee-p1363' })
  return `"${input}.${signature.toString('base64url')}"`
}

const signIn = async (more: object = {}): Promise<Record<string, unknown>> =>
  (await server.backend('POST', '/v1/sessions', { json: { subject: 'ada', ...more } })).json()

const challengeIn = (told: Told): string =>
  /^"([\w-]+)"/.exec(String(told.headers['secure-session-challenge']))?.[1] ?? ''

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
    for (const line of setCookie) {
      const [pair = ''] = line.split(';')
      browser.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const challenge = /challenge="([^"]+)"/.exec(offer)?.[1] ?? ''
    const jwk = device.publicKey.export({ format: 'jwk' })
    const registered = await browser.ask('POST', '/session/dbsc/register', {
      headers: { 'secure-session-response': proof(challenge, { jwk }) },
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
