import { describe, expect, it } from 'vitest'
import { FetchReply } from '../../src/adapter/shared-fetch.ts'
import { createHandler } from '../../src/http/handler.ts'
import type { Told } from '../../src/testing/jar.ts'
import { secret } from '../support/secrets.ts'
import { names, onScene } from './support/serve.ts'
import { testSojourn } from './support/sojourn.ts'
import { request } from './support/view.ts'

const codeOf = (told: Told): unknown => told.json()['code']

describe('visitors who must show a token', () => {
  const http = { visitors: 'token' } as const

  it('R69 A83: cannot sign in without one that belongs to their cookie', () =>
    onScene({ http }, async ({ browser, told }) => {
      const visitor = browser()
      expect(codeOf(await visitor.ask('POST', '/login'))).toBe('csrf_rejected')
      await visitor.useCsrfToken()
      const other = browser()
      const token = await other.useCsrfToken()
      expect(codeOf(await visitor.ask('POST', '/login', { headers: { 'x-csrf-token': token } }))).toBe(
        'csrf_rejected',
      )
      expect(told('session.created')).toEqual([])
      expect((await visitor.ask('POST', '/login')).status).toBe(200)
    }))

  it('A84: cannot make do with a token of a cookie that they do not have', () =>
    onScene({ http }, async ({ browser }) => {
      const visitor = browser()
      await visitor.useCsrfToken()
      visitor.cookies.delete(names.visitor)
      expect(codeOf(await visitor.ask('POST', '/login'))).toBe('csrf_rejected')
      visitor.cookies.set(names.visitor, '')
      expect(codeOf(await visitor.ask('POST', '/login'))).toBe('csrf_rejected')
    }))

  it('A85: cannot pass the id of a session off as their cookie', () =>
    onScene({ http }, async ({ browser, signedIn, sojourn }) => {
      const alice = await signedIn({ subject: 'alice' }).catch(() => undefined)
      expect(alice).toBeUndefined()
      const { session } = await sojourn.create({ subject: 'alice' })
      const visitor = browser()
      visitor.cookies.set(names.visitor, session.id)
      const headers = { 'x-csrf-token': sojourn.csrf.issue(session.id) }
      expect(codeOf(await visitor.ask('POST', '/login', { headers }))).toBe('csrf_rejected')
    }))
})

describe('a WebSocket that is asked for', () => {
  it('A90: is none for a page of another site, nor for cookies that come from nowhere', () =>
    onScene({}, async ({ signedIn, browser }) => {
      const client = await signedIn()
      const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
      const asked = (from: Record<string, string>): Promise<Told> =>
        client.ask('GET', '/socket', { headers: { ...key, ...from } })
      expect((await asked({ origin: 'https://app.example' })).json()['subject']).toBe('alice')
      expect(codeOf(await asked({ origin: 'https://evil.example' }))).toBe('csrf_rejected')
      expect(codeOf(await asked({ 'sec-fetch-site': 'same-site' }))).toBe('csrf_rejected')
      expect(codeOf(await asked({}))).toBe('csrf_rejected')
      const upgrade = { upgrade: 'WebSocket', origin: 'https://evil.example' }
      expect(codeOf(await client.ask('GET', '/socket', { headers: upgrade }))).toBe('csrf_rejected')
      expect((await browser().ask('GET', '/socket', { headers: key })).status).toBe(200)
    }))
})

