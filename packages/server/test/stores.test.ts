// Several servers on one store of another machine: what one ends, all refuse; and what happens when the store is down.

import { setTimeout as sleep } from 'node:timers/promises'

import { testClient, type Ask, type TestClient, type Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { until } from '../../sojourn/test/support/redis.ts'
import { serving, type RunningCommand } from './support/command.ts'
import { sharedVariables, temporaryFolder } from './support/server.ts'
import { signInAsAda, storeServers, type StoreServer } from './support/store-servers.ts'

const variables = sharedVariables
const { json, headers } = signInAsAda
// More than any store is waited for, and far less than what anybody calls a hang.
const bound = 10_000

interface Tokens {
  readonly id: string
  readonly accessToken: string
  readonly refreshToken: string
}

/** What a text can be part of, that a store is asked for. */
function asking(text: string): readonly (readonly [method: string, target: string, ask?: Ask])[] {
  const said = encodeURIComponent(text)
  return [
    [
      'POST',
      '/v1/sessions',
      { json: { subject: text, tenant: text, claims: { text }, data: { [text]: text } } },
    ],
    ['POST', '/v1/sessions', { json: { subject: 'ada', device: { userAgent: text, ip: text } } }],
    ['POST', '/v1/sessions', { json: { subject: 'ada', replaces: text } }],
    ['GET', `/v1/sessions/${said}`],
    ['PATCH', `/v1/sessions/${said}`, { json: { data: { text } } }],
    ['DELETE', `/v1/sessions/${said}`],
    ['GET', `/v1/sessions/${said}/explain`],
    ['GET', `/v1/sessions?subject=${said}&tenant=${said}`],
    ['GET', `/v1/sessions?tenant=${said}`],
    ['GET', `/v1/sessions?tenant=acme&cursor=${said}`],
    ['GET', `/v1/audit?subject=${said}`],
    ['GET', `/v1/audit?session=${said}&type=${said}`],
    ['DELETE', `/v1/subjects/${said}/sessions`],
    ['POST', '/session/refresh', { json: { refreshToken: text } }],
  ]
}

for (const [name, { isHere, launch }] of Object.entries(storeServers)) {
  describe.skipIf(!isHere)(`two servers on ${name}`, { timeout: 120_000 }, () => {
    const folder = temporaryFolder()
    let store: StoreServer
    let commands: readonly RunningCommand[] = []
    let clients: readonly TestClient[] = []
    let one: TestClient
    let other: TestClient
    beforeAll(async () => {
      store = await launch()
      // Both at once, on a store that has nothing of ours in it.
      const start = (): Promise<RunningCommand> =>
        serving(['--port', '0', '--store', store.url], { folder: folder.path, variables })
      commands = await Promise.all([start(), start()])
      clients = commands.map(({ url }) => testClient({ url: url.replace('localhost', '127.0.0.1') }))
      ;[one, other] = clients as [TestClient, TestClient]
    })
    afterAll(async () => {
      for (const client of clients) client.close()
      await Promise.all(commands.map((command) => command.end('SIGKILL')))
      await store.remove()
      folder.remove()
    })

    const signIn = async (client: TestClient): Promise<Tokens> => {
      const told = await client.ask('POST', '/v1/sessions', { json, headers })
      expect([told.status, told.text]).toEqual([201, expect.any(String)])
      const { session, accessToken, refreshToken } = told.json()
      const { id } = session as { readonly id: string }
      return { id, accessToken: String(accessToken), refreshToken: String(refreshToken) }
    }
    const see = (client: TestClient, { accessToken }: Tokens): Promise<Told> =>
      client.ask('GET', '/session', { headers: { authorization: `Bearer ${accessToken}` } })
    const refresh = (client: TestClient, { refreshToken }: Tokens): Promise<Told> =>
      client.ask('POST', '/session/refresh', { json: { refreshToken } })
    const signOut = (client: TestClient, { id }: Tokens): Promise<Told> =>
      client.ask('DELETE', `/v1/sessions/${id}`, { headers })

    it('R15 P20 P21 a session of one is known to the other, and a logout on one is refused on the other', async () => {
      const tokens = await signIn(one)
      expect((await see(other, tokens)).status).toBe(200)
      // Seen before, so that it is the feed that has to carry the news.
      expect((await see(other, tokens)).status).toBe(200)
      expect((await signOut(one, tokens)).status).toBe(204)
      await until(async () => (await see(other, tokens)).status === 401)
      expect((await refresh(other, tokens)).status).toBe(401)
      expect((await see(one, tokens)).status).toBe(401)
    })

    it('R200 R203 what both do is in one audit trail, which either reads and finds whole', async () => {
      const ids = [await signIn(one), await signIn(other)].map(({ id }) => id)
      const see = async (id: string): Promise<unknown> =>
        (await one.ask('GET', `/v1/audit?session=${id}&type=session.created`, { headers })).json()['items']
      for (const id of ids) await until(async () => ((await see(id)) as readonly unknown[]).length === 1)
      expect((await other.ask('GET', '/v1/audit/verify', { headers })).json()).toMatchObject({ ok: true })
    })

    it('R218 shows all sessions of a tenant page by page, and refuses a cursor that it has not given', async () => {
      const tenant = 'wide'
      const page = async (query: string): Promise<Told> =>
        one.ask('GET', `/v1/sessions?tenant=${tenant}&limit=100${query}`, { headers })
      const ids = new Set<string>()
      for (let count = 0; count < 240; count++) {
        const told = await one.ask('POST', '/v1/sessions', {
          json: { subject: `wide-${Math.floor(count / 3)}`, tenant },
          headers,
        })
        ids.add((told.json()['session'] as { id: string }).id)
      }
      const seen = new Set<string>()
      let next: unknown
      do {
        const told = await page(typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '')
        expect([told.status, told.text]).toEqual([200, expect.any(String)])
        for (const { id } of told.json()['items'] as { id: string }[]) seen.add(id)
        ;({ next } = told.json())
      } while (next !== null)
      expect(seen).toEqual(ids)
      const forged = { servers: '', server: -1, scan: 'x', keys: ['}{'] }
      const strange = ['x', '%00', '%F0%9F%92%A9', Buffer.from(JSON.stringify(forged)).toString('base64url')]
      for (const cursor of strange) {
        const told = await page(`&cursor=${cursor}`)
        // Where entries are kept in order, any text is a place among them.
        const expected = store.isOrdered && cursor !== '%00' ? 200 : 400
        expect([cursor, told.status]).toEqual([cursor, expected])
      }
    })

    it('R218 calls nothing that is asked for an outage, however strange', async () => {
      const odd: string[] = []
      for (const text of ['\0', '\ud83d\ude00', '\u202e', "' OR 1=1 --", '}{', '*', '../..', '\u0007'])
        for (const [method, target, ask] of asking(text)) {
          const { status } = await one.ask(method, target, { headers, ...ask })
          if (status >= 500) odd.push(`${method} ${target} ${JSON.stringify(ask)}: ${status}`)
        }
      expect(odd).toEqual([])
    })

    it('R207 P36 A113 answers 503 in time while the store is down, does nothing, and recovers without a restart', async () => {
      const tokens = await signIn(one)
      expect((await see(one, tokens)).status).toBe(200)
      await store.stop()
      const began = performance.now()
      const asked: Readonly<Record<string, Promise<Told>>> = {
        'sign-in': one.ask('POST', '/v1/sessions', { json, headers }),
        refresh: refresh(one, tokens),
        'sign-out by the backend': signOut(one, tokens),
        'sign-out by the person': one.ask('POST', '/session/logout', {
          json: {},
          headers: { authorization: `Bearer ${tokens.accessToken}` },
        }),
        'end of all sessions': one.ask('DELETE', '/v1/subjects/ada/sessions', { headers }),
        'the other server': refresh(other, tokens),
      }
      for (const [what, asking] of Object.entries(asked)) {
        const told = await asking
        const { code } = told.json()
        expect([what, told.status, code, told.headers['retry-after']]).toEqual([
          what,
          503,
          'store_unavailable',
          '1',
        ])
      }
      expect((await one.ask('GET', '/readyz')).status).toBe(503)
      expect((await one.ask('GET', '/livez')).status).toBe(200)
      expect(performance.now() - began).toBeLessThan(bound)

      // Long enough for connections to be given up.
      await sleep(6000)
      await store.start()
      await until(async () => (await one.ask('GET', '/readyz')).status === 200)
      const back = await signIn(one)
      await until(async () => (await see(other, back)).status === 200)
      expect((await refresh(other, back)).status).toBe(200)
      expect((await signOut(other, back)).status).toBe(204)
      await until(async () => (await see(one, back)).status === 401)
    })

    it('stop when they are asked to, and let go of the store', async () => {
      const ended = await Promise.all(commands.map((command) => command.end('SIGTERM')))
      expect(ended.map(({ status }) => status)).toEqual([0, 0])
    })
  })
}
