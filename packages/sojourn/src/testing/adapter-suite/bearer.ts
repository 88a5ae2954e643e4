// Clients without cookies: tokens in a header and in JSON bodies, and nowhere else.

import assert from 'node:assert/strict'

import type { TestClient } from '../jar.ts'
import { answered, refused } from './checks.ts'
import { expectStatus, type Stage, type Story } from './story.ts'

interface Credentials {
  readonly accessToken: string
  readonly refreshToken: string
}

async function app({ browser }: Stage): Promise<{ client: TestClient } & Credentials> {
  const client = browser()
  const told = await expectStatus(
    client.ask('POST', '/login', { json: { subject: 'alice', profile: 'bearer' } }),
    200,
  )
  assert.deepEqual(told.cookies, [])
  assert.match(String(told.headers['cache-control']), /\bno-store\b/)
  const { accessToken, sessionToken } = told.json()
  return { client, accessToken: String(accessToken), refreshToken: String(sessionToken) }
}

const bearing = (token: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
})

export const bearer: readonly Story[] = [
  {
    title:
      'R143: an access token in the Authorization header is enough, and needs no CSRF token and no origin',
    async tell(stage) {
      const { client, accessToken } = await app(stage)
      assert.equal(
        (await answered(client.ask('GET', '/me', bearing(accessToken)))).json()['subject'],
        'alice',
      )
      const headers = { authorization: `bearer ${accessToken}`, 'sec-fetch-site': undefined }
      await answered(client.ask('POST', '/change', { headers }))
      await answered(client.ask('GET', '/session', { headers }))
      assert.equal(client.cookies.size, 0)
    },
  },
  {
    title: 'R120 R132 R151: a refresh token in a JSON body is exchanged for a new pair',
    async tell(stage) {
      const { client, accessToken, refreshToken } = await app(stage)
      stage.clock.pass('10m')
      await refused(client.ask('GET', '/me', bearing(accessToken)), 'token_rejected')
      const told = await answered(client.ask('POST', '/session/refresh', { json: { refreshToken } }))
      const { session, ...rest } = told.json()
      assert.equal((session as { subject: string }).subject, 'alice')
      assert.deepEqual(Object.keys(rest).sort(), [
        'accessToken',
        'expiresIn',
        'refreshExpiresIn',
        'refreshToken',
        'tokenType',
      ])
      assert.equal(rest['tokenType'], 'Bearer')
      assert.equal(rest['expiresIn'], 600)
      assert.equal(rest['refreshExpiresIn'], 14 * 24 * 3600)
      assert.notEqual(rest['refreshToken'], refreshToken)
      assert.match(String(told.headers['cache-control']), /\bno-store\b/)
      assert.deepEqual(told.cookies, [])
      await answered(client.ask('GET', '/me', bearing(String(rest['accessToken']))))
    },
  },
  {
    title:
      'R124 P7: a retry with the same Idempotency-Key gets the same refresh token, after the overlap too',
    async tell(stage) {
      const { client, refreshToken } = await app(stage)
      const ask = { json: { refreshToken }, headers: { 'idempotency-key': 'one-attempt' } }
      const first = (await answered(client.ask('POST', '/session/refresh', ask))).json()
      stage.clock.pass('10m')
      const second = (await answered(client.ask('POST', '/session/refresh', ask))).json()
      assert.equal(second['refreshToken'], first['refreshToken'])
      await refused(client.ask('POST', '/session/refresh', { json: { refreshToken } }), 'session_reused')
      await refused(
        client.ask('POST', '/session/refresh', { json: { refreshToken: second['refreshToken'] } }),
        'session_unknown',
      )
    },
  },
  {
    title: 'R131 A70: an access token is no refresh token, and a refresh token no access token',
    async tell(stage) {
      const { client, accessToken, refreshToken } = await app(stage)
      await refused(
        client.ask('POST', '/session/refresh', { json: { refreshToken: accessToken } }),
        'token_malformed',
      )
      await refused(client.ask('GET', '/me', bearing(refreshToken)), 'token_rejected')
      await answered(client.ask('GET', '/me', bearing(accessToken)))
    },
  },
  {
    title: 'R33: what came in a cookie never goes out in a body, and what is for a body works in no cookie',
    async tell(stage) {
      const { client, refreshToken } = await app(stage)
      const browser = await stage.signedIn()
      const [sessionCookie = ''] = browser.cookies.values()
      await refused(
        client.ask('POST', '/session/refresh', { json: { refreshToken: sessionCookie } }),
        'session_unknown',
      )
      const [name = ''] = browser.cookies.keys()
      client.cookies.set(name, refreshToken)
      await refused(client.ask('GET', '/me'), 'session_unknown')
      await answered(browser.ask('GET', '/me'))
    },
  },
  {
    title: 'R24 R137 A100: no token is taken from a URL, a body or another header',
    async tell(stage) {
      const { client, accessToken, refreshToken } = await app(stage)
      const query = `access_token=${accessToken}&token=${accessToken}&sid=${refreshToken}&refreshToken=${refreshToken}`
      await refused(client.ask('GET', `/me?${query}`), 'sign_in_required')
      assert.notEqual((await client.ask('GET', `/me;jsessionid=${refreshToken}?${query}`)).status, 200)
      await refused(client.ask('POST', `/session/refresh?${query}`), 'credentials_missing')
      const headers = {
        'x-access-token': accessToken,
        'x-session-id': refreshToken,
        'x-authorization': `Bearer ${accessToken}`,
      }
      await refused(client.ask('GET', '/me', { headers }), 'sign_in_required')
      await refused(
        client.ask('POST', '/change', { json: { access_token: accessToken } }),
        'sign_in_required',
      )
    },
  },
  {
    title:
      'R145: beside a bearer token no cookie counts, and the request is still judged as one with cookies',
    async tell(stage) {
      const browser = await stage.signedIn()
      for (const path of ['/me', '/session'])
        await refused(browser.ask('GET', path, bearing('junk')), 'token_rejected')
      const headers = { authorization: 'Bearer junk', 'sec-fetch-site': 'cross-site' }
      await refused(browser.ask('POST', '/change', { headers }), 'csrf_rejected')
      await answered(browser.ask('GET', '/me'))
    },
  },
  {
    title: 'R143 R144 A99: an Authorization header that is malformed, or comes twice, is refused',
    async tell(stage) {
      const { client, accessToken } = await app(stage)
      const asking = (...values: string[]): ReturnType<typeof client.ask> =>
        client.ask('GET', '/me', { headers: { authorization: values } })
      for (const value of ['Bearer', 'Bearer a b', 'Bearer =', `Bearer ${'a'.repeat(8193)}`]) {
        await refused(asking(value), 'request_malformed')
      }
      const own = `Bearer ${accessToken}`
      if (stage.traits.repeatedAuthorization === 'first') {
        await answered(asking(own, 'Bearer junk'))
        await refused(asking('Bearer junk', own), 'token_rejected')
      } else await refused(asking(own, own), 'credentials_ambiguous')
      await refused(asking('Basic YTpi'), 'sign_in_required')
    },
  },
  {
    title: 'R14 R134: signing out with a bearer token ends the session, refresh token included',
    async tell(stage) {
      const { client, accessToken, refreshToken } = await app(stage)
      await answered(client.ask('POST', '/session/logout', { ...bearing(accessToken), json: {} }), 204)
      await refused(client.ask('GET', '/me', bearing(accessToken)), 'token_rejected')
      await refused(client.ask('POST', '/session/refresh', { json: { refreshToken } }), 'session_unknown')
      await answered(client.ask('POST', '/session/logout', bearing(accessToken)), 204)
    },
  },
]
