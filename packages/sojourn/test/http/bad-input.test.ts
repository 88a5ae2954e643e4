import { describe, expect, it } from 'vitest'
import type { Ask, TestClient, Told } from '../../src/testing/jar.ts'
import { rawRequest, sendRaw, type RawAnswer } from './support/raw.ts'
import { names, onScene, type Scene } from './support/serve.ts'

const host = 'Host: app.example'
const tls = 'X-Forwarded-Proto: https'

/** Plays bad input to a server with somebody signed in, who must not notice. */
async function whileSignedIn(play: (scene: Scene, client: TestClient) => Promise<void>): Promise<void> {
  await onScene({}, async (scene) => {
    const client = await scene.signedIn()
    await play(scene, client.copy())
    expect((await client.ask('GET', '/')).json()['subject']).toBe('alice')
    expect((await client.ask('POST', '/session/refresh')).status).toBe(204)
    expect(scene.told('session.ended')).toEqual([])
    expect(scene.told('session.reused')).toEqual([])
  })
}

/** Status and code of a problem document that nobody keeps; a text that says otherwise if it is none. */
function no(answer: RawAnswer | Told): string {
  const { status, headers } = answer
  const isProblem = headers['content-type']?.includes('application/problem+json') === true
  if (!isProblem || headers['cache-control'] !== 'no-store') return `${status} ${JSON.stringify(headers)}`
  return `${status} ${String('code' in answer ? answer.code : answer.json()['code'])}`
}

describe('bytes that are not HTTP', () => {
  it.each([
    ['R39 A79: a NUL in a header', [host, tls, 'Cookie: a=\0b']],
    ['a NUL in a header name', [host, tls, 'X-\0: b']],
    ['A99: a space before the colon', [host, tls, 'Cookie : a=b']],
    ['a line without a colon', [host, tls, 'Cookie']],
    ['A99: two Content-Lengths', [host, tls, 'Content-Length: 1', 'Content-Length: 2']],
    [
      'A99: Content-Length and Transfer-Encoding',
      [host, tls, 'Content-Length: 1', 'Transfer-Encoding: chunked'],
    ],
    ['a Content-Length that is no number', [host, tls, 'Content-Length: 1e3']],
    ['a negative Content-Length', [host, tls, 'Content-Length: -1']],
    ['a bare CR in a header', [host, tls, 'Cookie: a=b\rSet-Cookie: c=d']],
    ['a folded header', [host, tls, 'Cookie: a=b', ' ; c=d']],
  ])('R218: %s', (_, lines) =>
    whileSignedIn(async ({ url }) => {
      const answer = await sendRaw(url, rawRequest('POST /session/logout HTTP/1.1', lines))
      expect(no(answer)).toBe('400 request_malformed')
      expect(answer.headers).not.toHaveProperty('set-cookie')
    }),
  )

  it.each([
    'nonsense\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
  ])('R218: %j in place of a request', (bytes) =>
    whileSignedIn(async ({ url }) => expect(no(await sendRaw(url, bytes))).toBe('400 request_malformed')),
  )
})

describe('what is too large', () => {
  it.each([
    ['a cookie', `Cookie: ${names.session}=${'x'.repeat(1_000_000)}`],
    ['cookies', `Cookie: ${'a=1; '.repeat(200_000)}`],
    ['a bearer token', `Authorization: Bearer ${'x'.repeat(1_000_000)}`],
    ['a header of no meaning', `X-Padding: ${'x'.repeat(1_000_000)}`],
    ['a header name', `${'x'.repeat(1_000_000)}: a`],
  ])('R46 A33 A76: %s of a megabyte is a 431', (_, line) =>
    whileSignedIn(async ({ url }) => {
      expect(no(await sendRaw(url, rawRequest('GET / HTTP/1.1', [host, tls, line])))).toBe(
        '431 headers_too_large',
      )
    }),
  )

  it('A33: a bearer token that still fits a header is a 400', () =>
    whileSignedIn(async (_, client) => {
      const headers = { authorization: `Bearer ${'x'.repeat(9000)}` }
      expect(no(await client.ask('GET', '/', { headers }))).toBe('400 request_malformed')
    }))

  it('R149: a body of a megabyte is a 413, announced or not', () =>
    whileSignedIn(async ({ browser }) => {
      const body = JSON.stringify({ refreshToken: 'x'.repeat(1_000_000) })
      const type = { 'content-type': 'application/json' }
      const chunked = { ...type, 'content-length': undefined, 'transfer-encoding': 'chunked' }
      for (const headers of [{ ...type, 'content-length': String(body.length) }, chunked]) {
        const client = browser()
        expect(no(await client.ask('POST', '/session/refresh', { headers, body }))).toBe('413 body_too_large')
        // The same connection goes on.
        expect((await client.ask('GET', '/')).status).toBe(200)
      }
    }))

  it('a refresh token of 60 kB is malformed, and nothing more', () =>
    whileSignedIn(async ({ browser }) => {
      const refreshToken = `sj_${'A'.repeat(60_000)}`
      expect(no(await browser().ask('POST', '/session/refresh', { json: { refreshToken } }))).toBe(
        '401 token_malformed',
      )
    }))

  it('a CSRF token of 10 kB is wrong', () =>
    whileSignedIn(async (_, client) => {
      const headers = { 'x-csrf-token': 'A'.repeat(10_000) }
      expect(no(await client.ask('POST', '/', { headers }))).toBe('403 csrf_rejected')
    }))

  it('an X-Forwarded-For without end is a 431', () =>
    whileSignedIn(async (_, client) => {
      const headers = { 'x-forwarded-for': '1.2.3.4, '.repeat(1000) }
      expect(no(await client.ask('GET', '/', { headers }))).toBe('431 headers_too_large')
    }))

  it("a URL of 10 kB is not found, or the application's", () =>
    whileSignedIn(async (_, client) => {
      expect(no(await client.ask('GET', `/session/${'x'.repeat(10_000)}`))).toBe('404 not_found')
      expect(
        no(
          await client.ask('DELETE', `/session/devices/${'x'.repeat(10_000)}`, {
            headers: { 'x-csrf-token': undefined },
          }),
        ),
      ).toBe('403 csrf_rejected')
    }))
})

