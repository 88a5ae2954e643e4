// Staying signed in: the refresh that nobody notices, and the one that is asked for.

import assert from 'node:assert/strict'

import { answered, cookiesOf, names, refused } from './checks.ts'
import type { Story } from './story.ts'

export const staying: readonly Story[] = [
  {
    title: 'an access token that runs out is renewed along the way, and the answer brings the new cookies',
    async tell({ signedIn, clock }) {
      const client = await signedIn()
      const before = new Map(client.cookies)
      clock.pass('5m')
      const told = await answered(client.ask('GET', '/me'))
      assert.deepEqual(cookiesOf(told).kept, [names.session, names.access])
      for (const name of [names.session, names.access])
        assert.notEqual(client.cookies.get(name), before.get(name))
      assert.deepEqual((await answered(client.ask('GET', '/me'))).cookies, [])
    },
  },
  {
    title: 'a renewal along the way reaches the client also where the answer is a stream',
    async tell({ signedIn, clock }) {
      const client = await signedIn()
      clock.pass('5m')
      const told = await client.ask('GET', '/late')
      assert.deepEqual(cookiesOf(told).kept, [names.session, names.access])
      assert.deepEqual((await answered(client.ask('GET', '/me'))).cookies, [])
    },
  },
  {
    title:
      'P1 P3 P5 A61: thirty requests at the moment of expiry all succeed, and all bring the same successor',
    async tell({ signedIn, clock, events }) {
      const client = await signedIn()
      const tabs = Array.from({ length: 30 }, () => client.copy())
      clock.pass('5m')
      await Promise.all(tabs.map((tab) => answered(tab.ask('GET', '/me'))))
      assert.equal(new Set(tabs.map((tab) => tab.cookies.get(names.session))).size, 1)
      assert.equal(events.filter(({ type }) => type === 'session.refreshed').length, 1)
      assert.equal(events.filter(({ type }) => type === 'session.replayed').length, 29)
      await Promise.all(tabs.map((tab) => answered(tab.ask('GET', '/me'))))
    },
  },
  {
    title: 'P6: a slow answer that puts an older session token back into the browser signs nobody out',
    async tell({ signedIn, clock, events }) {
      const client = await signedIn()
      const slow = client.copy()
      clock.pass('5m')
      await answered(slow.ask('GET', '/me'))
      await answered(client.ask('GET', '/me'))
      clock.pass('5m')
      await answered(client.ask('GET', '/me'))
      const newest = client.cookies.get(names.session)
      for (const [name, value] of slow.cookies) client.cookies.set(name, value)
      await answered(client.ask('GET', '/me'))
      assert.equal(client.cookies.get(names.session), newest)
      assert.deepEqual(
        events.filter(({ type }) => type === 'session.ended'),
        [],
      )
    },
  },
  {
    title: 'P7 P8: a successor that never arrived is handed out again, however late',
    async tell({ signedIn, clock }) {
      const client = await signedIn()
      const unlucky = client.copy()
      clock.pass('5m')
      await answered(unlucky.ask('GET', '/me'))
      clock.pass('20m')
      await answered(client.ask('GET', '/me'))
      assert.equal(client.cookies.get(names.session), unlucky.cookies.get(names.session))
    },
  },
  {
    title:
      'R121: a copied session token ends the session of both, once it is further behind than an honest client can be',
    async tell({ signedIn, clock, events }) {
      const client = await signedIn()
      const thief = client.copy()
      for (let refresh = 0; refresh < 3; refresh++) {
        clock.pass('5m')
        await answered(client.ask('GET', '/me'))
        await answered(client.ask('GET', '/me'))
      }
      await refused(thief.ask('GET', '/me'), 'session_reused')
      await refused(client.ask('GET', '/me'), 'session_unknown')
      assert.equal(events.filter(({ type }) => type === 'session.reused').length, 1)
    },
  },
  {
    title: 'P4: a request that comes too late clears no cookies, for they may be those of a faster one',
    async tell({ signedIn, browser, clock }) {
      const expired = await signedIn()
      const malformed = browser()
      malformed.cookies.set(names.session, 'something')
      clock.pass('61m')
      const codes = ['session_expired', 'session_unknown'] as const
      for (const code of codes) assert.deepEqual((await refused(expired.ask('GET', '/me'), code)).cookies, [])
      assert.deepEqual((await refused(malformed.ask('GET', '/me'), 'token_malformed')).cookies, [])
      assert.equal((await answered(expired.ask('GET', '/public'))).json()['subject'], null)
    },
  },
  {
    title: 'R7 R8: a session ends when its person is not seen, and when its time is up',
    policy: { cookie: { idle: '30m', absolute: '1h' } },
    async tell({ signedIn, clock }) {
      const idle = await signedIn()
      clock.pass('30m')
      await refused(idle.ask('GET', '/me'), 'session_expired')
      const busy = await signedIn()
      for (let minutes = 0; minutes < 50; minutes += 10) {
        clock.pass('10m')
        await answered(busy.ask('GET', '/me'))
      }
      clock.pass('10m')
      await refused(busy.ask('GET', '/me'), 'session_expired')
    },
  },
  {
    title: 'P48 A49: background requests keep nobody signed in',
    async tell({ signedIn, clock }) {
      const client = await signedIn()
      for (let minutes = 0; minutes < 55; minutes += 5) {
        clock.pass('5m')
        await answered(client.ask('GET', '/me', { headers: { 'x-background': '1' } }))
      }
      clock.pass('5m')
      await refused(client.ask('GET', '/me'), 'session_expired')
    },
  },
  {
    title:
      'R56 R70: POST /session/refresh renews both cookies, from our own pages and with the CSRF token only',
    async tell({ signedIn, browser }) {
      const client = await signedIn()
      const before = client.cookies.get(names.session)
      await refused(
        client.ask('POST', '/session/refresh', { headers: { 'x-csrf-token': undefined } }),
        'csrf_rejected',
      )
      await refused(
        client.ask('POST', '/session/refresh', { headers: { 'sec-fetch-site': 'cross-site' } }),
        'csrf_rejected',
      )
      await refused(client.ask('GET', '/session/refresh'), 'method_not_allowed')
      assert.equal(client.cookies.get(names.session), before)
      const told = await answered(client.ask('POST', '/session/refresh'), 204)
      assert.equal(told.text, '')
      assert.notEqual(client.cookies.get(names.session), before)
      await refused(browser().ask('POST', '/session/refresh'), 'credentials_missing')
    },
  },
]
