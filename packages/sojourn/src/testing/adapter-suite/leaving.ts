// Signing out: everything is cleared, and what was copied before is worth nothing.

import assert from 'node:assert/strict'

import { answered, cookiesOf, names, refused } from './checks.ts'
import type { Story } from './story.ts'

export const leaving: readonly Story[] = [
  {
    title:
      'R14 R15 R194 R195 A45: signing out clears every cookie, and what was copied before is refused at once',
    async tell({ signedIn }) {
      const client = await signedIn()
      const copy = client.copy()
      const access = client.cookies.get(names.access)!
      await answered(client.ask('GET', '/me'))
      const told = await answered(client.ask('POST', '/session/logout'), 204)
      assert.deepEqual(cookiesOf(told), { kept: [], cleared: [names.session, names.access, names.visitor] })
      assert.equal(told.headers['clear-site-data'], '"cache", "storage"')
      for (const line of told.cookies) {
        assert.match(
          line,
          /^[^=]+=; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT$/,
        )
      }
      assert.equal(client.cookies.size, 0)
      await refused(copy.ask('GET', '/me'), 'session_unknown')
      copy.cookies.clear()
      await refused(
        copy.ask('GET', '/me', { headers: { authorization: `Bearer ${access}` } }),
        'token_rejected',
      )
    },
  },
  {
    title: 'R194: signing out twice, or without a session, is answered the same',
    async tell({ signedIn, browser, clock }) {
      const client = await signedIn()
      const copy = client.copy()
      await answered(client.ask('POST', '/session/logout'), 204)
      await answered(client.ask('POST', '/session/logout'), 204)
      await answered(copy.ask('POST', '/session/logout'), 204)
      await answered(browser().ask('POST', '/session/logout'), 204)
      const expired = await signedIn()
      clock.pass('2h')
      await answered(expired.ask('POST', '/session/logout', { headers: { 'x-csrf-token': undefined } }), 204)
      assert.equal(expired.cookies.size, 0)
    },
  },
  {
    title: 'a route of the application signs out in the same way',
    async tell({ signedIn }) {
      const client = await signedIn()
      const copy = client.copy()
      const told = await answered(client.ask('POST', '/logout', { json: {} }))
      assert.deepEqual(told.json(), { subject: null })
      assert.equal(told.headers['clear-site-data'], '"cache", "storage"')
      assert.equal(client.cookies.size, 0)
      await refused(copy.ask('GET', '/me'), 'session_unknown')
    },
  },
  {
    title: 'R17: signing out elsewhere leaves this session, signing out everywhere leaves none',
    async tell({ signedIn }) {
      const [here, there, other] = [await signedIn(), await signedIn(), await signedIn({ subject: 'bob' })]
      const told = await answered(here.ask('POST', '/session/logout', { json: { scope: 'others' } }), 204)
      assert.deepEqual(told.cookies, [])
      assert.equal(told.headers['clear-site-data'], undefined)
      await answered(here.ask('GET', '/me'))
      await refused(there.ask('GET', '/me'), 'session_unknown')
      const again = await signedIn()
      await answered(here.ask('POST', '/session/logout', { json: { scope: 'all' } }), 204)
      await refused(again.ask('GET', '/me'), 'session_unknown')
      await answered(other.ask('GET', '/me'))
    },
  },
  {
    title: 'R70 A83: nobody is signed out by another site, or without the CSRF token',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': undefined },
        { 'sec-fetch-site': undefined, origin: 'null' },
        { 'x-csrf-token': undefined },
        { 'x-csrf-token': 'A'.repeat(43) },
      ]) {
        for (const path of ['/session/logout', '/logout'])
          await refused(client.ask('POST', path, { headers }), 'csrf_rejected')
      }
      for (const path of ['/session/logout', '/session/refresh']) {
        for (const method of ['GET', 'HEAD']) assert.equal((await client.ask(method, path)).status, 405)
      }
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'R145: a junk bearer token does not sign out the session in the cookies',
    async tell({ signedIn }) {
      const client = await signedIn()
      const headers = { authorization: 'Bearer junk', 'x-csrf-token': undefined }
      for (const path of ['/session/logout', '/logout']) {
        await client.ask('POST', path, { headers: { ...headers, 'sec-fetch-site': 'cross-site' } })
        await client.copy().ask('POST', path, { headers })
      }
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'R51: an access cookie alone is enough to sign out with',
    async tell({ signedIn }) {
      const client = await signedIn()
      const copy = client.copy()
      client.cookies.delete(names.session)
      await refused(
        client.ask('POST', '/session/logout', { headers: { 'x-csrf-token': undefined } }),
        'csrf_rejected',
      )
      await answered(client.ask('POST', '/session/logout'), 204)
      await refused(copy.ask('GET', '/me'), 'session_unknown')
    },
  },
]
