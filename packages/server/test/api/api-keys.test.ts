// The API keys of the store, through the API.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { storedApiKeys, type StoredApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { apiKey, issuer, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let keys: StoredApiKeys
beforeAll(async () => {
  server = await startServer()
  keys = storedApiKeys({ store: server.store.store, issuer, environment: 'test', clock: Date.now })
})
afterAll(() => server.stop())

describe('the API keys of the store', () => {
  it('are listed without the keys, by whoever may look', async () => {
    const made = await keys.create({ role: 'read', name: 'reports', expiresAt: Date.now() + 3_600_000 })
    const headers = { authorization: `Bearer ${made.key}` }
    const told = await server.backend('GET', '/v1/apikeys', { headers })
    const instant = expect.stringMatching(/^\d{4}-.*Z$/) as unknown
    expect(told.json()).toEqual({
      items: [
        {
          id: made.info.id,
          name: 'reports',
          role: 'read',
          createdAt: instant,
          lastUsedAt: instant,
          expiresAt: instant,
        },
      ],
    })
    for (const secret of [made.key, apiKey]) expect(told.text).not.toContain(secret)
  })

  it('are revoked by whoever may change, and nobody is told that a slip was one', async () => {
    const { key, info } = await keys.create({ role: 'read', name: 'gone soon' })
    const headers = { authorization: `Bearer ${key}` }
    const path = `/v1/apikeys/${info.id}`
    expect((await server.backend('DELETE', path, { headers })).status).toBe(403)
    expect((await server.backend('DELETE', `${path}x`)).status).toBe(404)
    expect((await server.backend('GET', '/v1/apikeys', { headers })).status).toBe(200)
    expect((await server.backend('DELETE', path)).status).toBe(204)
    expect((await server.backend('GET', '/v1/apikeys', { headers })).status).toBe(401)
    expect((await server.backend('DELETE', path)).status).toBe(404)
  })

  it('are what it takes away, and never a session or a key of another application', async () => {
    const { session } = (await server.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })).json()
    const { id } = session as { id: string }
    const others = storedApiKeys({
      store: server.store.store,
      issuer: 'https://other.example',
      environment: 'test',
      clock: Date.now,
    })
    const { info } = await others.create({ role: 'read', name: 'theirs' })
    expect((await server.backend('DELETE', `/v1/apikeys/${id}`)).status).toBe(404)
    expect((await server.backend('DELETE', `/v1/apikeys/${info.id}`)).status).toBe(404)
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(200)
    expect(await others.list()).toHaveLength(1)
    expect((await server.backend('GET', '/v1/apikeys')).text).not.toContain('theirs')
  })

  it('are not made over HTTP', async () => {
    const told = await server.backend('POST', '/v1/apikeys', { json: { role: 'read', name: 'one more' } })
    expect(told.status).toBe(405)
  })
})
