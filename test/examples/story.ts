// What every example in another language has to do, told once: each is a small application with the same pages, and leaves
// its sessions to a Sojourn server.

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'

import { testClient, type Ask, type TestClient, type Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { apiKey, issuer } from '../../packages/server/test/support/server.ts'
import { startBoth, type Launch, type Running } from './support.ts'

const sessionCookie = '__Host-Http-session'
const accessCookie = '__Host-Http-access'
const html = { accept: 'text/html' }

export function exampleStory(name: string, isHere: boolean, launch: Launch): void {
  describe.skipIf(!isHere)(`the example for ${name}`, () => {
    let running: Running
    const clients: TestClient[] = []
    beforeAll(async () => {
      running = await startBoth(launch)
    })
    afterAll(async () => {
      for (const client of clients) client.close()
      await running.stop()
    })

    function browser(cookies?: ReadonlyMap<string, string>): TestClient {
      const client = testClient({ url: running.url }, cookies)
      clients.push(client)
      return client
    }

    const get = (client: TestClient, path: string, ask: Ask = {}): Promise<Told> =>
      client.ask('GET', path, { ...ask, headers: { ...html, ...ask.headers } })

    /** Sends a form of a page, with the CSRF token that is in it. */
    async function send(
      client: TestClient,
      page: string,
      path: string,
      form: Ask['form'] = {},
    ): Promise<Told> {
      const { text } = await get(client, page)
      const token = /name="csrf_token" value="([^"]+)"/.exec(text)?.[1]
      if (token === undefined) throw new Error(`There is no token in ${page}: ${text}\n${running.log()}`)
      return client.ask('POST', path, { form: { ...form, csrf_token: token } })
    }

    const ada = { name: 'ada', password: 'analytical engine' }
    async function signedIn(form: Ask['form'] = ada): Promise<TestClient> {
      const client = browser()
      const answer = await send(client, '/sign-in', '/sign-in', form)
      if (answer.status !== 303) throw new Error(`${answer.status} ${answer.text}\n${running.log()}`)
      return client
    }

    it('lets visitors in where it may, and asks for a sign-in where it has to', async () => {
      const client = browser()
      const home = await get(client, '/')
      expect([home.status, home.text]).toEqual([200, expect.stringContaining('Sign in')])
      const account = await get(client, '/account?a=1')
      expect([account.status, account.headers['location']]).toEqual([
        303,
        expect.stringMatching(/^\/sign-in\?return_to=(%2F|\/)account(%3F|\?)a(%3D|=)1$/),
      ])
      expect((await client.ask('GET', '/api/me')).status).toBe(401)
    })

    it('signs in whoever knows the password, with claims, and leads back', async () => {
      const client = browser()
      const answer = await send(client, '/sign-in', '/sign-in', { ...ada, return_to: '/account' })
      expect([answer.status, answer.headers['location']]).toEqual([303, '/account'])
      expect([...client.cookies.keys()]).toEqual(expect.arrayContaining([sessionCookie, accessCookie]))
      expect(answer.headers['cache-control']).toContain('no-store')
      const account = await get(client, '/account')
      expect(account.text).toContain('Signed in as ada, admin')
      expect(account.headers['cache-control']).toContain('no-store')
      expect((await client.ask('GET', '/api/me')).json()).toEqual({ subject: 'ada', role: 'admin' })
    })

    it('signs in nobody else', async () => {
      for (const form of [{ ...ada, password: 'wrong' }, { name: 'nobody', password: 'x' }, {}]) {
        const client = browser()
        const answer = await send(client, '/sign-in', '/sign-in', form)
        expect([answer.status, answer.cookies.filter((line) => line.includes('session'))]).toEqual([401, []])
      }
    })

    it('A93 leads to no other host after a sign-in', async () => {
      for (const to of [
        '//evil.example',
        '/\\evil.example',
        'https://evil.example',
        '/\t/evil.example',
        'evil',
      ]) {
        const answer = await send(browser(), '/sign-in', '/sign-in', { ...ada, return_to: to })
        expect([to, answer.headers['location']]).toEqual([to, '/'])
      }
    })

    it('leaves nothing of an earlier session when somebody signs in', async () => {
      const client = await signedIn()
      const earlier = browser(client.cookies)
      expect((await send(client, '/sign-in', '/sign-in', { ...ada, name: 'ada' })).status).toBe(303)
      expect((await get(client, '/devices')).status).toBe(200)
      expect((await get(earlier, '/devices')).status).toBe(303)
    })

    it('takes forms of its own pages, and no others', async () => {
      const client = await signedIn()
      expect((await send(client, '/account', '/note', { note: 'tea & <cake>' })).status).toBe(303)
      expect((await get(client, '/account')).text).toContain('Note: tea &amp; &lt;cake&gt;')
      const form = { note: 'forged' }
      expect((await client.ask('POST', '/note', { form })).status).toBe(403)
      const token = { ...form, csrf_token: 'AAAA' }
      expect((await client.ask('POST', '/note', { form: token })).status).toBe(403)
      const other = { headers: { 'sec-fetch-site': 'cross-site' }, form: ada }
      expect((await browser().ask('POST', '/sign-in', other)).status).toBe(403)
      expect((await get(client, '/account')).text).not.toContain('forged')
    })

    it('refreshes a spent access token along the way, also when many requests meet', async () => {
      const client = await signedIn()
      const first = client.cookies.get(sessionCookie)
      client.cookies.delete(accessCookie)
      const tabs = Array.from({ length: 4 }, () => browser(client.cookies))
      const answers = await Promise.all(tabs.map((tab) => get(tab, '/account')))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      expect(new Set(tabs.map((tab) => tab.cookies.get(sessionCookie))).size).toBe(1)
      expect(tabs[0]!.cookies.get(sessionCookie)).not.toBe(first)
      const written = await send(tabs[2]!, '/account', '/note', { note: 'after' })
      expect(written.status).toBe(303)
    })

    it('takes an access token of an app, and none that somebody else has made', async () => {
      const { accessToken } = await issuedBy(running.server.url)
      const ask = (token: string): Promise<Told> =>
        browser().ask('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } })
      expect((await ask(accessToken)).json()).toEqual({ subject: 'app', role: 'robot' })
      for (const [what, token] of forgeries(accessToken)) {
        const { status } = await ask(token)
        expect([what, status === 401 || status === 400]).toEqual([what, true])
      }
    })

    it('shows the devices, and signs out this one alone', async () => {
      const grace = { name: 'grace', password: 'first compiler' }
      const [one, two] = [await signedIn(grace), await signedIn(grace)]
      expect((await get(one, '/devices')).text.match(/<li>/g)).toHaveLength(2)
      const token = one.copy()
      expect((await send(one, '/account', '/sign-out')).status).toBe(303)
      expect(one.cookies.size).toBe(0)
      expect((await get(token, '/devices')).status).toBe(303)
      expect((await get(two, '/devices')).text.match(/<li>/g)).toHaveLength(1)
    })

    it('signs out everywhere, at once where it matters', async () => {
      const grace = { name: 'grace', password: 'first compiler' }
      const [one, two] = [await signedIn(grace), await signedIn(grace)]
      const { text } = await get(two, '/account')
      const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(text)![1]!
      expect((await send(one, '/account', '/sign-out-everywhere')).status).toBe(303)
      expect((await get(two, '/devices')).status).toBe(303)
      const late = await two.ask('POST', '/note', { form: { csrf_token, note: 'late' } })
      expect(late.status).toBe(401)
      two.cookies.delete(accessCookie)
      expect((await get(two, '/account')).status).toBe(303)
    })

    // The last one: the server is gone after it.
    it('takes nobody for a visitor while the server does not answer', async () => {
      const client = await signedIn()
      const spent = browser(client.cookies)
      spent.cookies.delete(accessCookie)
      await running.server.end('SIGKILL')
      expect((await client.ask('GET', '/api/me')).status).toBe(200)
      expect((await get(spent, '/account')).status).toBe(503)
      expect((await client.ask('POST', '/note', { form: { note: 'x' } })).status).toBe(503)
      expect((await get(browser(), '/')).status).toBe(200)
    })
  })
}

async function issuedBy(server: string): Promise<{ readonly accessToken: string }> {
  const answer = await fetch(`${server}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subject: 'app', profile: 'bearer', claims: { role: 'robot' } }),
  })
  return (await answer.json()) as { accessToken: string }
}

function forgeries(token: string): readonly (readonly [what: string, token: string])[] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const write = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (head: string, body: string): string => {
    const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const made = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' })
    return `${head}.${body}.${made.toString('base64url')}`
  }
  const root = write({ ...read(payload), sub: 'root' })
  return [
    ['another payload under the same signature', `${header}.${root}.${signature}`],
    ['a signature of another key', signed(header, root)],
    ['a key that is not known', signed(write({ ...read(header), kid: 'theirs' }), root)],
    ['no algorithm', `${write({ ...read(header), alg: 'none' })}.${root}.`],
    ['a MAC under a public key', signed(write({ ...read(header), alg: 'HS256' }), root)],
    ['a signature of zeros', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    ['a signature that is too short', `${header}.${payload}.${signature.slice(0, 20)}`],
    ['a token of another issuer', signed(header, write({ ...read(payload), iss: `${issuer}.evil` }))],
    ['no token', 'x'],
  ]
}
