// Coming in: cookies with exact attributes, a session that is new every time, and nothing for those who do not ask.

import assert from 'node:assert/strict'

import { answered, cookiesOf, names, refused } from './checks.ts'
import type { Story } from './story.ts'

export const signingIn: readonly Story[] = [
  {
    title: 'R21: a visitor gets no cookie and no session',
    async tell({ browser, events }) {
      const visitor = browser()
      for (const path of ['/public', '/me', '/session', '/nowhere']) {
        const { cookies } = await visitor.ask('GET', path)
        assert.deepEqual(cookies, [])
      }
      assert.deepEqual(events, [])
    },
  },
  {
    title:
      'R32 R33 R34 R50 R151 A92: signing in sets two cookies, for this host, over HTTPS, out of reach of scripts',
    async tell({ browser }) {
      const client = browser()
      const told = await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
      assert.equal(told.cookies.length, 2)
      for (const [index, name] of [names.session, names.access].entries()) {
        const value = client.cookies.get(name)!
        assert.equal(told.cookies[index], `${name}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax`)
        assert.ok(!told.text.includes(value), 'the body shows no token')
      }
      assert.match(String(told.headers['cache-control']), /\bno-store\b/)
      const me = await answered(client.ask('GET', '/me'))
      assert.equal(me.json()['subject'], 'alice')
      assert.deepEqual(me.cookies, [])
    },
  },
  {
    title:
      'R31 R49: a session that is to be remembered has cookies for as long as it lives unseen, and others have none',
    policy: { remember: { idle: '3d' } },
    async tell({ browser }) {
      const { cookies } = await answered(
        browser().ask('POST', '/login', { json: { subject: 'alice', remember: true } }),
      )
      assert.equal(cookies.length, 2)
      for (const line of cookies) assert.match(line, /; SameSite=Lax; Max-Age=259200$/)
    },
  },
  {
    title: 'R5 A41: every sign-in gives another session, and the one before it has ended',
    async tell({ signedIn }) {
      const client = await signedIn()
      const before = client.copy()
      await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
      assert.notEqual(client.cookies.get(names.session), before.cookies.get(names.session))
      await answered(client.ask('GET', '/me'))
      await refused(before.ask('GET', '/me'), 'session_unknown')
    },
  },
  {
    title: 'R4 A41: a session token that somebody else has made is not adopted',
    async tell({ browser }) {
      const client = browser()
      const planted = `sj_${'A'.repeat(68)}`
      client.cookies.set(names.session, planted)
      await refused(client.ask('GET', '/me'), 'token_malformed')
      await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
      assert.notEqual(client.cookies.get(names.session), planted)
    },
  },
  {
    title:
      'R40: an answer has one Set-Cookie for each name, also when a route signs in twice and sets a cookie of its own',
    async tell({ browser }) {
      const client = browser()
      const told = await answered(client.ask('GET', '/double'))
      assert.deepEqual(cookiesOf(told).kept.sort(), [names.access, names.session, 'theme'].sort())
      assert.equal(client.cookies.get('theme'), 'dark')
      assert.equal((await answered(client.ask('GET', '/me'))).json()['subject'], 'second')
    },
  },
  {
    title: 'R40: a redirect after signing in brings the cookies along, those of the application too',
    async tell({ browser }) {
      const client = browser()
      const told = await answered(client.ask('POST', '/welcome'), 303)
      assert.equal(told.headers['location'], '/me')
      assert.deepEqual(cookiesOf(told).kept.sort(), [names.access, names.session, 'theme'].sort())
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title:
      'P16: it is too late to sign in or out once the answer has begun, and that is said instead of hidden',
    async tell({ signedIn }) {
      const client = await signedIn()
      const told = await client.ask('GET', '/late')
      assert.deepEqual(told.json(), { codes: ['headers_sent', 'headers_sent'] })
      assert.deepEqual(told.cookies, [])
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title:
      'a step-up keeps the session, and hands out credentials that the earlier ones are not exchanged for',
    async tell({ signedIn, clock }) {
      const client = await signedIn()
      const before = client.copy()
      const { id } = (await answered(client.ask('GET', '/me'))).json()
      await answered(client.ask('POST', '/step-up'))
      assert.equal((await answered(client.ask('GET', '/me'))).json()['id'], id)
      before.cookies.delete(names.access)
      await refused(before.ask('GET', '/me'), 'session_superseded')
      assert.equal((await answered(before.ask('GET', '/public'))).json()['subject'], null)
      clock.pass('6m')
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'R51: losing one of the two cookies loses nothing, or asks for a sign-in',
    async tell({ signedIn }) {
      const client = await signedIn()
      const onlyAccess = client.copy()
      onlyAccess.cookies.delete(names.session)
      await answered(onlyAccess.ask('GET', '/me'))
      client.cookies.delete(names.access)
      const told = await answered(client.ask('GET', '/me'))
      assert.deepEqual(cookiesOf(told).kept.sort(), [names.access, names.session])
    },
  },
]
