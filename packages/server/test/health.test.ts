import { describe, expect, it } from 'vitest'

import { startServer } from './support/server.ts'

describe('health', () => {
  it('says whether the server lives and is ready, and nothing else', async () => {
    const server = await startServer()
    for (const path of ['/livez', '/readyz']) {
      const told = await server.client().ask('GET', path)
      expect([told.status, told.json()]).toEqual([200, { status: 'ok' }])
    }
    await server.stop()
  })

  it('R207 A113 is not ready once the store is gone; nobody is let in, and the process lives', async () => {
    const server = await startServer()
    const json = { subject: 'ada', profile: 'bearer' }
    const { refreshToken } = (await server.backend('POST', '/v1/sessions', { json })).json()
    const { store } = server.store
    for (const verb of ['find', 'insert', 'list', 'replace', 'remove', 'removeAll'] as const)
      Object.assign(store, { [verb]: () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:6379')) })
    const client = server.client()
    const ready = await client.ask('GET', '/readyz')
    expect([ready.status, ready.json()]).toEqual([503, { status: 'store_unavailable' }])
    expect((await client.ask('GET', '/livez')).status).toBe(200)
    const refused = await client.ask('POST', '/session/refresh', { json: { refreshToken } })
    expect([refused.status, refused.json()['code'], refused.headers['retry-after']]).toEqual([
      503,
      'store_unavailable',
      '1',
    ])
    const created = await server.backend('POST', '/v1/sessions', { json })
    expect([created.status, created.json()['code']]).toEqual([503, 'store_unavailable'])
    for (const { text } of [ready, refused, created]) expect(text).not.toContain('10.1.2.3')
    await server.stop()
  })

  it('R207 is ready again when the store is back', async () => {
    const server = await startServer()
    const { store } = server.store
    const find = store.find.bind(store)
    Object.assign(store, { find: () => Promise.reject(new Error('gone')) })
    const client = server.client()
    expect((await client.ask('GET', '/readyz')).status).toBe(503)
    Object.assign(store, { find })
    expect((await client.ask('GET', '/readyz')).status).toBe(200)
    await server.stop()
  })

  it('is not ready while it hears of no revocation, however well the store answers', async () => {
    const server = await startServer({
      extra: {
        mount: (app, { sojourn }) => {
          app.post('/lag/:seconds', (context) => {
            const lag = Number(context.req.param('seconds')) * 1000
            Object.assign(sojourn, { feedLag: () => lag })
            return context.body(null, 204)
          })
        },
      },
    })
    const ready = async (lag: number): Promise<unknown> => {
      await server.client().ask('POST', `/lag/${lag}`)
      const told = await server.client().ask('GET', '/readyz')
      return [told.status, told.json()['status']]
    }
    expect(await ready(9)).toEqual([200, 'ok'])
    expect(await ready(11)).toEqual([503, 'feed_stale'])
    await server.stop()
  })

  it('is not ready while a store keeps it waiting', async () => {
    const server = await startServer()
    Object.assign(server.store.store, { find: () => new Promise(() => {}) })
    expect((await server.client().ask('GET', '/readyz')).status).toBe(503)
    await server.stop()
  })
})
