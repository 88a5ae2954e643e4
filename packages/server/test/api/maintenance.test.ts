import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const ask = async (method: string, path: string, json?: unknown): Promise<Record<string, unknown>> => {
  const told = await server.backend(method, path, json === undefined ? {} : { json })
  expect([told.status, told.headers['cache-control'], told.text]).toEqual([
    200,
    'no-store',
    expect.any(String),
  ])
  return told.json()
}

describe('GET /v1/stats and POST /v1/sweep', () => {
  it('count what lives and what has expired, and remove the latter', async () => {
    const { store } = server.store
    for (const subject of ['a', 'b', 'c']) await server.backend('POST', '/v1/sessions', { json: { subject } })
    // An entry whose time was over long ago.
    await store.insert({
      id: 'expired-0001',
      owner: 'expired-',
      version: 1,
      expiresAt: 1,
      state: '{"t":"s"}',
    })
    const before = await ask('GET', '/v1/stats')
    // Three sessions, the signing keys, and whose the secret is.
    expect(before).toMatchObject({
      entries: { live: 5, expired: 1 },
      backlog: 1,
      feedLagSeconds: 0,
      lastSweep: null,
    })
    expect(before['bytes']).toBeGreaterThan(500)
    expect(await ask('POST', '/v1/sweep', {})).toEqual({
      removed: 1,
      tookSeconds: expect.any(Number),
      done: true,
      left: 0,
    })
    expect(await ask('GET', '/v1/stats')).toMatchObject({
      entries: { expired: 0 },
      backlog: 0,
      lastSweep: { removed: 1, left: 0, at: expect.stringMatching(/^\d{4}-.*Z$/) },
    })
  })
})

describe('GET /v1/keys and POST /v1/keys/rotate', () => {
  const phases = (keys: Record<string, unknown>): unknown =>
    (keys['items'] as { phase: string }[]).map(({ phase }) => phase)

  it('show public names and times, and bring the next key before it signs', async () => {
    const before = await ask('GET', '/v1/keys')
    expect(phases(before)).toEqual(['active'])
    expect(JSON.stringify(before)).not.toMatch(/"(d|x|y|n|k)":/)
    const rotated = await ask('POST', '/v1/keys/rotate', {})
    expect(phases(rotated)).toEqual(['active', 'next'])
    const told = await server.client().ask('GET', '/.well-known/jwks.json')
    expect(told.json()['keys']).toHaveLength(2)
  })

  it('end every access token when a key was stolen', async () => {
    const json = { subject: 'ada', profile: 'bearer' }
    const { accessToken } = (await server.backend('POST', '/v1/sessions', { json })).json()
    const headers = { authorization: `Bearer ${String(accessToken)}` }
    expect(phases(await ask('POST', '/v1/keys/rotate', { atOnce: true }))).toEqual(['active'])
    expect((await server.client().ask('GET', '/session', { headers })).status).toBe(401)
  })

  it('say what to do where keys are derived', async () => {
    const derived = await startServer({ said: { algorithm: 'HS256' } })
    const told = await derived.backend('POST', '/v1/keys/rotate')
    expect([told.status, told.json()['code']]).toEqual([400, 'request_malformed'])
    expect(told.json()['detail']).toContain('put a new secret first')
    await derived.stop()
  })

  it.each([{ atonce: true }, { atOnce: 'yes' }])('%j is refused', async (json) => {
    expect((await server.backend('POST', '/v1/keys/rotate', { json })).status).toBe(422)
  })
})