describe('what is said twice', () => {
  const twice: readonly [string, string, (client: TestClient) => readonly string[], number, string][] = [
    [
      'R144: Authorization',
      'GET /',
      () => ['Authorization: Bearer a', 'Authorization: Bearer a'],
      400,
      'credentials_ambiguous',
    ],
    [
      'R76: Origin',
      'POST /',
      () => ['Origin: https://app.example', 'Origin: https://app.example'],
      403,
      'csrf_rejected',
    ],
    [
      'R76: Origin, joined',
      'POST /',
      () => ['Origin: https://app.example, https://app.example'],
      403,
      'csrf_rejected',
    ],
    [
      'R76: Sec-Fetch-Site',
      'POST /',
      () => ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: same-origin'],
      403,
      'csrf_rejected',
    ],
    [
      'R76: Sec-Fetch-Site, joined',
      'POST /',
      () => ['Sec-Fetch-Site: same-origin, same-origin'],
      403,
      'csrf_rejected',
    ],
    [
      'X-CSRF-Token',
      'POST /',
      () => ['Sec-Fetch-Site: same-origin', 'X-CSRF-Token: a', 'X-CSRF-Token: a'],
      403,
      'csrf_rejected',
    ],
  ]

  it.each(twice)('A99: %s is refused', (_, line, lines, status, code) =>
    whileSignedIn(async ({ url }, client) => {
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const request = rawRequest(`${line} HTTP/1.1`, [
        host,
        tls,
        `Cookie: ${cookie}`,
        ...lines(client),
        'Content-Length: 0',
      ])
      expect(no(await sendRaw(url, request))).toBe(`${status} ${code}`)
    }),
  )

  it('R42: Cookie is read as one', () =>
    whileSignedIn(async ({ url }, client) => {
      const cookies = [...client.cookies].map(([name, value]) => `Cookie: ${name}=${value}`)
      const { text } = await sendRaw(
        url,
        rawRequest('GET / HTTP/1.1', [host, tls, ...cookies, 'Connection: close']),
      )
      expect(text).toContain('"alice"')
    }))

  it('A96: X-Forwarded-Proto counts as the nearest proxy has said it', () =>
    whileSignedIn(async ({ url }) => {
      const lines = [host, 'X-Forwarded-Proto: https', 'X-Forwarded-Proto: http']
      expect(no(await sendRaw(url, rawRequest('GET / HTTP/1.1', lines)))).toBe('403 https_required')
    }))

  it('a JSON member counts once: what comes last, as JSON.parse has it', () =>
    whileSignedIn(async (_, client) => {
      await client.useCsrfToken()
      const body = '{"scope":"all","scope":"nonsense"}'
      const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
      expect(no(await client.ask('POST', '/session/logout', { body, headers }))).toBe('422 members_unknown')
    }))
})

