// What is malformed, too large, said twice, or comes while the store is down: always a "no" with a code, and afterwards
// everything goes on as before.

import assert from 'node:assert/strict'

import { answered, names, refused } from './checks.ts'
import type { Story } from './story.ts'

export const badRequests: readonly Story[] = [
  {
    title:
      'R71 R149: the bodies of our own routes are JSON, of at most 64 KiB, with the members that are expected',
    async tell({ signedIn }) {
      const client = await signedIn()
      const post = (
        body: string,
        type: string | undefined,
        path = '/session/logout',
      ): ReturnType<typeof client.ask> =>
        client.ask('POST', path, {
          body,
          headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) },
        })
      for (const path of ['/session/logout', '/session/refresh']) {
        for (const type of ['text/plain', 'application/xml', 'application/json, text/plain', undefined]) {
          await refused(post('{"scope":"all"}', type, path), 'media_type_unsupported')
        }
        for (const body of ['{', '[]', 'null', '"all"', '{"scope":"all"}}', '\u0000']) {
          await refused(post(body, 'application/json', path), 'body_malformed')
        }
        for (const body of ['{"__proto__":{"scope":"all"}}', '{"scopes":"all"}', '{"constructor":1}']) {
          await refused(post(body, 'application/json', path), 'members_unknown')
        }
        await refused(post(`{"scope":"${'a'.repeat(65_536)}"}`, 'application/json', path), 'body_too_large')
      }
      for (const scope of ['"everything"', '["all"]', 'null', '1', '{}']) {
        await refused(post(`{"scope":${scope}}`, 'application/json'), 'members_unknown')
      }
      assert.equal(({} as { scope?: string }).scope, undefined)
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'R149: a body without a length is cut off at the limit as well',
    async tell({ signedIn }) {
      const client = await signedIn()
      const headers = {
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
        'content-length': undefined,
      }
      await refused(
        client.ask('POST', '/session/logout', { headers, body: `{"scope":"${'a'.repeat(300_000)}"}` }),
        'body_too_large',
      )
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'a cookie that carries both ways of giving a refresh token is asked to choose',
    async tell({ signedIn }) {
      const client = await signedIn()
      const refreshToken = client.cookies.get(names.session)
      await refused(
        client.ask('POST', '/session/refresh', { json: { refreshToken } }),
        'credentials_ambiguous',
      )
      await answered(client.ask('POST', '/session/refresh'), 204)
    },
  },
  {
    title:
      'R25 R218 A25: session tokens with anything in them are refused, never a 5xx, and the store is not asked',
    async tell({ browser, setStoreDown }) {
      const client = browser()
      setStoreDown(true)
      const junk = [
        '__proto__',
        'constructor',
        `sj_${'A'.repeat(67)}`,
        `sj_${'_'.repeat(68)}`,
        "' OR 1=1--",
        '*',
        '../../etc/passwd',
        '%00',
        'a'.repeat(8000),
      ]
      for (const token of junk) {
        client.cookies.set(names.session, token)
        client.cookies.set(names.access, token)
        await refused(client.ask('GET', '/me'), 'token_malformed')
        assert.equal((await answered(client.ask('GET', '/public'))).json()['subject'], null)
      }
    },
  },
  {
    title: 'R46 A76: a cookie header that the server cannot take is refused, and the next request is served',
    async tell({ signedIn }) {
      const client = await signedIn()
      const bomb = client.copy()
      bomb.cookies.set('bomb', 'x'.repeat(1_000_000))
      // Node refuses it while it is still being sent, so the answer may come as a broken connection.
      const status = await bomb.ask('GET', '/me').then(
        ({ status }) => status,
        () => 431,
      )
      assert.equal(status, 431)
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title:
      'R207 A113: while the store is down the answer is a 503 with Retry-After, and nobody is taken for a visitor',
    async tell({ signedIn, setStoreDown, clock }) {
      const client = await signedIn()
      clock.pass('5m')
      setStoreDown(true)
      for (const [method, path] of [
        ['GET', '/me'],
        ['GET', '/public'],
        ['GET', '/session'],
        ['POST', '/change'],
        ['POST', '/session/refresh'],
        ['POST', '/session/logout'],
        ['GET', '/session/devices'],
        ['GET', '/session/csrf'],
      ] as const) {
        const told = await refused(client.ask(method, path), 'store_unavailable')
        assert.equal(told.headers['retry-after'], '1')
        assert.deepEqual(told.cookies, [])
      }
      setStoreDown(false)
      await answered(client.ask('GET', '/me'))
      await answered(client.ask('POST', '/change'))
    },
  },
  {
    title: 'R207: a sign-in while the store is down is a 503, and sets no cookie',
    async tell({ browser, setStoreDown }) {
      const client = browser()
      setStoreDown(true)
      const told = await refused(
        client.ask('POST', '/login', { json: { subject: 'alice' } }),
        'store_unavailable',
      )
      assert.deepEqual(told.cookies, [])
      setStoreDown(false)
      await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
    },
  },
  {
    title: 'R150: a session that asks too much gets a 429 that says how long to wait, and others are served',
    options: { rateLimit: { requests: 5, per: '1m' } },
    async tell({ signedIn, clock, browser }) {
      const client = await signedIn()
      for (let request = 0; request < 5; request++) await answered(client.ask('GET', '/me'))
      const told = await refused(client.ask('GET', '/me'), 'rate_limited')
      assert.equal(told.headers['retry-after'], '12')
      await answered((await signedIn({ subject: 'bob' })).ask('GET', '/me'))
      await answered(browser().ask('GET', '/public'))
      clock.pass('12s')
      await answered(client.ask('GET', '/me'))
    },
  },
]
