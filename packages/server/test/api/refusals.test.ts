import { errors, SojournError, type ErrorCode, type SojournEvent } from 'sojourn'
import type { Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { sendRaw, statusOf } from '../support/raw.ts'
import { refresh, routes } from '../support/routes.ts'
import { apiKey, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

/** What an answer says, as far as RFC 9457 and our own table of errors lay it down. */
function refusalIn(told: Told): unknown {
  const { type, code, status, title, detail } = told.json()
  return {
    status: told.status,
    mediaType: told.headers['content-type'],
    caching: told.headers['cache-control'],
    problem: { type, code, status, title: typeof title, detail: typeof detail },
  }
}

function refusal(code: ErrorCode): unknown {
  const { status } = errors[code]
  return {
    status,
    mediaType: 'application/problem+json; charset=utf-8',
    caching: 'no-store',
    problem: { type: `urn:sojourn:error:${code}`, code, status, title: 'string', detail: 'string' },
  }
}

const keyRoutes = routes.filter(({ needs }) => needs === 'key')
const bodied = routes
  .flatMap((route) => route.methods.map((method) => ({ ...route, method })))
  .filter(({ method, bodies }) => bodies?.includes(method))

describe('R147 every refusal is a problem document:', () => {
  it.each(keyRoutes)('R141 $path without an API key', async ({ path, methods }) => {
    for (const method of methods) {
      const told = await server.client().ask(method, path)
      expect(refusalIn(told)).toEqual(refusal('api_key_required'))
      expect(told.headers['www-authenticate']).toBe('Bearer')
    }
  })

  it.each(keyRoutes)('R143 $path with something that is no API key', async ({ path, methods }) => {
    const values = [
      'Bearer nope',
      'Basic YTpi',
      'Bearer',
      'Bearer  a b',
      'Bearer =',
      `Bearer ${'k'.repeat(300)}`,
    ]
    for (const authorization of values) {
      const told = await server.backend(methods[0]!, path, { headers: { authorization } })
      expect(refusalIn(told)).toEqual(refusal('api_key_required'))
      expect(told.headers['www-authenticate']).toMatch(/^Bearer/)
    }
  })

  it('R143 the name of the scheme may be in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const headers = { authorization: `${scheme} ${apiKey}` }
      expect((await server.backend('GET', '/v1/sessions?subject=ada', { headers })).status).toBe(200)
    }
  })

  it('R144 two API keys in one request', async () => {
    const headers = { authorization: [`Bearer ${apiKey}`, `Bearer ${apiKey}`] }
    const told = await server.backend('GET', '/v1/sessions?subject=a', { headers })
    expect(refusalIn(told)).toEqual(refusal('credentials_ambiguous'))
  })

  it('R137 an API key in the URL', async () => {
    for (const name of ['access_token', 'api_key', 'key']) {
      const told = await server.client().ask('GET', `/v1/sessions?subject=a&${name}=${apiKey}`)
      expect(refusalIn(told)).toEqual(refusal('api_key_required'))
      expect(told.text).not.toContain(apiKey)
    }
  })

  it.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/session',
    '/v1/sessions/',
    '/V1/sessions',
    '/session/nope',
    '/.env',
    '//v1/sessions',
    '/livez/x',
  ])('%s is not there, for whoever asks', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(refusalIn(await server.backend(method, path))).toEqual(refusal('not_found'))
  })

  it.each(routes)('R149 $path with a method that it does not have', async ({ path, methods }) => {
    const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
    for (const method of all.filter((one) => !methods.includes(one))) {
      const told = await server.backend(method, path)
      expect(refusalIn(told)).toEqual(refusal('method_not_allowed'))
      const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
      expect(told.headers['allow']).toBe(allowed.join(', '))
    }
  })

  it.each(routes)('R149 $path tells OPTIONS what it has', async ({ path, methods }) => {
    const told = await server.backend('OPTIONS', path)
    expect([told.status, told.text]).toEqual([204, ''])
    expect(told.headers['allow']).toContain(methods.join(', '))
  })

  it.each(routes.filter(({ methods, streams }) => methods.includes('GET') && !streams))(
    '$path tells HEAD what GET would say, without saying it',
    async ({ path }) => {
      const [head, get] = [await server.backend('HEAD', path), await server.backend('GET', path)]
      expect([head.status, head.text]).toEqual([get.status, ''])
    },
  )

  it.each(bodied)('R149 $method $path with a body that is too large', async ({ method, path }) => {
    const body = `{"subject":"${'x'.repeat(70_000)}"}`
    for (const more of [{}, { 'content-length': undefined, 'transfer-encoding': 'chunked' }]) {
      const headers = { 'content-type': 'application/json', ...more }
      expect(refusalIn(await server.backend(method, path, { body, headers }))).toEqual(
        refusal('body_too_large'),
      )
    }
  })

  it.each(bodied)('R71 $method $path with another media type', async ({ method, path }) => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json, text/plain',
      'application/jsonp',
    ]
    for (const type of [undefined, ...types]) {
      const headers = { 'content-type': type }
      const told = await server.backend(method, path, { body: '{"subject":"ada"}', headers })
      expect(refusalIn(told)).toEqual(refusal('media_type_unsupported'))
    }
  })

  it.each(bodied)('$method $path with a body that is no JSON object', async ({ method, path }) => {
    const headers = { 'content-type': 'application/json' }
    for (const body of ['{', '[]', 'null', '"a"', '1', '{"a":1}x', '\uFEFF{}'])
      expect(refusalIn(await server.backend(method, path, { body, headers }))).toEqual(
        refusal('body_malformed'),
      )
  })

  it('POST /session/refresh without a token is the mistake of its caller', async () => {
    expect(refusalIn(await server.client().ask('POST', refresh))).toEqual(refusal('credentials_missing'))
  })
})

describe('R147 A99 what does not reach a route is answered with a problem document too:', () => {
  it('headers beyond the limit', async () => {
    const request = `GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`
    const answer = await sendRaw(server.port, request)
    expect(statusOf(answer)).toBe(431)
    expect(answer).toContain('"code":"headers_too_large"')
  })

  it.each([
    'nonsense\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET /livez HTTP/1.1\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: [::1\r\n\r\n',
    'GET \\livez HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET livez HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n',
  ])('%j', async (request) => {
    const answer = await sendRaw(server.port, request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    expect(statusOf(answer)).toBe(400)
    expect(answer).toContain('application/problem+json')
  })
})

describe('R148 an error of our own', () => {
  it('is answered without its cause, which the listeners are told', async () => {
    const told: SojournEvent[] = []
    const broken = await startServer({
      extra: {
        listeners: [(event) => void told.push(event)],
        mount: (app) => {
          app.get('/broken', () => {
            throw new Error('SELECT * FROM /etc/passwd')
          })
          app.get('/unavailable', () => {
            throw new SojournError('store_unavailable', { cause: new Error('db:5432 is gone') })
          })
        },
      },
    })
    const internal = await broken.client().ask('GET', '/broken')
    expect(refusalIn(internal)).toEqual(refusal('internal'))
    const unavailable = await broken.client().ask('GET', '/unavailable')
    expect(refusalIn(unavailable)).toEqual(refusal('store_unavailable'))
    expect(internal.text + unavailable.text).not.toMatch(/SELECT|passwd|db:5432|\.ts/)
    expect(told.filter(({ type }) => type === 'request.failed')).toMatchObject([
      { level: 'critical', code: 'internal', error: 'Error: SELECT * FROM /etc/passwd' },
      { level: 'warning', code: 'store_unavailable', error: 'Error: db:5432 is gone' },
    ])
    await broken.stop()
  })
})
