// Status lists from the sign-in to the verifier in another process, which has the public keys and nothing else.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { encodeStatusList } from '../../src/core/status-list.ts'
import { signForOthers, type JwtClaims } from '../../src/core/signed-jwt.ts'
import { generateJwk, publicJwk, signingKey, type Jwk } from '../../src/core/algorithms.ts'
import {
  createSojourn,
  createVerifier,
  type Sojourn,
  type SojournOptions,
  type Store,
  type Verifier,
} from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { readStatusList, statusAt, statusListHandler } from '../../src/status-list.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { jws, opened, signerOf } from '../support/forge.ts'
import { countedStore } from '../support/counted-store.ts'
import { plainStore } from '../support/plain-store.ts'
import { issuer, secret } from '../support/secrets.ts'

type Facts = Readonly<Record<string, unknown>>

let clock: ManualClock
let store: ReturnType<typeof memoryStore>
let server: Server
let url: string
let asked: string[]
let sojourn: Sojourn
let serve: (target: string) => Promise<Response> | Response

const open = (options: Partial<SojournOptions<Facts, Facts>> = {}, hasLists = true): Sojourn =>
  createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    clock,
    algorithm: 'ES256',
    ...(hasLists ? { statusList: { url } } : {}),
    ...options,
  })

