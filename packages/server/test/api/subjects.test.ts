// All about one person, through the API.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { storedApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { issuer, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

async function signIn(subject: string): Promise<{ readonly id: string; readonly refreshToken: string }> {
  const json = { subject, profile: 'bearer', data: { cart: ['book'] }, device: { ip: '192.0.2.77' } }
  const told = (await server.backend('POST', '/v1/sessions', { json })).json()
  return { ...(told['session'] as { id: string }), refreshToken: String(told['refreshToken']) }
}

const exported = async (subject: string) =>
  server.backend('GET', `/v1/subjects/${encodeURIComponent(subject)}/export`)

describe('a subject', () => {
  it('is exported with all that is kept, then erased for good, and nobody else is', async () => {
    const name = 'Ada / Lovelace ä'
    const [first, second] = [await signIn(name), await signIn(name)]
    await signIn('bob')
    await server.backend('DELETE', `/v1/sessions/${first.id}`)
    const told = await exported(name)
    expect([told.status, told.headers['content-disposition']]).toEqual([
      200,
      'attachment; filename="subject.json"',
    ])
    expect(told.json()).toMatchObject({
      version: 1,
      subject: name,
      issuer,
      sessions: [{ id: second.id, data: { cart: ['book'] }, device: { ip: '192.0.2.77' } }],
      audit: [{ type: 'session.created' }, { type: 'session.created' }, { type: 'session.ended' }],
      counts: { sessions: 1, others: 0, audit: 3 },
    })
    for (const { refreshToken } of [first, second]) expect(told.text).not.toContain(refreshToken.slice(-20))

    const erase = () => server.backend('DELETE', `/v1/subjects/${encodeURIComponent(name)}`)
    expect((await erase()).json()).toEqual({ sessions: 1, providerLinks: 0, formerIds: 0, auditLines: 5 })
    const refreshed = await server
      .client()
      .ask('POST', '/session/refresh', { json: { refreshToken: second.refreshToken } })
    expect(refreshed.status).toBe(401)
    expect((await erase()).json()).toEqual({ sessions: 0, providerLinks: 0, formerIds: 0, auditLines: 0 })
    const ends = await server.backend('GET', '/v1/audit?type=session.ended&limit=1')
    expect(ends.json()).toMatchObject({
      items: [{ reason: 'erased', actor: { kind: 'api_key', name: 'SOJOURN_API_KEY' }, redacted: true }],
    })
    const trail = await server.backend('GET', '/v1/audit')
    expect(trail.text).not.toContain('Lovelace')
    expect(trail.text).not.toContain(second.id)
    expect(trail.text).toContain('bob')
    expect((await server.backend('GET', '/v1/audit?type=audit.erased')).json()).toMatchObject({
      items: [
        { by: 'SOJOURN_API_KEY', lines: 0 },
        { by: 'SOJOURN_API_KEY', lines: 5, sessions: 1 },
      ],
    })
    expect((await server.backend('GET', '/v1/audit/verify')).json()).toMatchObject({ ok: true, redacted: 5 })
    expect((await server.backend('GET', `/v1/sessions/${first.id}/explain`)).status).toBe(404)
    expect((await server.backend('GET', '/v1/sessions?subject=bob')).json()).toMatchObject({
      items: [{ subject: 'bob' }],
    })
  })

  it('is neither exported nor erased with a key that may only look', async () => {
    const keys = storedApiKeys({ store: server.store.store, issuer, environment: 'test', clock: Date.now })
    const { key } = await keys.create({ role: 'read', name: 'the auditor' })
    const headers = { authorization: `Bearer ${key}` }
    for (const [method, path] of [
      ['GET', '/v1/subjects/bob/export'],
      ['DELETE', '/v1/subjects/bob'],
    ] as const)
      expect((await server.backend(method, path, { headers })).status).toBe(403)
  })

  it('is erased without a trail, which the answer says', async () => {
    const without = await startServer({ said: { audit: 'off' } })
    await without.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })
    expect((await without.backend('GET', '/v1/subjects/ada/export')).json()).toMatchObject({
      audit: null,
      counts: { sessions: 1, audit: null },
    })
    expect((await without.backend('DELETE', '/v1/subjects/ada')).json()).toMatchObject({
      sessions: 1,
      auditLines: null,
    })
    await without.stop()
  })
})
