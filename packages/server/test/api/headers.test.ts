import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { sendRaw } from '../support/raw.ts'
import { routes, routesOfProxies } from '../support/routes.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe('R174 A104 every answer', () => {
  const wanted = {
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  }

  // The page has a style sheet, and nothing else that a browser would fetch or run.
  const styled =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  const more = (path: string, status: number): object =>
    path === '/docs' && status === 200 ? { 'content-security-policy': styled } : {}

  it.each([...routes, ...routesOfProxies, { path: '/nowhere' }])(
    'of $path has the security headers, whatever it says',
    async ({ path, streams = false }: { path: string; streams?: boolean }) => {
      // A stream begins with the headers of its HEAD, and does not end by itself.
      for (const method of [...(streams ? [] : ['GET']), 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
        for (const told of [await server.client().ask(method, path), await server.backend(method, path)])
          expect({ method, ...told.headers }).toMatchObject({ method, ...wanted, ...more(path, told.status) })
    },
  )

  it('has them too when it is for something that is not HTTP, too large, or an expectation', async () => {
    for (const request of [
      'nonsense\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n',
    ]) {
      const answer = (await sendRaw(server.port, request)).toLowerCase()
      for (const [name, value] of Object.entries(wanted))
        expect(answer).toContain(`${name}: ${value}`.toLowerCase())
    }
  })

  it('says nothing of HSTS where the issuer is plain HTTP', async () => {
    const plain = await startServer({ said: { issuer: 'http://localhost:3000' } })
    expect((await plain.client().ask('GET', '/livez')).headers).not.toHaveProperty(
      'strict-transport-security',
    )
    await plain.stop()
  })
})

describe('R72 A91 no other origin', () => {
  it.each([...routes, ...routesOfProxies])(
    'may read $path, asked before or not',
    async ({ path, methods, streams }) => {
      for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example']) {
        const preflight = await server.client().ask('OPTIONS', path, {
          headers: {
            origin,
            'sec-fetch-site': 'cross-site',
            'access-control-request-method': methods[0],
            'access-control-request-headers': 'authorization, x-csrf-token',
          },
        })
        const actual = await server.backend(streams ? 'HEAD' : methods[0]!, path, {
          headers: { origin, 'sec-fetch-site': 'cross-site' },
        })
        for (const { headers } of [preflight, actual])
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
      }
    },
  )
})
