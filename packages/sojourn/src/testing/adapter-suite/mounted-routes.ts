// The ready-made routes: what they answer, and to which methods.

import assert from 'node:assert/strict'

import { timestamp } from '../../core/system.ts'
import { answered, cookiesOf, names, refused } from './checks.ts'
import type { Story } from './story.ts'

const methods = {
  '/session': 'GET, HEAD, OPTIONS',
  '/session/refresh': 'POST, OPTIONS',
  '/session/logout': 'POST, OPTIONS',
  '/session/devices': 'GET, HEAD, OPTIONS',
  [`/session/devices/${'A'.repeat(32)}`]: 'DELETE, OPTIONS',
  '/session/csrf': 'GET, HEAD, OPTIONS',
}

export const mountedRoutes: readonly Story[] = [
  {
    title: 'R33: GET /session tells a person about their own session, without a secret and without data',
    async tell({ signedIn, browser, sojourn, clock }) {
      const client = await signedIn({
        claims: { role: 'admin' },
        data: { note: 'for the server only' },
        amr: ['pwd'],
      })
      const told = await answered(client.ask('GET', '/session', { headers: { 'user-agent': 'Test/1.0' } }))
      const { id, ...session } = told.json()['session'] as Record<string, unknown>
      const now = timestamp(clock())
      const in1h = timestamp(clock() + 3_600_000)
      const in24h = timestamp(clock() + 24 * 3_600_000)
      assert.ok(await sojourn.find(String(id)))
      assert.deepEqual(session, {
        subject: 'alice',
        profile: 'cookie',
        createdAt: now,
        authenticatedAt: now,
        lastSeenAt: now,
        expiresAt: in24h,
        expiresIn: 24 * 3600,
        idleExpiresAt: in1h,
        idleExpiresIn: 3600,
        claims: { role: 'admin' },
        amr: ['pwd'],
        acr: null,
        device: { label: null, userAgent: null, ip: '127.0.0.1' },
        current: true,
      })
      assert.match(String(told.headers['content-type']), /^application\/json; charset=utf-8$/i)
      assert.match(String(told.headers['cache-control']), /\bno-store\b/)
      for (const secret of client.cookies.values()) assert.ok(!told.text.includes(secret))
      await refused(browser().ask('GET', '/session'), 'sign_in_required')
    },
  },
  {
    title: 'R149: every route says which methods it has, and refuses the others',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const [path, allow] of Object.entries(methods)) {
        const { headers } = await answered(client.ask('OPTIONS', path), 204)
        assert.equal(headers['allow'], allow)
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
          (one) => !allow.includes(one),
        )) {
          const told = await client.ask(method, path)
          assert.equal(told.status, 405, `${method} ${path}`)
          assert.equal(told.headers['allow'], allow)
        }
      }
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'HEAD is answered as GET is, without the body',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const path of ['/session', '/session/devices', '/session/csrf']) {
        const get = await answered(client.ask('GET', path))
        const head = await answered(client.ask('HEAD', path))
        assert.equal(head.text, '')
        assert.equal(head.headers['content-type'], get.headers['content-type'])
        assert.equal(head.headers['cache-control'], get.headers['cache-control'])
      }
      assert.equal((await client.ask('HEAD', '/session/nothing')).status, 404)
    },
  },
  {
    title:
      "what is under the prefix and no route is not found, and what only looks like it is the application's",
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const path of [
        '/session/',
        '/session/nothing',
        '/session/refresh/',
        '/session/__proto__',
        '/session/devices/',
      ]) {
        await refused(client.ask('GET', path), 'not_found')
      }
      // Some frameworks send this one to the usual spelling first.
      const { status } = await client.ask('GET', '/session//csrf')
      assert.ok(status === 404 || status === 308, `${status} for an empty segment`)
      for (const path of ['/sessions', '/session.json', '/sessionrefresh']) {
        const told = await client.ask('GET', path)
        assert.equal(told.status, 404)
        assert.doesNotMatch(String(told.headers['content-type']), /problem/)
      }
    },
  },
  {
    title: "R19 R221 A58: the device list shows one's own sessions, and ends them one by one, nobody else's",
    async tell({ signedIn, events }) {
      const [here, there, bob] = [await signedIn(), await signedIn(), await signedIn({ subject: 'bob' })]
      const list = async (client: typeof here): Promise<Record<string, unknown>[]> =>
        (await answered(client.ask('GET', '/session/devices'))).json()['items'] as Record<string, unknown>[]
      const own = await list(here)
      assert.equal(own.length, 2)
      assert.equal(own.filter(({ current }) => current === true).length, 1)
      const foreign = String((await list(bob))[0]!['id'])
      const other = String(own.find(({ current }) => current === false)!['id'])
      await refused(here.ask('DELETE', `/session/devices/${foreign}`), 'not_found')
      await refused(here.ask('DELETE', `/session/devices/${'A'.repeat(32)}`), 'not_found')
      await refused(
        here.ask('DELETE', `/session/devices/${other}`, { headers: { 'x-csrf-token': undefined } }),
        'csrf_rejected',
      )
      await answered(here.ask('DELETE', `/session/devices/${other}`), 204)
      await refused(there.ask('GET', '/me'), 'session_unknown')
      await answered(bob.ask('GET', '/me'))
      assert.equal((await list(here)).length, 1)
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'session.ended' ? [event.reason] : [])),
        ['signed_out_elsewhere'],
      )
    },
  },
  {
    title: 'GET /session/csrf gives a visitor a cookie that the token is bound to, and keeps it',
    async tell({ browser }) {
      const visitor = browser()
      const told = await answered(visitor.ask('GET', '/session/csrf'))
      assert.deepEqual(cookiesOf(told), { kept: [names.visitor], cleared: [] })
      assert.match(String(told.json()['csrfToken']), /^[A-Za-z0-9_-]{43}$/)
      const again = await answered(visitor.ask('GET', '/session/csrf'))
      assert.deepEqual(again.cookies, [])
      assert.notEqual(again.json()['csrfToken'], told.json()['csrfToken'])
    },
  },
]
