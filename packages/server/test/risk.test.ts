// Risk notes in the server: what the settings say, and what the trail tells.

import { afterEach, describe, expect, it } from 'vitest'

import { signInApp } from './support/sign-in.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
afterEach(() => server.stop())

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const device = { userAgent: firefox, ip: '192.0.2.1' }

async function refreshed(refreshToken: string, userAgent: string): Promise<readonly [number, unknown]> {
  const headers = { 'sec-fetch-site': undefined, 'user-agent': userAgent, 'x-forwarded-for': '198.51.100.1' }
  const told = await server.client().ask('POST', '/session/refresh', { json: { refreshToken }, headers })
  return [told.status, told.json()['reason']]
}

const notes = async (): Promise<unknown> =>
  (await server.backend('GET', '/v1/audit?type=risk')).json()['items']

describe('R27: by default', () => {
  it('a refresh from elsewhere is in the trail, with its networks only, and goes on', async () => {
    server = await startServer()
    const { refreshToken, id } = await signInApp(server, { device })
    expect((await refreshed(refreshToken, 'curl/8.5.0'))[0]).toBe(200)
    await expect.poll(notes).toMatchObject([
      {
        type: 'risk.noted',
        sessionId: id,
        score: 70,
        outcome: 'noted',
        device: { userAgent: 'curl/8.5.0', ip: '198.51.100.0/24' },
        former: { userAgent: firefox, ip: '192.0.2.0/24' },
      },
    ])
  })

  it('P50: a sign-in is noted where the backend knows the device not, and is not compared otherwise', async () => {
    server = await startServer()
    await signInApp(server, { device })
    await signInApp(server, { device: { userAgent: 'curl/8.5.0' } })
    const { id } = await signInApp(server, { device, knownDevice: false })
    await expect.poll(notes).toMatchObject([{ sessionId: id, signals: [{ kind: 'new_device' }] }])
  })
})

it('R27: SOJOURN_RISK_END_AT ends a session, and its client is told why', async () => {
  server = await startServer({ said: { riskEndAt: '70' } })
  const { refreshToken } = await signInApp(server, { device })
  expect(await refreshed(refreshToken, 'curl/8.5.0')).toEqual([401, 'risk'])
  expect(await refreshed(refreshToken, firefox)).toEqual([401, 'risk'])
})

it('R27: SOJOURN_RISK_STEP_UP_AT takes freshness, which introspection tells too, until a step-up', async () => {
  server = await startServer({ said: { riskStepUpAt: '50', algorithm: 'HS256' } })
  const { refreshToken, id } = await signInApp(server, { device })
  await refreshed(refreshToken, 'curl/8.5.0')
  const authTime = async (token: string): Promise<unknown> =>
    (await server.backend('POST', '/oauth/introspect', { form: { token } })).json()['auth_time']
  expect(await authTime(refreshToken)).toBe(0)
  const json = { refreshToken, amr: ['otp'] }
  const proved = (await server.backend('POST', `/v1/sessions/${id}/step-up`, { json })).json()
  expect(await authTime(String(proved['accessToken']))).toBeGreaterThan(1_700_000_000)
})