describe('names and values with power', () => {
  it('R106 A38 A116: __proto__ and its kin reach nothing, as members, cookies, claims or headers', () =>
    whileSignedIn(async ({ browser, sojourn }, client) => {
      await client.useCsrfToken()
      for (const member of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
        const body = `{"${member}":{"role":"admin","isAdmin":true}}`
        const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
        expect(no(await client.ask('POST', '/session/logout', { body, headers }))).toBe('422 members_unknown')
        const visitor = browser()
        for (const name of [member, `__Host-Http-${member}`]) visitor.cookies.set(name, 'a')
        expect((await visitor.ask('GET', '/', { headers: { [member]: 'x' } })).json()['subject']).toBeNull()
        const claims = JSON.parse(body) as Record<string, unknown>
        const outcome = await sojourn.create({ subject: 'carol', claims }).catch((error: unknown) => error)
        expect(outcome).toHaveProperty(outcome instanceof Error ? 'code' : 'session')
      }
      expect({}).not.toHaveProperty('isAdmin')
      expect(Object.prototype).not.toHaveProperty('role')
    }))

  it.each([
    '__proto__',
    '..',
    '%2e%2e',
    '%00',
    "' OR '1'='1",
    '*',
    '${7*7}',
    '<script>',
    '%0d%0aSet-Cookie:%20a=b',
    '..\\..',
    '[^a]*',
  ])('A57: %j as an id in a URL names nothing', (id) =>
    whileSignedIn(async (_, client) => {
      await client.useCsrfToken()
      const told = await client.ask('DELETE', `/session/devices/${id.replaceAll(' ', '+')}`)
      expect(no(told)).toBe('404 not_found')
      expect(told.cookies).toEqual([])
    }),
  )

  it('R202 A101: what a client calls itself cannot end a line, a header or an answer', () =>
    whileSignedIn(async ({ sojourn, browser, events }) => {
      const agent = '<b>"\\u001b[2J%0d%0a</b>\t{"event":"x"}\u00ff'
      const client = browser()
      await client.ask('POST', '/login?{"subject":"bob"}', { headers: { 'user-agent': agent } })
      const [session] = await sojourn.list('bob')
      expect(session!.device.userAgent).toBe(agent)
      const { text } = await client.ask('GET', '/session')
      expect(
        (JSON.parse(text) as { session: { device: { userAgent: string } } }).session.device.userAgent,
      ).toBe(agent)
      expect(JSON.stringify(events).split('\n')).toHaveLength(1)
    }))

  it('A101: a name of 10 kB is cut short', () =>
    whileSignedIn(async ({ sojourn, browser }) => {
      await browser().ask('POST', '/login?{"subject":"bob"}', {
        headers: { 'user-agent': 'x'.repeat(10_000) },
      })
      expect((await sojourn.list('bob'))[0]!.device.userAgent).toHaveLength(512)
    }))
})

describe('media types', () => {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'application/json, text/plain',
    'application/json;charset=utf-7',
    'json',
    '',
  ]

  it.each(types)('R71 A81: %j is not JSON', (type) =>
    whileSignedIn(async ({ browser }, client) => {
      await client.useCsrfToken()
      const body = '{"scope":"all"}'
      const ask: Ask = { body, headers: { 'content-type': type, 'content-length': String(body.length) } }
      for (const path of ['/session/logout', '/session/refresh']) {
        expect(no(await client.ask('POST', path, ask))).toBe('415 media_type_unsupported')
        expect(no(await browser().ask('POST', path, ask))).toBe('415 media_type_unsupported')
      }
    }),
  )
})

describe('anything at all', () => {
  it('R148 R218: never makes a 5xx, and never names what is inside', () =>
    whileSignedIn(async (_, client) => {
      await client.useCsrfToken()
      const odd = [
        '',
        ' ',
        '\t',
        '\u00ff',
        '0',
        '-1',
        '{}',
        '[]',
        'null',
        'true',
        '__proto__',
        '%',
        '%zz',
        '=',
        ';',
        ',',
        '"',
        "'",
        '\\',
        'sj_',
        '..',
        'a'.repeat(4000),
      ]
      const fields = [
        'authorization',
        'cookie',
        'origin',
        'sec-fetch-site',
        'x-csrf-token',
        'idempotency-key',
        'x-background',
        'x-forwarded-for',
        'x-forwarded-host',
        'content-type',
        'user-agent',
      ]
      const statuses = new Set<number>()
      for (const field of fields) {
        for (const value of odd) {
          for (const [method, path] of [
            ['GET', '/session'],
            ['POST', '/session/refresh'],
          ] as const) {
            const told = await client.copy().ask(method, path, {
              headers: {
                [field]: value,
                ...(field === 'cookie' ? {} : { cookie: `${names.session}=${value}` }),
              },
            })
            statuses.add(told.status)
            expect(told.text).not.toMatch(/node_modules|\.ts\b|at \w+ \(/)
          }
        }
      }
      expect([...statuses].filter((status) => status >= 500)).toEqual([])
    }))
})
