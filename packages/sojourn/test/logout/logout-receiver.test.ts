// Back-channel logouts from an identity provider: which tokens are taken, and whom they sign out.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type Listener, type Sojourn, type SojournEvent, type Store } from '../../src/index.ts'
import { sojournExpress } from '../../src/express.ts'
import { logoutReceiver, type Receiver } from '../../src/logout.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import {
  clientId,
  identityProvider,
  idpIssuer,
  logoutEvent,
  type Change,
  type IdentityProvider,
} from '../support/identity-provider.ts'
import { listening } from '../adapter/serving.ts'
import { jws, segment } from '../support/forge.ts'
import { plainStore } from '../support/plain-store.ts'
import { issuer, secret } from '../support/secrets.ts'

let provider: IdentityProvider
beforeAll(async () => {
  provider = await identityProvider()
})
afterAll(() => provider.close())

let clock: ManualClock
let store: Store
let events: SojournEvent[]
let sojourn: Sojourn
let receiver: Receiver

const open = (over: Store = store, listener: Listener = (event) => events.push(event)): Sojourn =>
  createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store: over,
    clock,
    listeners: [listener],
  })

beforeEach(() => {
  clock = manualClock()
  store = memoryStore()
  events = []
  sojourn = open()
  receiver = logoutReceiver(sojourn, { providers: [provider.trusted] })
})
afterEach(() => sojourn.close())

const post = (token: string, to: Receiver = receiver): Promise<Response> =>
  to.fetch(
    new Request('https://app.example/backchannel-logout', {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    }),
  )
const send = async (change: Change = {}): Promise<Response> => post(await provider.logoutToken(clock, change))

/** A session that came from one of the provider, with what opens it. */
async function signIn(
  sid: string | undefined = 'idp-session-1',
  subject = 'person-1',
): Promise<{ id: string; sessionToken: string; accessToken: string }> {
  const idp = { issuer: idpIssuer, ...(sid === '' ? {} : { sid }), subject }
  const issued = await sojourn.create({ subject: `ours of ${subject}`, idp })
  return { id: issued.session.id, sessionToken: issued.sessionToken, accessToken: issued.accessToken }
}
const isLive = async (id: string): Promise<boolean> => (await sojourn.find(id)) !== undefined

