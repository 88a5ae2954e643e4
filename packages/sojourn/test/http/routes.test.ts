import { describe, expect, it } from 'vitest'
import type { TestClient, Told } from '../../src/testing/jar.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { names, onScene } from './support/serve.ts'

const codeOf = (told: Told): unknown => told.json()['code']

async function devices(client: TestClient): Promise<Record<string, unknown>[]> {
  return (await client.ask('GET', '/session/devices')).json()['items'] as Record<string, unknown>[]
}

describe('the device list', () => {
  it('R19 P46: says of each session where, when and with what, the last seen first', () =>
    onScene({ http: { trustedProxies: ['loopback'] } }, async ({ signedIn, clock }) => {
      const phone = await signedIn({ subject: 'alice', device: { label: 'Phone', userAgent: 'Phone/1' } })
      clock.pass('1m')
      const laptop = await signedIn({ subject: 'alice', device: { label: 'Laptop' } })
      const list = await devices(laptop)
      expect(list.map(({ device }) => (device as { label: string }).label)).toEqual(['Laptop', 'Phone'])
      expect(list[1]).toMatchObject({
        subject: 'alice',
        device: { label: 'Phone', userAgent: 'Phone/1', ip: '127.0.0.1' },
        createdAt: '2026-01-01T00:00:00.000Z',
        current: false,
      })
      expect(list[1]).not.toHaveProperty('data')
      expect((await devices(phone)).find(({ current }) => current)).toMatchObject({
        device: { label: 'Phone' },
      })
    }))

  it('R19: ends another session only after a recent sign-in, and says how recent', () =>
    onScene({ sojourn: { policy: { freshness: '10m' } } }, async ({ signedIn, clock }) => {
      const there = await signedIn()
      const here = await signedIn()
      const other = (await devices(here)).find(({ current }) => !current)!
      clock.pass('10m')
      const told = await here.ask('DELETE', `/session/devices/${String(other['id'])}`)
      expect(told.status).toBe(401)
      expect(codeOf(told)).toBe('fresh_sign_in_required')
      expect(told.headers['www-authenticate']).toContain('max_age="600"')
      expect((await there.ask('GET', '/session')).status).toBe(200)
    }))

  it("ends one's own session at any time, as signing out does", () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn()
      const [own] = await devices(client)
      clock.pass('59m')
      await client.ask('GET', '/session')
      clock.pass('30m')
      const told = await client.ask('DELETE', `/session/devices/${String(own!['id'])}`)
      expect(told.status).toBe(204)
      expect(told.headers['clear-site-data']).toBe('"cache", "storage"')
      expect(client.cookies.size).toBe(0)
    }))

  it('A58: of a session without a subject has that session only, and reaches no other one', () =>
    onScene({}, async ({ signedIn }) => {
      const [one, two] = [await signedIn({}), await signedIn({})]
      const [own] = await devices(one)
      expect(await devices(one)).toHaveLength(1)
      expect(own!['subject']).toBeNull()
      expect((await two.ask('DELETE', `/session/devices/${String(own!['id'])}`)).status).toBe(404)
      expect((await one.ask('GET', '/session')).status).toBe(200)
    }))

  it.each([
    '__proto__',
    '..%2f..',
    'a'.repeat(31),
    'a'.repeat(33),
    `${'a'.repeat(31)}%00`,
    '*',
    `${'a'.repeat(31)}'`,
    'A B'.replace(' ', '%20'),
  ])('A57 R25: asks the store for nothing that is no session id: %s', (id) =>
    onScene({}, async ({ signedIn, store }) => {
      const client = await signedIn()
      const asked: string[] = []
      const { find } = store
      store.find = (wanted) => {
        asked.push(wanted)
        return find.call(store, wanted)
      }
      const told = await client.ask('DELETE', `/session/devices/${id}`)
      expect([told.status, codeOf(told)]).toEqual([404, 'not_found'])
      expect(asked.filter((wanted) => !/^[A-Za-z0-9_-]{32}$/.test(wanted))).toEqual([])
    }),
  )

  it('is for those who are signed in', () =>
    onScene({}, async ({ browser }) => {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', `/${'A'.repeat(32)}`],
      ] as const) {
        const told = await browser().ask(method, `/session/devices${path}`)
        expect([told.status, codeOf(told)]).toEqual([401, 'sign_in_required'])
      }
    }))
})