describe('a request that another server answers', () => {
  it('goes through the stages, and is taken for none of the ready-made routes', async () => {
    const { sojourn } = testSojourn()
    const { accessToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    const view = request({
      method: 'POST',
      target: '/session/logout',
      headers: [
        ['host', 'app.example'],
        ['authorization', `Bearer ${accessToken}`],
      ],
    })
    const judged = await createHandler(sojourn).judge(view, new FetchReply())
    expect(judged.kind).toBe('next')
    expect(judged.exchange?.session?.subject).toBe('alice')
    expect(judged.exchange?.accessToken).toBe(accessToken)
    expect(await sojourn.list('alice')).toHaveLength(1)
  })
})

describe('cookies of one name that came twice', () => {
  it('R43 P32: are told of, and the one of a former domain is cleared, in an answer that nobody keeps', () =>
    onScene({ http: { cookies: { formerDomain: 'example.com' } } }, async ({ signedIn, told, browser }) => {
      const client = await signedIn()
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await client.ask('GET', '/', {
        headers: { cookie: `${names.session}=stale; ${cookie}` },
      })
      expect(answer.json()['subject']).toBe('alice')
      expect(answer.cookies).toEqual([
        `${names.session}=; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
      ])
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(told('cookie.duplicate').map(({ cookie }) => cookie)).toEqual(['session'])
      const visitor = await browser().ask('GET', '/', {
        headers: { cookie: `${names.session}=a; ${names.session}=b` },
      })
      expect(visitor.cookies).toHaveLength(1)
      expect(visitor.headers['cache-control']).toBe('no-store')
    }))

  it('R43 A73: of two people are refused, whichever comes first', () =>
    onScene({}, async ({ signedIn, browser }) => {
      const [alice, mallory] = [await signedIn(), await signedIn({ subject: 'mallory' })]
      for (const order of [
        [alice, mallory],
        [mallory, alice],
      ]) {
        const cookie = order.map(({ cookies }) => `${names.session}=${cookies.get(names.session)}`).join('; ')
        const told = await browser().ask('GET', '/', { headers: { cookie } })
        expect([told.status, codeOf(told)]).toEqual([400, 'credentials_ambiguous'])
      }
    }))

  it('R40: of an access token are replaced by one new one', () =>
    onScene({}, async ({ signedIn }) => {
      const client = await signedIn()
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const told = await client.ask('GET', '/', { headers: { cookie: `${cookie}; ${names.access}=planted` } })
      expect(told.json()['subject']).toBe('alice')
      expect(told.cookies).toHaveLength(2)
    }))
})

describe('a jar with cookies of two sessions', () => {
  it('R26: makes a visitor of the caller, and is told of', () =>
    onScene({}, async ({ signedIn, told }) => {
      const [alice, bob] = [await signedIn(), await signedIn({ subject: 'bob' })]
      alice.cookies.set(names.session, bob.cookies.get(names.session)!)
      expect((await alice.ask('GET', '/')).json()).toEqual({ subject: null, refusal: 'token_rejected' })
      expect(told('token.rejected').map(({ reason }) => reason)).toEqual(['mixed'])
      expect((await alice.ask('GET', '/session')).status).toBe(401)
    }))

  it('R26: is noticed again and again, also after the two were seen apart', () =>
    onScene({}, async ({ signedIn }) => {
      const [alice, bob] = [await signedIn(), await signedIn({ subject: 'bob' })]
      await alice.ask('GET', '/')
      const mixed = alice.copy()
      mixed.cookies.set(names.session, bob.cookies.get(names.session)!)
      for (let ask = 0; ask < 2; ask++) {
        expect((await mixed.ask('GET', '/')).json()['subject']).toBeNull()
        expect((await alice.ask('GET', '/')).json()['subject']).toBe('alice')
      }
    }))
})

describe('a credential in a place where none belongs', () => {
  it('R24 R137 A100: is not looked at', () =>
    onScene({}, async ({ signedIn, browser, told }) => {
      const client = await signedIn()
      const [session, access] = [client.cookies.get(names.session)!, client.cookies.get(names.access)!]
      const thief = browser()
      for (const query of [`sid=${session}`, `access_token=${access}`, `${names.session}=${session}`]) {
        expect((await thief.ask('GET', `/?${query}`)).json()['subject']).toBeNull()
        expect((await thief.ask('GET', `/;${query}`)).json()['subject']).toBeNull()
      }
      for (const headers of [
        { 'x-session-id': session },
        { 'x-access-token': access },
        { authorization: `Session ${session}` },
        { cookie2: `${names.session}=${session}` },
      ]) {
        expect((await thief.ask('GET', '/', { headers })).json()['subject']).toBeNull()
      }
      const form = { session, access, [names.session]: session }
      expect((await thief.ask('POST', '/', { form })).json()['subject']).toBeNull()
      expect(told('token.rejected')).toEqual([])
    }))
})

describe('what a refusal teaches', () => {
  it('R117 R152: an access token that is forged, expired, revoked or unknown gets one answer', () =>
    onScene({}, async ({ browser, signedIn, sojourn, clock }) => {
      const expired = (await signedIn()).cookies.get(names.access)!
      clock.pass('5m')
      const revoked = (await signedIn({ subject: 'bob' })).cookies.get(names.access)!
      await sojourn.revokeAll('bob')
      const live = (await signedIn({ subject: 'carol' })).cookies.get(names.access)!
      const forged = `${live.slice(0, -1)}${live.endsWith('A') ? 'B' : 'A'}`
      const unknown = (await testSojourn({ secrets: [secret(2)] }).sojourn.create({ subject: 'dave' }))
        .accessToken
      const answers = []
      for (const token of [expired, revoked, forged, unknown, 'a.b.c', 'x']) {
        const { status, text, headers } = await browser().ask('GET', '/session', {
          headers: { authorization: `Bearer ${token}` },
        })
        answers.push(`${status} ${text} ${String(headers['www-authenticate'])}`)
      }
      expect(new Set(answers).size).toBe(1)
      expect(answers[0]).toContain('token_rejected')
    }))

  it('A43 A44: a guessed session token gets one answer, whatever is in the store, which is not asked', () =>
    onScene({}, async ({ signedIn, browser, store }) => {
      const token = (await signedIn()).cookies.get(names.session)!
      let asked = 0
      const { find } = store
      store.find = (id) => {
        asked++
        return find.call(store, id)
      }
      const answers = new Set<string>()
      for (let at = 3; at < token.length; at++) {
        const guess = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
        const { status, text } = await browser().ask('GET', '/session', {
          headers: { cookie: `${names.session}=${guess}` },
        })
        answers.add(`${status} ${text}`)
      }
      expect(answers.size).toBe(1)
      expect([...answers][0]).toContain('token_malformed')
      expect(asked).toBe(0)
    }))
})

describe('traffic in the background', () => {
  it('P48: is marked by the header that the application has chosen', () =>
    onScene({ http: { backgroundHeader: 'X-Poll' } }, async ({ signedIn, clock, sojourn }) => {
      const client = await signedIn()
      const seen = async (): Promise<number> => (await sojourn.list('alice'))[0]!.lastSeenAt
      const before = await seen()
      clock.pass('5m')
      await client.ask('GET', '/', { headers: { 'x-poll': '1' } })
      expect(await seen()).toBe(before)
      clock.pass('5m')
      await client.ask('GET', '/', { headers: { 'x-background': '1' } })
      expect(await seen()).toBe(before + 600_000)
    }))
})

describe('HTTPS', () => {
  it('R32: is required, unless it is a developer on the same machine', () =>
    onScene({}, async ({ browser, told }) => {
      const plain = browser({ isSecure: false })
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/login'],
        ['GET', '/session'],
        ['POST', '/session/refresh'],
      ] as const) {
        const answer = await plain.ask(method, path)
        expect([answer.status, codeOf(answer), answer.cookies]).toEqual([403, 'https_required', []])
      }
      expect(told('session.created')).toEqual([])
    }))

  it('cannot be had by a developer, whose cookies have plain names then', () =>
    onScene({}, async ({ browser }) => {
      const plain = browser({ isSecure: false, host: 'localhost:3000' })
      const { cookies } = await plain.ask('POST', '/login?{"subject":"alice"}')
      expect(cookies.map((line) => line.replace(/=[^;]*/, ''))).toEqual([
        'session; Path=/; HttpOnly; SameSite=Lax',
        'access; Path=/; HttpOnly; SameSite=Lax',
      ])
      expect((await plain.ask('GET', '/')).json()['subject']).toBe('alice')
    }))

  it('R32: is required of the same developer in production', () =>
    onScene({ sojourn: { environment: 'production' } }, async ({ browser }) => {
      const told = await browser({ isSecure: false, host: 'localhost:3000' }).ask('POST', '/login')
      expect([told.status, codeOf(told)]).toEqual([403, 'https_required'])
    }))

  it('A80: lets no cookie in that was set over plain HTTP', () =>
    onScene({}, async ({ browser, signedIn }) => {
      const alice = await signedIn()
      const victim = browser()
      victim.cookies.set('session', alice.cookies.get(names.session)!)
      victim.cookies.set('access', alice.cookies.get(names.access)!)
      expect((await victim.ask('GET', '/')).json()).toEqual({ subject: null, refusal: null })
    }))
})

describe('proxies', () => {
  const forwarded = {
    'x-forwarded-for': '198.51.100.1',
    'x-forwarded-host': 'app.example',
    'x-forwarded-proto': 'https',
  }

  it('R54 A94 A95 A96: are believed if they are on the list', () =>
    onScene({ http: { trustedProxies: ['loopback'] } }, async ({ browser, sojourn }) => {
      const client = browser({ host: 'internal:8080' })
      expect((await client.ask('POST', '/login?{"subject":"alice"}', { headers: forwarded })).status).toBe(
        200,
      )
      expect((await sojourn.list('alice'))[0]!.device.ip).toBe('198.51.100.1')
      const headers = { ...forwarded, origin: 'https://app.example', 'sec-fetch-site': undefined }
      expect((await client.ask('POST', '/session/logout', { headers })).status).toBe(403)
      const token = (await client.ask('GET', '/session/csrf', { headers })).json()['csrfToken']
      expect(
        (
          await client.ask('POST', '/session/logout', {
            headers: { ...headers, 'x-csrf-token': String(token) },
          })
        ).status,
      ).toBe(204)
    }))

  it('R54 A94 A95 A96: are strangers if they are not', () =>
    onScene({ http: { trustedProxies: ['192.0.2.0/24'] } }, async ({ browser, told }) => {
      const client = browser({ host: 'internal:8080' })
      const answer = await client.ask('POST', '/login', { headers: forwarded })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'https_required'])
      expect(told('session.created')).toEqual([])
    }))

  it('A94: cannot make us serve a host that is not on the list', () =>
    onScene({ http: { hosts: ['app.example'] } }, async ({ browser }) => {
      expect((await browser().ask('GET', '/')).status).toBe(200)
      for (const told of [
        await browser({ host: 'evil.example' }).ask('GET', '/'),
        await browser().ask('GET', '/', { headers: { 'x-forwarded-host': 'evil.example' } }),
      ]) {
        expect([told.status, codeOf(told)]).toEqual([421, 'host_unknown'])
      }
    }))
})

describe('the session cookie of a session that is to be remembered', () => {
  it('R31 R49: lasts as long as the session would, also after a refresh', () =>
    onScene(
      { sojourn: { policy: { remember: { idle: '14d', absolute: '15d' } } } },
      async ({ signedIn, clock }) => {
        const client = await signedIn({ subject: 'alice', remember: true })
        const age = async (): Promise<string[]> =>
          (await client.ask('POST', '/session/refresh')).cookies.map(
            (line) => /Max-Age=(\d+)/.exec(line)![1]!,
          )
        expect(await age()).toEqual(['1209600', '1209600'])
        clock.pass('10d')
        expect(await age()).toEqual(['432000', '432000'])
      },
    ))
})

describe('the cookies together', () => {
  it('R53: stay small: less than 4 kB with everything set', () =>
    onScene({}, async ({ signedIn }) => {
      const client = await signedIn({
        subject: 'user-0123456789',
        claims: { role: 'admin', name: 'Alice' },
        amr: ['pwd', 'otp'],
      })
      const header = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      expect(header.length).toBeLessThan(1200)
      expect(client.cookies.size).toBeLessThanOrEqual(3)
    }))

  it.each([
    ['many claims', { claims: { text: 'x'.repeat(2000) } }, 200],
    ['claims in another script', { claims: { text: '€'.repeat(600) } }, 200],
    [
      'a long subject',
      { subject: 's'.repeat(255), amr: ['pwd', 'otp'], claims: { text: 'x'.repeat(1000) } },
      200,
    ],
    [
      'everything',
      { subject: '€'.repeat(255), acr: '€'.repeat(255), claims: { text: 'x'.repeat(2000) } },
      422,
    ],
  ])('R37 P28: are never so large that a browser would drop them without a word: %s', (_, signIn, status) =>
    onScene({}, async ({ browser, store }) => {
      const given = encodeURIComponent(JSON.stringify({ subject: 'alice', ...signIn }))
      const answer = await browser().ask('POST', `/login?${given}`)
      expect(answer.status).toBe(status)
      const sizes = answer.cookies.map((line) => line.split(';')[0]!.length - 1)
      expect(sizes).toHaveLength(status === 200 ? 2 : 0)
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(4096)
      // What was refused has left nothing behind.
      expect((await store.scan(undefined, 10)).items).toHaveLength(sizes.length / 2)
    }),
  )
})