beforeEach(async () => {
  clock = manualClock()
  store = memoryStore()
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const answer = async (): Promise<void> => {
      const told = await serve(request.url ?? '')
      response.writeHead(told.status, Object.fromEntries(told.headers)).end(await told.text())
    }
    void answer()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/lists`
  sojourn = open()
  const handler = statusListHandler(sojourn)
  serve = (target) => handler.fetch(new Request(`${new URL(url).origin}${target}`))
})
afterEach(() => {
  sojourn.close()
  server.closeAllConnections()
  server.close()
})

const verifier = async (): Promise<Verifier> =>
  createVerifier({ issuer, audience: issuer, jwks: await sojourn.keys.jwks(), statusLists: url, clock })
const signIn = async (
  subject = 'alice',
): Promise<{ id: string; accessToken: string; sessionToken: string }> => {
  const { session, accessToken, sessionToken } = await sojourn.create({ subject })
  return { id: session.id, accessToken, sessionToken }
}
const refused = { code: 'token_rejected' }
const unavailable = { code: 'verification_unavailable' }

describe('R171 a verifier that knows the public keys only', () => {
  it('accepts a token until its session ends, and then no longer than it may keep the list', async () => {
    const [alice, bob] = [await signIn(), await signIn('bob')]
    const there = await verifier()
    for (const { accessToken } of [alice, bob]) await there.verify(accessToken)
    await sojourn.revoke(alice.id)
    clock.pass('59s')
    expect(await there.verify(alice.accessToken)).toMatchObject({ subject: 'alice' })
    clock.pass('1s')
    await expect(there.verify(alice.accessToken)).rejects.toMatchObject(refused)
    expect(await there.verify(bob.accessToken)).toMatchObject({ subject: 'bob' })
    expect(asked).toHaveLength(2)
  })

  it('hears of every way in which a session ends, and of nobody else', async () => {
    const people = await Promise.all(['a', 'b', 'c', 'd'].map((name) => signIn(name)))
    const [a, b, c, d] = people as [
      (typeof people)[0],
      (typeof people)[0],
      (typeof people)[0],
      (typeof people)[0],
    ]
    await sojourn.revokeAll('a')
    await sojourn.create({ subject: 'b', replaces: b.sessionToken })
    const { sessionToken } = await sojourn.refresh(c.sessionToken)
    clock.pass('61s')
    await sojourn.refresh(sessionToken)
    clock.pass('61s')
    await expect(sojourn.refresh(c.sessionToken)).rejects.toMatchObject({ code: 'session_reused' })
    const there = await verifier()
    for (const { accessToken } of [a, b, c])
      await expect(there.verify(accessToken)).rejects.toMatchObject(refused)
    expect(await there.verify(d.accessToken)).toMatchObject({ subject: 'd' })
  })

  it('hears of those who sign in while the person is signed out everywhere', async () => {
    const there = await verifier()
    for (let round = 0; round < 10; round++) {
      const early = await Promise.all([signIn(), signIn()])
      const coming = Array.from({ length: 4 }, () => signIn())
      const ending = sojourn.revokeAll('alice')
      const all = [...early, ...(await Promise.all(coming))]
      await ending
      const live = new Set((await sojourn.list('alice')).map(({ id }) => id))
      clock.pass('60s')
      for (const { id, accessToken } of all) {
        const verdict = await there.verify(accessToken).then(
          () => true,
          () => false,
        )
        expect([id, verdict]).toEqual([id, live.has(id)])
      }
      await sojourn.revokeAll('alice')
    }
  })

  it('asks once for as many tokens as come at once, and for each list once a minute', async () => {
    const people = await Promise.all(Array.from({ length: 80 }, (_, n) => signIn(`person ${n}`)))
    const there = await verifier()
    await Promise.all(people.map(({ accessToken }) => there.verify(accessToken)))
    for (const { accessToken } of people) await there.verify(accessToken)
    expect(asked).toHaveLength(1)
  })

  it('judges a session from before there were lists without one, until it is refreshed', async () => {
    const before = open({}, false)
    const { accessToken, sessionToken } = await before.create({ subject: 'alice' })
    before.close()
    const there = await verifier()
    expect(await there.verify(accessToken)).not.toHaveProperty('status')
    expect(asked).toEqual([])
    const next = await sojourn.refresh(sessionToken)
    expect(await there.verify(next.accessToken)).toHaveProperty('status')
    expect(asked).toHaveLength(1)
  })
})

describe('R172 the order of questions', () => {
  it('a token that has expired is refused whatever its status is, and no list is fetched', async () => {
    const { accessToken } = await signIn()
    const there = await verifier()
    clock.pass('6m')
    await expect(there.verify(accessToken)).rejects.toMatchObject(refused)
    expect(asked).toEqual([])
  })

  it('a token that was verified before, and has expired since, is refused without the list', async () => {
    const { accessToken } = await signIn()
    const there = await verifier()
    await there.verify(accessToken)
    clock.pass('6m')
    await expect(there.verify(accessToken)).rejects.toMatchObject(refused)
    expect(asked).toHaveLength(1)
  })

  it('a forged one, or one for somebody else, makes the verifier ask nobody', async () => {
    const { accessToken } = await signIn()
    const { header, payload } = opened(accessToken)
    const there = await verifier()
    const forged = jws(header, payload, signerOf(generateJwk('ES256')))
    await expect(there.verify(forged)).rejects.toMatchObject(refused)
    const elsewhere = createVerifier({
      issuer,
      audience: 'https://other.example',
      jwks: await sojourn.keys.jwks(),
      statusLists: url,
      clock,
    })
    await expect(elsewhere.verify(accessToken)).rejects.toMatchObject(refused)
    expect(asked).toEqual([])
  })
})

describe('R171 the list', () => {
  it('is a signed JWT of its own type that says where it is from, as jose reads it', async () => {
    const people = [await signIn(), await signIn('bob')]
    await sojourn.revoke(people[0]!.id)
    const [revoked, live] = people.map(({ accessToken }) => {
      const { status } = opened(accessToken).payload as {
        status: { status_list: { idx: number; uri: string } }
      }
      return status.status_list
    })
    const response = await fetch(revoked!.uri)
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
    ]).toEqual([200, 'application/statuslist+jwt', 'public, max-age=60'])
    const keys = createLocalJWKSet((await sojourn.keys.jwks()) as unknown as JSONWebKeySet)
    const { payload, protectedHeader } = await jwtVerify(await response.text(), keys, {
      typ: 'statuslist+jwt',
      algorithms: ['ES256'],
      subject: revoked!.uri,
      currentDate: new Date(clock()),
    })
    expect(Object.keys(protectedHeader)).toEqual(['alg', 'typ', 'kid'])
    const iat = Math.floor(clock() / 1000)
    expect(payload).toEqual({
      sub: revoked!.uri,
      iat,
      exp: iat + 300,
      ttl: 60,
      status_list: { bits: 1, lst: expect.any(String) },
    })
    const list = readStatusList(payload['status_list'])!
    expect([statusAt(list, revoked!.idx), statusAt(list, live!.idx), list.bytes.length]).toEqual([
      1,
      0,
      2 ** 17,
    ])
  })

  it('is told to be the same in a few bytes, until somebody signs out', async () => {
    const [alice, bob] = [await signIn(), await signIn('bob')]
    const uri = (opened(alice.accessToken).payload['status'] as { status_list: { uri: string } }).status_list
      .uri
    const handler = statusListHandler(sojourn)
    const get = (tag?: string): Promise<Response> =>
      handler.fetch(new Request(uri, tag === undefined ? {} : { headers: { 'if-none-match': tag } }))
    const first = await get()
    const tag = first.headers.get('etag')!
    clock.pass('10s')
    const again = await get(`"x", W/${tag}`)
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
    await sojourn.revoke(bob.id)
    const after = await get(tag)
    expect([after.status, after.headers.get('etag') === tag]).toEqual([200, false])
  })

  it('is made once for as many as ask for it at once', async () => {
    const calls: string[] = []
    const own = open({ store: countedStore(store, calls) })
    const { session } = await own.create({ subject: 'alice' })
    calls.length = 0
    const served = await Promise.all(Array.from({ length: 50 }, () => own.statusList(session.status!.list)))
    expect(calls.filter((call) => call === 'list')).toHaveLength(1)
    expect(new Set(served.map((list) => list?.token)).size).toBe(1)
    own.close()
  })

  it('knows of sign-outs on other nodes within a second', async () => {
    const { id, accessToken } = await signIn()
    const there = await verifier()
    await there.verify(accessToken)
    const elsewhere = open()
    await elsewhere.revoke(id)
    elsewhere.close()
    clock.pass('60s')
    await expect(there.verify(accessToken)).rejects.toMatchObject(refused)
  })

  it('forgets a sign-out once no access token of it can be good', async () => {
    const alice = await signIn()
    await signIn('bob')
    await sojourn.revoke(alice.id)
    const count = async (): Promise<number> =>
      (await store.scan(undefined, 100)).items.filter(({ state }) => state.includes('"t":"status","i"'))
        .length
    expect(await count()).toBe(1)
    clock.pass('12m')
    await sojourn.sweep()
    expect(await count()).toBe(0)
  })

  it('is not there by another name, or for another method', async () => {
    const handler = statusListHandler(sojourn)
    const told = await Promise.all(
      ['unknown', 'AAAAAAAAAAAAAAAA', '..%2f', ''].map((name) =>
        handler.fetch(new Request(`${url}/${name}`)),
      ),
    )
    expect(told.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    const posted = await handler.fetch(new Request(`${url}/x`, { method: 'POST' }))
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('keeps a session where the store cannot note that it is over: nothing is done by half', async () => {
    let isAway = false
    const failing: Store = {
      ...plainStore(store),
      insert: async (entry) =>
        isAway && entry.state.includes('"t":"status"')
          ? Promise.reject(new Error('gone'))
          : store.insert(entry),
    }
    const own = open({ store: failing })
    const { session } = await own.create({ subject: 'alice' })
    isAway = true
    await expect(own.revoke(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await own.find(session.id)).toBeDefined()
    isAway = false
    expect(await own.revoke(session.id)).toBe(true)
    own.close()
  })
})

describe('A109 a list that cannot be trusted lets nobody in', () => {
  let jwk: Jwk
  let uri: string
  let token: string
  let there: Verifier
  const seconds = (): number => Math.floor(clock() / 1000)

  beforeEach(async () => {
    jwk = generateJwk('ES256')
    uri = `${url}/list-1`
    const { payload } = opened((await signIn()).accessToken)
    const exp = seconds() + 3600
    const claims = { ...payload, exp, status: { status_list: { idx: 5, uri } } }
    token = jws(opened(`${signingKey(jwk).header}.e30.`).header, claims, signerOf(jwk))
    there = createVerifier({
      issuer,
      audience: issuer,
      jwks: { keys: [publicJwk(jwk)] },
      statusLists: url,
      clock,
    })
  })

  function publish(change: JwtClaims = {}, by: Jwk = jwk, typ = 'statuslist+jwt' as const): void {
    const claims = {
      sub: uri,
      iat: seconds(),
      exp: seconds() + 300,
      ttl: 60,
      status_list: encodeStatusList(64, []),
      ...change,
    }
    const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
    const made = signForOthers(signingKey(by), typ, given)
    serve = () => new Response(made)
  }

  it('and one that can be lets in who is valid, and nobody else: invalid and suspended alike', async () => {
    publish()
    expect(await there.verify(token)).toMatchObject({ subject: 'alice', status: { uri, index: 5 } })
    for (const [bits, byte] of [
      [1, 0b0010_0000],
      [2, 0b0000_0100],
      [2, 0b0000_1000],
    ] as const) {
      const { deflateSync } = await import('node:zlib')
      const lst = deflateSync(Buffer.from(bits === 1 ? [byte, 0] : [0, byte])).toString('base64url')
      publish({ status_list: { bits, lst } })
      clock.pass('60s')
      publish({ status_list: { bits, lst } })
      await expect(there.verify(token)).rejects.toMatchObject(refused)
    }
  })

  it('an index beyond its end', async () => {
    publish({ status_list: encodeStatusList(0, []) })
    await expect(there.verify(token)).rejects.toMatchObject(refused)
  })

  it.each<readonly [string, () => void]>([
    ['that is another one by its sub', () => publish({ sub: `${uri}0` })],
    ['without a sub', () => publish({ sub: undefined })],
    ['that has expired', () => publish({ iat: seconds() - 600, exp: seconds() })],
    ['without an exp, of long ago', () => publish({ iat: seconds() - 7200, exp: undefined })],
    ['of the future', () => publish({ iat: seconds() + 600 })],
    ['without an iat', () => publish({ iat: undefined })],
    ['signed by somebody else', () => publish({}, { ...generateJwk('ES256'), kid: jwk['kid'] })],
    ['of another type', () => publish({}, jwk, 'logout+jwt' as 'statuslist+jwt')],
    ['that is a bomb', () => publish({ status_list: encodeStatusList(2 ** 29, []) })],
    ['without a list', () => publish({ status_list: undefined })],
    ['that is no JWT', () => (serve = () => new Response('[]'))],
    ['that is endless', () => (serve = () => new Response('x'.repeat(4_000_000)))],
    ['that is not there', () => (serve = () => new Response('', { status: 404 }))],
    ['that redirects', () => (serve = () => new Response('', { status: 302, headers: { location: uri } }))],
  ])('%s', async (_, spoil) => {
    spoil()
    await expect(there.verify(token)).rejects.toMatchObject(unavailable)
    // However many tokens name it, it is asked for again after a pause only.
    await expect(there.verify(token)).rejects.toMatchObject({ ...unavailable, retryAfter: 10 })
    expect(asked).toHaveLength(1)
    publish()
    clock.pass('10s')
    publish()
    expect(await there.verify(token)).toHaveProperty('subject', 'alice')
  })

  it('one that is not fetched again goes on for as long as it is good, and not a second longer', async () => {
    publish()
    await there.verify(token)
    serve = () => new Response('', { status: 500 })
    clock.pass('299s')
    expect(await there.verify(token)).toHaveProperty('subject', 'alice')
    clock.pass('1s')
    await expect(there.verify(token)).rejects.toMatchObject(unavailable)
  })

  it('is looked for where the issuer has its lists, and nowhere else', async () => {
    const { payload } = opened(token)
    for (const other of [
      'http://169.254.169.254/latest',
      `${url}/../secret`,
      `${url}x/list-1`,
      `${uri}?a=b`,
      url,
    ]) {
      const claims = { ...payload, status: { status_list: { idx: 5, uri: other } } }
      const strange = jws(opened(token).header, claims, signerOf(jwk))
      await expect(there.verify(strange)).rejects.toMatchObject(refused)
    }
    expect(asked).toEqual([])
  })

  it.each([
    { status_list: {} },
    { status_list: { idx: -1, uri: 'x' } },
    { status_list: { idx: '5', uri: 'x' } },
    5,
    null,
  ])('a status that is none spoils the token: %j', async (status) => {
    const strange = jws(opened(token).header, { ...opened(token).payload, status }, signerOf(jwk))
    await expect(there.verify(strange)).rejects.toMatchObject(refused)
  })
})

describe('options that cannot be used', () => {
  it.each([
    [{ algorithm: 'HS256' as const }, 'HS256|others can verify'],
    [{ statusList: { ttl: '5s' as const } }, 'statusList.ttl'],
    [{ statusList: { ttl: '2h' as const } }, 'statusList.ttl'],
    [{ statusList: { url: 'http://lists.example' } }, 'statusList.url'],
    [{ statusList: { ttl: '1m' as const, tll: '1m' } }, 'statusList.tll'],
  ])('%j', (wrong, said) => {
    expect(() => open(wrong)).toThrow(new RegExp(said))
  })

  it('a verifier asks nobody over plain HTTP', () => {
    const jwks = { keys: [publicJwk(generateJwk('ES256'))] }
    expect(() =>
      createVerifier({ issuer, audience: 'a', jwks, statusLists: 'http://lists.example' }),
    ).toThrow('statusLists')
  })
})
