// Requests that another page has sent: refused before anything happens, whatever they look like.

import assert from 'node:assert/strict'

import { answered, names, refused } from './checks.ts'
import type { Story } from './story.ts'

const elsewhere = { 'sec-fetch-site': undefined, origin: 'https://attacker.example' }

export const forgery: readonly Story[] = [
  {
    title: 'R65 P54: an unsafe request needs the CSRF token of its session, in a header',
    async tell({ signedIn, events }) {
      const client = await signedIn()
      const bob = await signedIn({ subject: 'bob' })
      const foreign = await bob.useCsrfToken()
      const reasonOf = async (token: string | readonly string[] | undefined): Promise<unknown> => {
        const asked = client.ask('POST', '/change', { headers: { 'x-csrf-token': token } })
        return (await refused(asked, 'csrf_rejected')).json()['reason']
      }
      const own = await client.useCsrfToken()
      assert.equal(await reasonOf(undefined), 'token_missing')
      for (const wrong of ['', 'A'.repeat(43), foreign, `${own}A`, own.slice(1), `${own}, ${own}`]) {
        assert.match(String(await reasonOf(wrong)), /^(token|repeated_header)$/)
      }
      assert.match(String(await reasonOf([own, own])), /^(token|repeated_header)$/)
      await answered(client.ask('POST', '/change'))
      assert.ok(events.filter(({ type }) => type === 'csrf.rejected').length >= 8)
    },
  },
  {
    title: 'R65: the CSRF token may come in a form field, and never in the URL or a cookie',
    async tell({ signedIn }) {
      const client = await signedIn()
      const token = await client.useCsrfToken()
      const headers = { 'x-csrf-token': undefined }
      await answered(client.ask('POST', '/change', { headers, form: { csrf_token: token } }))
      await refused(
        client.ask('POST', '/change', { headers, form: { csrf_token: 'A'.repeat(43) } }),
        'csrf_rejected',
      )
      await refused(client.ask('POST', '/change', { headers, form: { other: token } }), 'csrf_rejected')
      await refused(
        client.ask('POST', `/change?csrf_token=${token}&_csrf=${token}`, { headers }),
        'csrf_rejected',
      )
      for (const name of ['csrf_token', 'x-csrf-token', '_csrf']) client.cookies.set(name, token)
      await refused(client.ask('POST', '/change', { headers }), 'csrf_rejected')
    },
  },
  {
    title: 'R67 A84: the same text in a cookie and in the header proves nothing, whoever has put it there',
    async tell({ signedIn }) {
      const client = await signedIn()
      const text = 'A'.repeat(43)
      for (const name of [names.visitor, 'csrf_token', 'XSRF-TOKEN', '__Host-Http-csrf', 'x-csrf-token'])
        client.cookies.set(name, text)
      await refused(client.ask('POST', '/change', { headers: { 'x-csrf-token': text } }), 'csrf_rejected')
    },
  },
  {
    title: 'R66 R68 A84 A85: a CSRF token from before the sign-in, or of another session, is worth nothing',
    async tell({ browser }) {
      const client = browser()
      const early = await client.useCsrfToken()
      await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
      await refused(client.ask('POST', '/change', { headers: { 'x-csrf-token': early } }), 'csrf_rejected')
      const first = await client.useCsrfToken()
      await answered(client.ask('POST', '/login', { json: { subject: 'alice' } }))
      await refused(client.ask('POST', '/change', { headers: { 'x-csrf-token': first } }), 'csrf_rejected')
    },
  },
  {
    title: 'R57 R59 A81 A82 A86: another site cannot send an unsafe request with our cookies',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const headers of [
        elsewhere,
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': undefined },
        { 'sec-fetch-site': undefined, origin: 'null' },
        { 'sec-fetch-site': undefined, origin: 'http://app.example' },
        { 'sec-fetch-site': undefined, origin: 'https://app.example.attacker.example' },
        { 'sec-fetch-site': 'future-site', origin: 'https://attacker.example' },
      ]) {
        const { headers: told } = await refused(client.ask('POST', '/change', { headers }), 'csrf_rejected')
        assert.match(String(told['vary']), /Sec-Fetch-Site.*Origin/)
      }
      await answered(
        client.ask('POST', '/change', {
          headers: { 'sec-fetch-site': undefined, origin: 'https://app.example' },
        }),
      )
    },
  },
  {
    title: 'A71: a request of another site does not even cause a refresh',
    async tell({ signedIn, clock, events }) {
      const client = await signedIn()
      clock.pass('5m')
      const told = await refused(client.ask('POST', '/change', { headers: elsewhere }), 'csrf_rejected')
      assert.deepEqual(told.cookies, [])
      assert.equal(events.filter(({ type }) => type === 'session.refreshed').length, 0)
      assert.equal(events.filter(({ type }) => type === 'csrf.rejected').length, 1)
    },
  },
  {
    title: 'R69 A83: nobody is signed in by another site',
    async tell({ browser }) {
      const client = browser()
      for (const headers of [
        elsewhere,
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const told = await refused(
          client.ask('POST', '/login', { headers, json: { subject: 'mallory' } }),
          'csrf_rejected',
        )
        assert.deepEqual(told.cookies, [])
      }
    },
  },
  {
    title: 'R74 A87: no header and no field can make a POST count as a GET, or a GET as a POST',
    async tell({ signedIn }) {
      const client = await signedIn()
      const override = { 'x-http-method-override': 'GET', 'x-http-method': 'GET', 'x-method-override': 'GET' }
      await refused(
        client.ask('POST', '/change?_method=GET', { headers: { ...override, ...elsewhere } }),
        'csrf_rejected',
      )
      await refused(
        client.ask('POST', '/change', { headers: elsewhere, form: { _method: 'GET' } }),
        'csrf_rejected',
      )
      const posing = { 'x-http-method-override': 'POST' }
      assert.equal((await client.ask('GET', '/session/logout', { headers: posing })).status, 405)
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'R64 A88: no spelling of a path gets around the check',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const path of [
        '/public/../change',
        '/public/%2e%2e/change',
        '//public/..//change',
        '/change;/public',
        '/CHANGE',
        '/change/',
      ]) {
        // Some frameworks send one to the usual spelling first, without doing anything.
        const { status, headers } = await client.ask('POST', path, { headers: elsewhere })
        const target =
          status === 308 ? new URL(String(headers['location']), 'https://app.example').pathname : path
        await refused(client.ask('POST', target, { headers: elsewhere }), 'csrf_rejected')
      }
    },
  },
  {
    title: 'R76 A99: two Origins, or two Sec-Fetch-Site, are not weighed against each other',
    async tell({ signedIn }) {
      const client = await signedIn()
      const own = 'https://app.example'
      for (const headers of [
        { 'sec-fetch-site': undefined, origin: [own, 'https://attacker.example'] },
        { 'sec-fetch-site': undefined, origin: `${own}, https://attacker.example` },
        { 'sec-fetch-site': ['same-origin', 'cross-site'] },
      ]) {
        const told = await refused(client.ask('POST', '/change', { headers }), 'csrf_rejected')
        assert.equal(told.json()['reason'], 'repeated_header')
      }
    },
  },
  {
    title: 'R72 A91: no origin is ever allowed to read an answer with cookies',
    async tell({ signedIn }) {
      const client = await signedIn()
      for (const origin of ['https://attacker.example', 'null']) {
        const preflight = {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-csrf-token',
        }
        const asked = [
          client.ask('OPTIONS', '/session/refresh', { headers: preflight }),
          client.ask('GET', '/session', { headers: { origin } }),
          client.ask('POST', '/session/refresh', { headers: { origin } }),
        ]
        for (const { headers } of await Promise.all(asked)) {
          assert.equal(headers['access-control-allow-origin'], undefined)
          assert.equal(headers['access-control-allow-credentials'], undefined)
        }
      }
    },
  },
  {
    title: 'the pages of an origin that is trusted may send unsafe requests, with the CSRF token',
    options: { trustedOrigins: ['https://admin.example'] },
    async tell({ signedIn }) {
      const client = await signedIn()
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://admin.example' }
      await answered(client.ask('POST', '/change', { headers }))
      await refused(
        client.ask('POST', '/change', { headers: { ...headers, 'x-csrf-token': undefined } }),
        'csrf_rejected',
      )
      assert.ok(client.cookies.has(names.session))
    },
  },
]