describe('R167 a good logout token', () => {
  it('P24 signs out of the application: 200, not stored, and the session is gone with all that it gave out', async () => {
    const { id, sessionToken, accessToken } = await signIn()
    expect(await sojourn.verify(accessToken)).toMatchObject({ sessionId: id })
    const response = await send()
    expect([response.status, response.headers.get('cache-control'), await response.text()]).toEqual([
      200,
      'no-store',
      '',
    ])
    expect(await isLive(id)).toBe(false)
    await expect(sojourn.verify(accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
    await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({
      code: 'session_unknown',
      members: { reason: 'signed_out_at_provider' },
    })
    expect(events.filter(({ type }) => type === 'session.ended')).toMatchObject([
      { sessionId: id, reason: 'signed_out_at_provider', level: 'info' },
    ])
  })

  it('is a good one also where nobody is signed in, or not any more', async () => {
    expect((await send()).status).toBe(200)
    const { id } = await signIn('another')
    expect([(await send()).status, await isLive(id)]).toEqual([200, true])
  })

  it('may name several audiences, write its typ at length, and leave out what is optional', async () => {
    for (const change of [
      { claims: { aud: ['others', clientId] } },
      { header: { typ: 'application/logout+jwt' } },
      { claims: { sub: undefined } },
      { header: { kid: undefined } },
    ]) {
      const { id } = await signIn(`session ${JSON.stringify(change)}`)
      const claims = { sid: `session ${JSON.stringify(change)}` }
      const token = provider.logoutToken(clock, { ...change, claims: { ...change.claims, ...claims } })
      expect([(await post(await token)).status, await isLive(id)]).toEqual([200, false])
    }
  })
})

describe('R167 A107 a token that is no logout token', () => {
  const seconds = (): number => Math.floor(clock() / 1000)
  const bad: Readonly<Record<string, () => Promise<string> | string>> = {
    'an ID token': () =>
      provider.logoutToken(clock, {
        header: { typ: 'JWT' },
        claims: { events: undefined, nonce: 'n', jti: undefined },
      }),
    'an ID token that calls itself a logout token': () =>
      provider.logoutToken(clock, { claims: { events: undefined, nonce: 'n' } }),
    'another typ': () => provider.logoutToken(clock, { header: { typ: 'at+jwt' } }),
    'no typ': () => provider.logoutToken(clock, { header: { typ: undefined } }),
    'a nonce': () => provider.logoutToken(clock, { claims: { nonce: 'n' } }),
    'an empty nonce': () => provider.logoutToken(clock, { claims: { nonce: null } }),
    'another event': () =>
      provider.logoutToken(clock, { claims: { events: { 'https://other.example/event': {} } } }),
    'an event that is no object': () =>
      provider.logoutToken(clock, { claims: { events: { [logoutEvent]: true } } }),
    'events that are a list': () => provider.logoutToken(clock, { claims: { events: [logoutEvent] } }),
    'no events': () => provider.logoutToken(clock, { claims: { events: undefined } }),
    'neither sub nor sid': () => provider.logoutToken(clock, { claims: { sub: undefined, sid: undefined } }),
    'a sid that is a number': () => provider.logoutToken(clock, { claims: { sid: 1 } }),
    'an empty sid': () => provider.logoutToken(clock, { claims: { sid: '' } }),
    'another issuer': () => provider.logoutToken(clock, { claims: { iss: 'https://evil.example' } }),
    'an issuer with a slash': () => provider.logoutToken(clock, { claims: { iss: `${idpIssuer}/` } }),
    'another audience': () => provider.logoutToken(clock, { claims: { aud: 'another-client' } }),
    'a list of other audiences': () => provider.logoutToken(clock, { claims: { aud: ['another-client'] } }),
    'no audience': () => provider.logoutToken(clock, { claims: { aud: undefined } }),
    'an old iat': () =>
      provider.logoutToken(clock, { claims: { iat: seconds() - 400, exp: seconds() + 60 } }),
    'an iat in the future': () =>
      provider.logoutToken(clock, { claims: { iat: seconds() + 60, exp: seconds() + 120 } }),
    'no iat': () => provider.logoutToken(clock, { claims: { iat: undefined } }),
    'an exp in the past': () =>
      provider.logoutToken(clock, { claims: { iat: seconds() - 120, exp: seconds() - 60 } }),
    'no exp': () => provider.logoutToken(clock, { claims: { exp: undefined } }),
    'no jti': () => provider.logoutToken(clock, { claims: { jti: undefined } }),
    'a key that the issuer does not have': () => provider.logoutToken(clock, { key: provider.strangeKey }),
    'a kid that the issuer does not have': () => provider.logoutToken(clock, { header: { kid: 'idp-2' } }),
    'a signature that was changed': async () => {
      const token = await provider.logoutToken(clock)
      return token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA')
    },
    'a payload that was changed': async () => {
      const [header, payload, signature] = (
        await provider.logoutToken(clock, { claims: { sid: 'another' } })
      ).split('.')
      const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object
      return `${header}.${segment({ ...claims, sid: 'idp-session-1' })}.${signature}`
    },
    'alg none': async () => {
      const [, payload] = (await provider.logoutToken(clock)).split('.')
      return `${segment({ alg: 'none', typ: 'logout+jwt', kid: 'idp-1' })}.${payload}.`
    },
    'an algorithm of its own choice': async () => {
      const [, payload] = (await provider.logoutToken(clock)).split('.')
      const header = { alg: 'HS256', typ: 'logout+jwt', kid: 'idp-1' }
      return jws(header, Buffer.from(payload!, 'base64url'), () => Buffer.alloc(32))
    },
    'a key of its own in the header': () =>
      provider.logoutToken(clock, {
        header: { kid: undefined, jwk: { kty: 'EC' } },
        key: provider.strangeKey,
      }),
    'an extension that must be understood': async () => {
      const [, payload] = (await provider.logoutToken(clock)).split('.')
      const header = { alg: 'ES256', typ: 'logout+jwt', kid: 'idp-1', crit: ['x'], x: 1 }
      return jws(header, Buffer.from(payload!, 'base64url'), () => Buffer.alloc(64))
    },
    'no JWT': () => 'logout',
    'four parts': async () => `${await provider.logoutToken(clock)}.x`,
    'an endless one': () => 'x'.repeat(20_000),
    'nothing in it': () => '',
  }

  it.each(Object.entries(bad))('%s: 400, and nobody is signed out', async (_, make) => {
    const { id, sessionToken } = await signIn()
    const response = await post(await make())
    expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store'])
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      error_description: expect.stringMatching(/\.$/),
    })
    expect(await isLive(id)).toBe(true)
    expect((await sojourn.refresh(sessionToken)).outcome).toBe('rotated')
    expect(events.some(({ type }) => type === 'session.ended')).toBe(false)
  })

  it('that says a claim twice is none, whichever of the two a reader would choose', async () => {
    const { id } = await signIn('a')
    const iat = seconds()
    const twice = `{"iss":"${idpIssuer}","aud":"${clientId}","iat":${iat},"exp":${iat + 60},"jti":"t","sid":"a","events":{"${logoutEvent}":{}},"sid":"b"}`
    // jose signs claims, and claims cannot be there twice: the key of the provider has to sign bytes.
    const { CompactSign, generateKeyPair, exportJWK } = await import('jose')
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }
    const own = logoutReceiver(sojourn, { providers: [{ ...provider.trusted, jwks: { keys: [jwk] } }] })
    const sign = (text: string): Promise<string> =>
      new CompactSign(Buffer.from(text))
        .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'logout+jwt' })
        .sign(privateKey)
    expect([(await post(await sign(twice), own)).status, await isLive(id)]).toEqual([400, true])
    const plain = twice.replace(',"sid":"b"', '')
    expect([(await post(await sign(plain), own)).status, await isLive(id)]).toEqual([200, false])
  })

  it('is told to listeners with its reason, and without itself', async () => {
    const token = await provider.logoutToken(clock, { claims: { nonce: 'n' } })
    await post(token)
    expect(events).toEqual([
      { type: 'token.rejected', level: 'warning', at: clock(), token: 'logout', reason: 'it has a nonce' },
    ])
  })
})