describe('signing out', () => {
  it('R199: of each scope says why each session ended', () =>
    onScene({}, async ({ signedIn, told }) => {
      const clients = [await signedIn(), await signedIn(), await signedIn()]
      await clients[0]!.ask('POST', '/session/logout', { json: { scope: 'others' } })
      await signedIn()
      await clients[0]!.ask('POST', '/session/logout', { json: { scope: 'all' } })
      expect(told('session.ended').map(({ reason }) => reason)).toEqual([
        'signed_out_elsewhere',
        'signed_out_elsewhere',
        'signed_out',
        'signed_out',
      ])
    }))

  it('says no to a bearer client whose access token has run out, and does not take its session for ended', () =>
    onScene({}, async ({ sojourn, browser, clock }) => {
      const { accessToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
      const headers = { authorization: `Bearer ${accessToken}`, 'sec-fetch-site': undefined }
      clock.pass('10m')
      const told = await browser().ask('POST', '/session/logout', { headers })
      expect([told.status, codeOf(told)]).toEqual([401, 'token_rejected'])
      expect(await sojourn.list('alice')).toHaveLength(1)
      await sojourn.revokeAll('alice')
      const fresh = await sojourn.create({ subject: 'alice', profile: 'bearer' })
      await sojourn.revoke(fresh.session.id)
      const again = { ...headers, authorization: `Bearer ${fresh.accessToken}` }
      expect((await browser().ask('POST', '/session/logout', { headers: again })).status).toBe(204)
    }))

  it('with an old generation of the token works too: whoever holds it may leave', () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn()
      const old = client.copy()
      await old.useCsrfToken()
      for (let refresh = 0; refresh < 3; refresh++) {
        clock.pass('5m')
        await client.ask('GET', '/')
        await client.ask('GET', '/')
      }
      expect((await old.ask('POST', '/session/logout')).status).toBe(204)
      expect((await client.ask('GET', '/session')).status).toBe(401)
    }))

  // An application whose access token was spent was told that it had signed out, and its refresh token lived on.
  it('R14 R194: with a spent bearer token is refused, so that its client refreshes first; once over, it is done', () =>
    onScene({}, async ({ sojourn, browser, clock }) => {
      const { sessionToken, accessToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
      const leave = (token: string): Promise<Told> =>
        browser().ask('POST', '/session/logout', { headers: { authorization: `Bearer ${token}` } })
      clock.pass('11m')
      const told = await leave(accessToken)
      expect([told.status, codeOf(told)]).toEqual([401, 'token_rejected'])
      expect(told.headers['www-authenticate']).toContain('invalid_token')
      const fresh = await sojourn.refresh(sessionToken)
      for (let time = 0; time < 2; time++) expect((await leave(fresh.accessToken)).status).toBe(204)
      await expect(sojourn.refresh(fresh.sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
    }))

  // The notice went out, the removal failed: the access token was refused everywhere, so when the application asked again
  // it was told that it had signed out, and its refresh token lived on.
  it.each(['this', 'all'])(
    'R14 R194 P19: of scope %s that failed half-way is answered once it is done',
    async (scope) => {
      let isBroken = false
      const store = memoryStore()
      const whole = { remove: store.remove.bind(store), removeAll: store.removeAll.bind(store) }
      const failing = async (): Promise<never> => Promise.reject(new Error('The store is away'))
      const breakable = Object.assign(store, {
        remove: (id: string) => (isBroken ? failing() : whole.remove(id)),
        removeAll: (owner: string) => (isBroken ? failing() : whole.removeAll(owner)),
      })
      await onScene({ sojourn: { store: breakable } }, async ({ sojourn, browser }) => {
        const { sessionToken, accessToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
        const headers = { authorization: `Bearer ${accessToken}` }
        const leave = async (): Promise<number> =>
          (await browser().ask('POST', '/session/logout', { headers, json: { scope } })).status
        isBroken = true
        expect([await leave(), await leave()]).toEqual([503, 503])
        isBroken = false
        expect([await leave(), await leave()]).toEqual([204, 204])
        await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
      })
    },
  )

  it('of an anonymous session ends it', () =>
    onScene({}, async ({ signedIn }) => {
      const client = await signedIn({})
      const copy = client.copy()
      expect((await client.ask('POST', '/session/logout', { json: { scope: 'all' } })).status).toBe(204)
      expect((await copy.ask('GET', '/session')).status).toBe(401)
    }))

  it('R195: asks the browser to forget what the application chose, and nothing over plain HTTP', async () => {
    await onScene({ http: { clearSiteData: ['cookies'] } }, async ({ signedIn, browser }) => {
      const { headers } = await (await signedIn()).ask('POST', '/session/logout')
      expect(headers['clear-site-data']).toBe('"cookies"')
      const plain = browser({ host: 'localhost:3000', isSecure: false })
      expect(
        (await plain.ask('POST', '/session/logout', { headers: { 'sec-fetch-site': 'same-origin' } }))
          .headers,
      ).not.toHaveProperty('clear-site-data')
    })
    await onScene({ http: { clearSiteData: [] } }, async ({ signedIn }) => {
      const { headers } = await (await signedIn()).ask('POST', '/session/logout')
      expect(headers).not.toHaveProperty('clear-site-data')
    })
  })
})

describe('refreshing by route', () => {
  it('R26: takes the session cookie, and lets nothing else vouch for it', () =>
    onScene({}, async ({ signedIn }) => {
      const alice = await signedIn()
      const bob = await signedIn({ subject: 'bob' })
      const mixed = alice.copy()
      mixed.cookies.set(names.session, bob.cookies.get(names.session)!)
      const token = await alice.useCsrfToken()
      const told = await mixed.ask('POST', '/session/refresh', { headers: { 'x-csrf-token': token } })
      expect([told.status, codeOf(told)]).toEqual([403, 'csrf_rejected'])
    }))

  it('P4: of a token that is superseded, unknown, expired or malformed clears no cookie', () =>
    onScene({}, async ({ signedIn, browser, clock, sojourn }) => {
      const superseded = await signedIn()
      await sojourn.stepUp(superseded.cookies.get(names.session)!, { amr: ['otp'] })
      const unknown = await signedIn()
      await sojourn.revokeAll('alice', (await sojourn.list('alice')).find(({ amr }) => amr.length > 0)!.id)
      const malformed = browser()
      malformed.cookies.set(names.session, 'sj_nothing')
      const expired = await signedIn({ subject: 'bob' })
      const outcomes = [
        await superseded.ask('POST', '/session/refresh'),
        await unknown.ask('POST', '/session/refresh'),
        await malformed.ask('POST', '/session/refresh'),
      ]
      clock.pass('2h')
      outcomes.push(await expired.ask('POST', '/session/refresh'))
      expect(outcomes.map(codeOf)).toEqual([
        'session_superseded',
        'session_unknown',
        'token_malformed',
        'session_expired',
      ])
      for (const { status, cookies, headers } of outcomes) {
        expect([status, cookies]).toEqual([401, []])
        expect(headers['www-authenticate']).toContain('Bearer')
      }
    }))

  it('R150: counts against the rate limit of its session', () =>
    onScene({ http: { rateLimit: { requests: 3, per: '1m' } } }, async ({ signedIn }) => {
      const client = await signedIn()
      const statuses = []
      for (let ask = 0; ask < 4; ask++) statuses.push((await client.ask('POST', '/session/refresh')).status)
      expect(statuses).toEqual([204, 204, 204, 429])
      expect(codeOf(await client.ask('POST', '/session/refresh'))).toBe('rate_limited')
      expect((await client.ask('POST', '/session/logout')).status).toBe(204)
    }))

  it.each(['', 'x'.repeat(256)])('refuses an Idempotency-Key of %j', (key) =>
    onScene({}, async ({ signedIn }) => {
      const client = await signedIn()
      const told = await client.ask('POST', '/session/refresh', { headers: { 'idempotency-key': key } })
      expect([told.status, codeOf(told)]).toEqual([400, 'request_malformed'])
      expect((await client.ask('GET', '/session')).status).toBe(200)
    }),
  )
})

describe('the prefix', () => {
  it('may be another one, or none', async () => {
    await onScene({ http: { prefix: '/api/auth' } }, async ({ browser }) => {
      expect((await browser().ask('GET', '/api/auth/csrf')).status).toBe(200)
      expect((await browser().ask('GET', '/session/csrf')).json()).toEqual({ subject: null, refusal: null })
    })
    await onScene({ http: { prefix: false } }, async ({ browser }) => {
      expect((await browser().ask('GET', '/session/csrf')).json()).toEqual({ subject: null, refusal: null })
    })
  })
})

describe('every answer that holds a credential', () => {
  it('R151 P29 A98: is not stored anywhere', () =>
    onScene({}, async ({ signedIn, browser, clock }) => {
      const client = await signedIn()
      const answers = [
        await browser().ask('POST', '/login?{}'),
        await browser().ask('GET', '/session/csrf'),
        await client.ask('GET', '/session'),
        await client.ask('GET', '/session/devices'),
        await client.ask('POST', '/session/refresh'),
      ]
      clock.pass('5m')
      answers.push(await client.ask('GET', '/'), await client.ask('POST', '/session/logout'))
      for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store')
      expect(answers.filter(({ cookies }) => cookies.length > 0)).toHaveLength(5)
    }))
})

describe('a browser whose session was ended elsewhere', () => {
  it('is told why: by the refresh, and by a page that refreshes on the way', () =>
    onScene({}, async ({ signedIn, sojourn, clock }) => {
      const here = await signedIn({ subject: 'alice' })
      clock.pass('6m')
      await sojourn.revokeAll('alice', undefined, 'signed_out_elsewhere')
      const refused = { status: 401, code: 'session_unknown', reason: 'signed_out_elsewhere' }
      for (const [method, path] of [
        ['POST', '/session/refresh'],
        ['GET', '/session'],
      ] as const)
        expect((await here.ask(method, path)).json()).toMatchObject(refused)
    }))
})

describe('a browser whose session has expired', () => {
  const ways = [
    ['POST', '/session/refresh'],
    ['GET', '/session'],
  ] as const

  it.each(ways)('R127: is told by %s %s that it was idle for too long', (method, path) =>
    onScene({}, async ({ signedIn, clock }) => {
      const here = await signedIn({ subject: 'alice' })
      clock.pass('2h')
      const told = (await here.ask(method, path)).json()
      expect(told).toMatchObject({ status: 401, code: 'session_expired', reason: 'idle' })
    }),
  )

  it.each(ways)('R126: is told by %s %s that its whole time is up, however busy it was', (method, path) => {
    const policy = { cookie: { idle: '15m', absolute: '20m' } } as const
    return onScene({ sojourn: { policy } }, async ({ signedIn, clock }) => {
      const here = await signedIn({ subject: 'alice' })
      clock.pass('10m')
      expect((await here.ask('POST', '/session/refresh')).status).toBe(204)
      clock.pass('11m')
      const told = (await here.ask(method, path)).json()
      expect(told).toMatchObject({ status: 401, code: 'session_expired', reason: 'absolute' })
    })
  })
})