describe('R167 A107 a token that comes again', () => {
  it('is refused, on every node of the store', async () => {
    const elsewhere = open()
    const token = await provider.logoutToken(clock, { claims: { sid: undefined } })
    expect((await post(token)).status).toBe(200)
    clock.pass('1s')
    // The person has signed in anew, which a logout from before must not undo.
    const { id } = await signIn('later')
    const there = logoutReceiver(elsewhere, { providers: [provider.trusted] })
    for (const to of [receiver, there]) expect((await post(token, to)).status).toBe(400)
    clock.pass('130s')
    for (const to of [receiver, there]) expect((await post(token, to)).status).toBe(400)
    expect(await isLive(id)).toBe(true)
    elsewhere.close()
  })

  it('is taken where it had come to nothing: the store was away, and the answer said so', async () => {
    const { id } = await signIn()
    let isAway = true
    const failing: Store = {
      ...plainStore(store),
      list: async (owner) => (isAway ? Promise.reject(new Error('gone')) : store.list(owner)),
    }
    const elsewhere = open(failing)
    const there = logoutReceiver(elsewhere, { providers: [provider.trusted] })
    const token = await provider.logoutToken(clock)
    const failed = await post(token, there)
    expect([failed.status, failed.headers.get('retry-after'), await isLive(id)]).toEqual([503, '1', true])
    isAway = false
    expect([(await post(token, there)).status, await isLive(id)]).toEqual([200, false])
    expect((await post(token, there)).status).toBe(400)
    elsewhere.close()
  })
})

describe('R168 whom a logout token signs out', () => {
  it('with a sid: that session, and no other of the person', async () => {
    const [first, second, third] = [await signIn('a'), await signIn('b'), await signIn('c')]
    expect((await send({ claims: { sid: 'b' } })).status).toBe(200)
    expect(await Promise.all([first, second, third].map(({ id }) => isLive(id)))).toEqual([true, false, true])
    // Its refresh token went with it, and those of the others did not.
    await expect(sojourn.refresh(second.sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
    expect((await sojourn.refresh(first.sessionToken)).outcome).toBe('rotated')
  })

  it('with a sub and no sid: all of the person that came from this issuer, and nobody else', async () => {
    const own = await Promise.all(['a', 'b', ''].map((sid) => signIn(sid)))
    const other = await signIn('d', 'person-2')
    const here = await sojourn.create({ subject: 'ours of person-1' })
    const elsewhere = await sojourn.create({
      subject: 'ours of person-1',
      idp: { issuer: 'https://other-idp.example', sid: 'a', subject: 'person-1' },
    })
    const kept = [other, here.session, elsewhere.session]
    expect((await send({ claims: { sid: undefined } })).status).toBe(200)
    expect(await Promise.all(own.map(({ id }) => isLive(id)))).toEqual([false, false, false])
    expect(await Promise.all(kept.map(({ id }) => isLive(id)))).toEqual([true, true, true])
    for (const { sessionToken } of own)
      await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
    expect(events.filter(({ type }) => type === 'session.ended')).toHaveLength(3)
  })

  it('with a sid, of sessions whose sid was never told: those of the same person, because it may be any of them', async () => {
    const [told, untold, other] = [await signIn('a'), await signIn(''), await signIn('', 'person-2')]
    await send({ claims: { sid: 'b' } })
    expect(await Promise.all([told, untold, other].map(({ id }) => isLive(id)))).toEqual([true, false, true])
  })

  it('several sessions here that came from one session there', async () => {
    const both = [await signIn('a'), await signIn('a')]
    await send({ claims: { sid: 'a' } })
    expect(await Promise.all(both.map(({ id }) => isLive(id)))).toEqual([false, false])
  })
})

describe('over HTTP', () => {
  let server: Server
  let url: string
  beforeEach(async () => {
    server = createServer((request, response) => void receiver.node(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('a form is taken', async () => {
    const { id } = await signIn()
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(clock) })
    const response = await fetch(url, { method: 'POST', body })
    expect([response.status, await response.text(), await isLive(id)]).toEqual([200, '', false])
  })

  it.each([
    ['GET', { method: 'GET' }, 405],
    ['JSON', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 400],
    ['two tokens', { method: 'POST', body: new URLSearchParams('logout_token=a&logout_token=b') }, 400],
    ['no token', { method: 'POST', body: new URLSearchParams('token=a') }, 400],
    ['too much', { method: 'POST', body: new URLSearchParams({ logout_token: 'x'.repeat(70_000) }) }, 413],
  ] as const)('%s is refused', async (_, init, status) => {
    const response = await fetch(url, init)
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store'])
    expect(await response.json()).toHaveProperty('error', 'invalid_request')
  })

  it('a form that a framework has parsed before is taken, and keys that cannot be fetched are no refusal', async () => {
    const { id } = await signIn()
    const own = await identityProvider()
    const there = logoutReceiver(sojourn, { providers: [own.trusted] })
    const body = { logout_token: await own.logoutToken(clock) }
    const view = {
      method: 'POST',
      target: '/',
      isEncrypted: true,
      peer: undefined,
      header: () => 'application/x-www-form-urlencoded',
      all: () => [],
      body: async () => ({ kind: 'parsed', value: body }) as const,
      formField: () => undefined,
    }
    own.keys.answer((_, response) => response.writeHead(500).end())
    expect([(await there.handle(view)).status, await isLive(id)]).toEqual([503, true])
    await own.close()
    expect(
      (await receiver.handle({ ...view, body: async () => ({ kind: 'parsed', value: [] }) })).status,
    ).toBe(400)
    body.logout_token = await provider.logoutToken(clock)
    expect([(await receiver.handle(view)).status, await isLive(id)]).toEqual([200, false])
  })
})

describe('P24 in an application of Express', () => {
  it.each([
    ['before the middleware', true, false],
    ['behind it', false, false],
    ['behind it and a parser of forms', false, true],
  ])('the route stands %s, and the person is signed out', async (_, isFirst, isParsed) => {
    const app = express()
    const local = createSojourn({
      issuer: 'http://localhost',
      environment: 'test',
      secrets: [secret()],
      store: memoryStore(),
    })
    const logouts = logoutReceiver(local, { providers: [provider.trusted] })
    const here = isFirst ? '/backchannel-logout' : '/unused'
    app.post(here, logouts.node)
    if (isParsed) app.use(express.urlencoded())
    app.use(sojournExpress(local))
    app.post('/backchannel-logout', logouts.node)
    const { url, close } = await listening(app)
    const { session } = await local.create({
      subject: 'alice',
      idp: { issuer: idpIssuer, sid: 'idp-session-1', subject: 'person-1' },
    })
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(Date.now) })
    const response = await fetch(`${url}/backchannel-logout`, { method: 'POST', body })
    expect([response.status, await local.find(session.id)]).toEqual([200, undefined])
    await close()
    local.close()
  })
})

describe('providers that cannot be used', () => {
  it.each([
    [[], 'list of 1'],
    [[{ issuer: 'http://idp.example' }], 'https'],
    [[{ audience: '' }], 'audience'],
    [[{ jwks: 'http://idp.example/jwks' }], 'https'],
    [[{ jwks: { keys: [] } }], 'no key'],
    [[{}, {}], 'the same'],
  ])('%j', (changes, said) => {
    const providers = (changes as object[]).map((change) => ({ ...provider.trusted, ...change }))
    expect(() => logoutReceiver(sojourn, { providers })).toThrow(said)
  })
})
