// Sessions of browsers that are bound to their devices, as a browser has them that follows the specification, and as
// somebody has them who has copied its cookies.

import { describe, expect, it } from 'vitest'

import { generateJwk, type Jwk } from '../../src/core/algorithms.ts'
import { isInnerList, parseItem, parseList } from '../../src/http/structured-fields.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import type { Ask, Told } from '../../src/testing/jar.ts'
import {
  bare,
  deviceProof,
  quoted,
  userAgent,
  type ProofParts,
  type UserAgent,
} from '../support/dbsc-user-agent.ts'
import { hs256, jws } from '../support/forge.ts'
import { names, onScene, type Scene, type SceneOptions } from './support/serve.ts'
import { testSojourn } from './support/sojourn.ts'

const register = '/session/dbsc/register'
const refresh = '/session/dbsc/refresh'

interface Bound {
  readonly scene: Scene
  readonly agent: UserAgent
  readonly id: string
  readonly key: Jwk
}

const login = (subject: string, more: object = {}): string =>
  `/login?${encodeURIComponent(JSON.stringify({ subject, ...more }))}`

const onDbsc = (
  play: (scene: Scene) => Promise<void>,
  { http = {}, ...options }: SceneOptions = {},
): Promise<void> => onScene({ ...options, http: { dbsc: {}, ...http } }, play)

/** A browser that has signed in and registered a key. */
async function signIn(scene: Scene, more: object = {}): Promise<Bound> {
  const agent = userAgent(scene.browser(), scene.clock)
  await agent.ask('POST', login('alice', more))
  const session = [...agent.sessions.values()].at(-1)
  if (!session) throw new Error(JSON.stringify(agent.sent))
  await agent.client.useCsrfToken()
  return { scene, agent, id: session.id, key: session.key }
}

const onBound = (play: (bound: Bound) => Promise<void>, options: SceneOptions = {}): Promise<void> =>
  onDbsc(async (scene) => play(await signIn(scene)), options)

const whoIs = async (agent: Pick<UserAgent, 'ask'>): Promise<unknown> =>
  (await agent.ask('GET', '/page')).json()
const alice = { subject: 'alice', refusal: null }
const field = (told: Told, name: string): string => String(told.headers[name])

/** Somebody signs in with a browser that does nothing about the offer; the test does. */
async function offered(scene: Scene): Promise<{ agent: UserAgent; challenge: string }> {
  const agent = userAgent(scene.browser(), scene.clock)
  agent.registers = false
  await agent.ask('POST', login('alice'))
  return { agent, challenge: agent.offers[0]! }
}

const send = (
  agent: UserAgent,
  path: string,
  proof: string | undefined,
  headers: Ask['headers'] = {},
): Promise<Told> =>
  agent.client.ask('POST', path, {
    headers: { ...(proof === undefined ? {} : { 'secure-session-response': quoted(proof) }), ...headers },
  })

describe('a browser that signs in', () => {
  it('R181 is offered a registration: algorithms as tokens, path and challenge as strings, and nothing else', () =>
    onDbsc(async (scene) => {
      const told = await scene.browser().ask('POST', login('alice'))
      const list = parseList([field(told, 'secure-session-registration')]) ?? []
      expect(list).toHaveLength(1)
      const [offer] = list
      if (!offer || !isInnerList(offer)) throw new Error('no inner list')
      expect(offer.value.map(({ value }) => value)).toEqual([
        { kind: 'token', value: 'ES256' },
        { kind: 'token', value: 'RS256' },
      ])
      expect(Object.fromEntries(offer.parameters)).toEqual({
        path: register,
        challenge: expect.stringMatching(/^[\w-]{51}$/),
      })
    }))

  it('R181 is offered none for a bearer session, over plain HTTP, after a refresh, or where DBSC is off', () =>
    onDbsc(async (scene) => {
      const offer = 'secure-session-registration'
      const bearer = await scene.browser().ask('POST', login('alice', { profile: 'bearer' }))
      const plain = await scene
        .browser({ host: 'localhost:3000', isSecure: false })
        .ask('POST', login('alice'))
      expect([bearer.headers[offer], plain.headers[offer]]).toEqual([undefined, undefined])
      const client = await scene.signedIn()
      scene.clock.pass('6m')
      const told = await client.ask('GET', '/page')
      expect(told.cookies).toHaveLength(2)
      expect(told.headers[offer]).toBeUndefined()
      await onScene({}, async (off) => {
        const without = await off.browser().ask('POST', login('alice'))
        expect(without.headers[offer]).toBeUndefined()
        expect((await off.browser().ask('POST', register)).status).toBe(404)
      })
    }))

  it('R182 R184 registers, and is told the session and the cookie that it stands on, as it is set', () =>
    onDbsc(async (scene) => {
      const { agent, challenge } = await offered(scene)
      const key = generateJwk('ES256')
      const claims = { aud: `https://app.example${register}`, iat: 1, unknown: { a: 1 } }
      const told = await send(
        agent,
        register,
        deviceProof(key, challenge, { header: { jwk: bare(key) }, claims }),
      )
      expect([told.status, told.headers['content-type']]).toEqual([200, 'application/json'])
      const said = told.json()
      expect(said).toEqual({
        session_identifier: expect.stringMatching(/^[\w-]{32}$/),
        refresh_url: refresh,
        scope: { include_site: false, scope_specification: [] },
        credentials: [{ type: 'cookie', name: names.access, attributes: expect.any(String) }],
      })
      const [credential] = said['credentials'] as { name: string; attributes: string }[]
      const line = told.cookies.find((cookie) => cookie.startsWith(`${names.access}=`)) ?? ''
      expect(line.replace(/^[^;]*; /, '')).toBe(`${credential!.attributes}; Max-Age=300`)
      expect(credential!.attributes).toBe('Path=/; HttpOnly; Secure; SameSite=Lax')
      expect(told.headers['cache-control']).toBe('no-store')
      expect(scene.told('session.bound')).toMatchObject([{ algorithm: 'ES256', subject: 'alice' }])
    }))

  it('R184 is told which paths need no session, and of what site it is, with the well-known document (R192)', () =>
    onDbsc(
      async (scene) => {
        const { agent, challenge } = await offered(scene)
        const key = generateJwk('ES256')
        const told = await send(agent, register, deviceProof(key, challenge, { header: { jwk: bare(key) } }))
        expect(told.json()).toMatchObject({
          scope: {
            origin: 'https://example.com',
            include_site: true,
            scope_specification: [{ type: 'exclude', domain: '*', path: '/assets' }],
          },
          credentials: [{ attributes: 'Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax' }],
        })
        const known = await scene.browser().ask('GET', '/.well-known/device-bound-sessions')
        expect([known.status, known.json()]).toEqual([
          200,
          { registering_origins: ['https://app.example.com'] },
        ])
      },
      {
        http: {
          cookies: { prefix: 'secure', domain: 'example.com' },
          dbsc: { site: ['https://app.example.com'], exclude: ['/assets'] },
        },
      },
    ))

  it('R192 finds no well-known document where sessions are of one origin', () =>
    onDbsc(async (scene) => {
      const told = await scene.browser().ask('GET', '/.well-known/device-bound-sessions')
      expect(told.json()).toEqual({ subject: null, refusal: null })
    }))
})

describe('a registration', () => {
  const own = generateJwk('ES256')
  const rsa = generateJwk('RS256')
  it.each([
    ['alg none', { header: { alg: 'none', jwk: bare(own) } }],
    ['HS256', { header: { alg: 'HS256', jwk: bare(own) } }],
    ['ES384', { header: { alg: 'ES384', jwk: bare(own) } }],
    ['another typ', { header: { typ: 'JWT', jwk: bare(own) } }],
    ['the typ of DPoP', { header: { typ: 'dpop+jwt', jwk: bare(own) } }],
    ['no key', {}],
    ['a private key', { header: { jwk: { ...bare(own), d: own['d'] } } }],
    ['a key of another kind', { header: { jwk: { kty: 'RSA', n: rsa['n'], e: rsa['e'] } } }],
    ['somebody else’s key', { header: { jwk: bare(generateJwk('ES256')) } }],
    ['crit', { header: { jwk: bare(own), crit: ['b64'], b64: true } }],
    ['another challenge', { header: { jwk: bare(own) }, claims: { jti: 'guess' } }],
    ['no challenge', { header: { jwk: bare(own) }, claims: { jti: undefined } }],
    ['an authorization that nobody gave', { header: { jwk: bare(own) }, claims: { authorization: 'x' } }],
  ] as [string, ProofParts][])('R182 A110 is refused with %s, and no key is kept', (_, parts) =>
    onDbsc(async (scene) => {
      const { agent, challenge } = await offered(scene)
      const told = await send(agent, register, deviceProof(own, challenge, parts))
      expect([told.status, told.json()['code']]).toEqual([400, 'device_proof_invalid'])
      const [session] = await scene.sojourn.list('alice')
      expect([session?.jkt, session?.deviceKey]).toEqual([undefined, undefined])
      scene.clock.pass('6m')
      expect(await whoIs(agent)).toEqual(alice)
    }),
  )

  it('R182 A110 is refused with a mac by the public key, with no proof, two, or one that is no string', () =>
    onDbsc(async (scene) => {
      const { agent, challenge } = await offered(scene)
      const header = { typ: 'dbsc+jwt', alg: 'ES256', jwk: bare(own) }
      const mac = jws(header, { jti: challenge }, hs256(JSON.stringify(bare(own))))
      const good = deviceProof(own, challenge, { header: { jwk: bare(own) } })
      const fields = [
        quoted(mac),
        undefined,
        [quoted(good), quoted(good)],
        good,
        `:${btoa(good)}:`,
        `(${quoted(good)})`,
      ]
      for (const value of fields) {
        const told = await send(agent, register, undefined, { 'secure-session-response': value })
        expect([told.status, told.json()['code']]).toEqual([400, 'device_proof_invalid'])
      }
      expect((await send(agent, register, good)).status).toBe(200)
    }))

  it('takes RS256 where it is offered, and not where it is not', () =>
    onDbsc(
      async (scene) => {
        const { agent, challenge } = await offered(scene)
        const header = { alg: 'RS256', jwk: { kty: 'RSA', n: rsa['n'], e: rsa['e'] } }
        const told = await send(agent, register, deviceProof(rsa, challenge, { header }))
        expect([told.status, told.json()['code']]).toEqual([400, 'device_proof_invalid'])
      },
      { http: { dbsc: { algorithms: ['ES256'] } } },
    ))

  it('R183 A110 needs a challenge of its own session, that is not old', () =>
    onDbsc(async (scene) => {
      const [one, two] = [await offered(scene), await offered(scene)]
      const proof = (challenge: string): string => deviceProof(own, challenge, { header: { jwk: bare(own) } })
      expect((await send(one.agent, register, proof(two.challenge))).status).toBe(400)
      // One for a refresh is none for a registration.
      const [session] = await scene.sojourn.list('alice')
      const other = scene.sojourn.dbsc.challenge({ purpose: 'refresh', sessionId: session!.id })
      for (const { agent } of [one, two]) expect((await send(agent, register, proof(other))).status).toBe(400)
      scene.clock.pass('5m')
      expect((await send(one.agent, register, proof(one.challenge))).status).toBe(400)
      expect((await scene.sojourn.list('alice')).map(({ jkt }) => jkt)).toEqual([undefined, undefined])
    }))

  it('R183 of many at once with one challenge, one is taken, and a second one later is not', () =>
    onDbsc(async (scene) => {
      const { agent, challenge } = await offered(scene)
      const session = agent.client.cookies.get(names.session) ?? ''
      // Five nodes that share the store.
      const nodes = Array.from(
        { length: 5 },
        () => testSojourn({ store: scene.store, clock: scene.clock }).sojourn,
      )
      const bind = async (node: (typeof nodes)[number]): Promise<string> => {
        const key = generateJwk('ES256')
        const proof = deviceProof(key, challenge, { header: { jwk: bare(key) } })
        return node.dbsc.bind(session, proof, ['ES256']).then(
          () => 'bound',
          (error: unknown) => String((error as { code: unknown }).code),
        )
      }
      const outcomes = await Promise.all(nodes.map(bind))
      expect(outcomes.toSorted()).toEqual(['bound', ...Array<string>(4).fill('device_proof_invalid')])
      expect(await bind(nodes[0]!)).toBe('device_proof_invalid')
      const [kept] = await scene.sojourn.list('alice')
      const again = scene.sojourn.dbsc.challenge({ purpose: 'registration', sessionId: kept!.id })
      const proof = deviceProof(own, again, { header: { jwk: bare(own) } })
      expect((await send(agent, register, proof)).json()['code']).toBe('device_proof_invalid')
      expect((await scene.sojourn.list('alice'))[0]?.jkt).toBe(kept!.jkt)
    }))

  it('is undone where its answer was lost: nobody is signed out by that', () =>
    onDbsc(async (scene) => {
      const { agent, challenge } = await offered(scene)
      const before = new Map(agent.client.cookies)
      const proof = deviceProof(own, challenge, { header: { jwk: bare(own) } })
      expect((await send(agent, register, proof)).status).toBe(200)
      agent.client.cookies.clear()
      for (const [name, value] of before) agent.client.cookies.set(name, value)
      scene.clock.pass('10m')
      expect(await whoIs(agent)).toEqual(alice)
      expect((await scene.sojourn.list('alice'))[0]).not.toHaveProperty('deviceKey')
    }))
})

describe('a bound session', () => {
  it('R185 R186 goes on for hours, with a proof for each new cookie, and its person notices nothing', () =>
    onBound(async ({ scene, agent }) => {
      for (let round = 0; round < 40; round++) {
        scene.clock.pass('6m')
        expect(await whoIs(agent)).toEqual(alice)
      }
      const own = agent.sent.filter(({ path }) => path === refresh)
      expect(own).toHaveLength(40)
      expect(own.every(({ status }) => status === 200)).toBe(true)
      expect(scene.told('proof.rejected')).toEqual([])
      // After a pause the challenge that the browser has is too old: it is given another one, once.
      scene.clock.pass('30m')
      expect(await whoIs(agent)).toEqual(alice)
      expect(agent.sent.slice(-2).map(({ status }) => status)).toEqual([403, 200])
    }))

  it('R185 is answered 403 with a challenge where there is no proof, and never 401', () =>
    onBound(async ({ agent, id }) => {
      const told = await send(agent, refresh, undefined, { 'sec-secure-session-id': quoted(id) })
      expect([told.status, told.json()['code'], told.headers['www-authenticate']]).toEqual([
        403,
        'device_challenge_required',
        undefined,
      ])
      const challenge = parseItem([field(told, 'secure-session-challenge')])
      expect(challenge?.value).toMatch(/^[\w-]{51}$/)
      expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual({ id })
      expect(told.cookies).toEqual([])
    }))

  it('A54 A110 R189 P57 is of no use to somebody who has copied all of its cookies, once the short one is over', () =>
    onBound(async ({ scene, agent, id }) => {
      const thief = agent.client.copy()
      expect(await whoIs(thief)).toEqual(alice)
      scene.clock.pass('5m')
      expect(await whoIs(thief)).toEqual({ subject: null, refusal: 'session_bound' })
      const told = await thief.ask('GET', '/session')
      expect([told.status, told.json()['code']]).toEqual([401, 'session_bound'])
      // Without the access cookie, too, and by the route that refreshes for other browsers.
      thief.cookies.delete(names.access)
      expect(await whoIs(thief)).toEqual({ subject: null, refusal: 'session_bound' })
      const headers = { 'x-csrf-token': scene.sojourn.csrf.issue(id) }
      const refused = await thief.ask('POST', '/session/refresh', { headers })
      expect([refused.status, refused.json()['code']]).toEqual([401, 'session_bound'])
      // The owner goes on, and the thief has ended nothing.
      expect(await whoIs(agent)).toEqual(alice)
      scene.clock.pass('5m')
      expect(await whoIs(thief)).toEqual({ subject: null, refusal: 'session_bound' })
      expect(await whoIs(agent)).toEqual(alice)
      expect(scene.told('session.ended')).toEqual([])
      thief.close()
    }))

  it('R189 asks its short cookie to go with its token, and the long one not', () =>
    onDbsc(async (scene) => {
      const { agent } = await signIn(scene, { remember: true })
      scene.clock.pass('6m')
      const client = agent.client.copy()
      await agent.refresh([...agent.sessions.keys()][0]!)
      expect(agent.client.cookies.get(names.access)).not.toBe(client.cookies.get(names.access))
      scene.clock.pass('299s')
      await whoIs(agent)
      expect(agent.client.cookies.has(names.access)).toBe(true)
      agent.refreshes = false
      scene.clock.pass('1s')
      expect(await whoIs(agent)).toEqual({ subject: null, refusal: 'session_bound' })
      expect(agent.client.cookies.has(names.access)).toBe(false)
      expect(agent.client.cookies.has(names.session)).toBe(true)
      client.close()
    }))

  it('answers a script that refreshes with nothing to do, while the short cookie is good', () =>
    onBound(async ({ scene, agent }) => {
      const told = await agent.ask('POST', '/session/refresh')
      expect([told.status, told.cookies]).toEqual([204, []])
      scene.clock.pass('6m')
      expect((await agent.ask('POST', '/session/refresh')).status).toBe(204)
    }))

  it('R186 A72 A110 is not refreshed by another key, by one that comes with the proof, or by a proof that was used', () =>
    onBound(async ({ scene, agent, id, key }) => {
      const named = { 'sec-secure-session-id': quoted(id) }
      const challenge = (): string => scene.sojourn.dbsc.challenge({ purpose: 'refresh', sessionId: id })
      const thief = generateJwk('ES256')
      for (const proof of [
        deviceProof(thief, challenge()),
        deviceProof(thief, challenge(), { header: { jwk: bare(thief) } }),
        deviceProof(key, challenge(), { header: { jwk: bare(key) } }),
        deviceProof(key, challenge(), { header: { alg: 'none' } }),
        deviceProof(key, challenge(), { header: { alg: 'RS256' } }),
        deviceProof(key, challenge(), { header: { typ: 'JWT' } }),
        'nonsense',
      ]) {
        const told = await send(agent, refresh, proof, named)
        expect([told.status, told.json()['code'], told.cookies]).toEqual([400, 'device_proof_invalid', []])
      }
      const proof = deviceProof(key, challenge())
      const before = new Map(agent.client.cookies)
      expect((await send(agent, refresh, proof, named)).status).toBe(200)
      for (const [name, value] of before) agent.client.cookies.set(name, value)
      const replayed = await send(agent, refresh, proof, named)
      expect([replayed.status, replayed.cookies]).toEqual([403, []])
      const foreign = scene.sojourn.dbsc.challenge({ purpose: 'refresh', sessionId: 'x'.repeat(32) })
      const forRegistration = scene.sojourn.dbsc.challenge({ purpose: 'registration', sessionId: id })
      for (const other of [foreign, forRegistration, '', 'guess'])
        expect((await send(agent, refresh, deviceProof(key, other), named)).status).toBe(403)
    }))

  it('R186 takes a proof with an earlier challenge, while a later one is on its way', () =>
    onBound(async ({ agent, id, key }) => {
      const named = { 'sec-secure-session-id': quoted(id) }
      const ask = async (): Promise<string> => {
        const told = await send(agent, refresh, undefined, named)
        const challenge = parseItem([field(told, 'secure-session-challenge')])?.value
        return typeof challenge === 'string' ? challenge : ''
      }
      const [first, second] = [await ask(), await ask()]
      for (const challenge of [first, second])
        expect((await send(agent, refresh, deviceProof(key, challenge), named)).status).toBe(200)
    }))

  it('R187 asks for a proof at most twice in an attempt, whatever state the browser is in', () =>
    onBound(async ({ scene, agent, id }) => {
      for (const state of [
        undefined,
        'stale',
        scene.sojourn.dbsc.challenge({ purpose: 'refresh', sessionId: id }),
      ]) {
        const session = agent.sessions.get(id)
        if (!session) throw new Error('the browser has given it up')
        session.challenge = state
        const count = agent.sent.length
        await agent.refresh(id)
        const attempt = agent.sent.slice(count).map(({ status }) => status)
        expect(attempt.at(-1)).toBe(200)
        expect(attempt.filter((status) => status === 403).length).toBeLessThanOrEqual(2)
      }
    }))

  it('R187 is 503 while the store is down, and the browser keeps it', () =>
    onBound(async ({ scene, agent, id }) => {
      const { find } = scene.store
      Object.assign(scene.store, { find: () => Promise.reject(new Error('gone')) })
      await agent.refresh(id)
      Object.assign(scene.store, { find })
      expect(agent.sent.at(-1)?.status).toBe(503)
      expect(agent.sessions.has(id)).toBe(true)
      scene.clock.pass('6m')
      expect(await whoIs(agent)).toEqual(alice)
    }))

  it.each([
    [
      'by its person, here',
      async ({ agent }: Bound) => void (await agent.ask('POST', '/session/logout', { json: {} })),
    ],
    ['by an administrator', async ({ scene, id }: Bound) => void (await scene.sojourn.revoke(id))],
  ])('R187 R188 that was ended %s is given up by the browser at its next refresh', (_, end) =>
    onBound(async (bound) => {
      const { agent, id } = bound
      const cookies = new Map(agent.client.cookies)
      await end(bound)
      // Also where the browser has kept the cookies.
      for (const [name, value] of cookies) agent.client.cookies.set(name, value)
      await agent.refresh(id)
      expect(JSON.parse(agent.sent.at(-1)!.body)).toEqual({ session_identifier: id, continue: false })
      expect(agent.sessions.size).toBe(0)
    }),
  )

  it('R188 asks the browser at sign-out to clear its storage, to which bound sessions belong, and ends without cookies', () =>
    onBound(async ({ agent, id }) => {
      const told = await agent.ask('POST', '/session/logout', { json: {} })
      expect(told.headers['clear-site-data']).toContain('"storage"')
      await agent.refresh(id)
      expect(agent.sent.at(-1)?.status).toBe(400)
      expect(agent.sessions.size).toBe(0)
    }))

  it('R190 is refreshed for the browser only: with its own header, and nothing for pages of other origins', () =>
    onBound(async ({ scene, agent, id, key }) => {
      const proof = (): string =>
        deviceProof(key, scene.sojourn.dbsc.challenge({ purpose: 'refresh', sessionId: id }))
      for (const value of [undefined, quoted('x'.repeat(32)), id, [quoted(id), quoted(id)]]) {
        const told = await send(agent, refresh, proof(), { 'sec-secure-session-id': value })
        expect([told.status, told.json()['code']]).toEqual([400, 'device_proof_invalid'])
      }
      const cross = {
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
        'sec-secure-session-id': quoted(id),
      }
      for (const told of [
        await send(agent, refresh, proof(), cross),
        await send(agent, refresh, undefined, cross),
      ]) {
        expect(told.headers['access-control-allow-origin']).toBeUndefined()
        expect(told.headers['access-control-allow-credentials']).toBeUndefined()
        expect(told.headers['cross-origin-resource-policy']).toBe('same-origin')
        expect(told.headers['x-frame-options']).toBe('DENY')
      }
    }))

  it('R190 is refreshed so often and no more', () =>
    onBound(
      async ({ agent, id }) => {
        const statuses: number[] = []
        for (let count = 0; count < 8; count++)
          statuses.push(
            (await send(agent, refresh, undefined, { 'sec-secure-session-id': quoted(id) })).status,
          )
        expect(statuses.at(-1)).toBe(429)
        expect(agent.sessions.has(id)).toBe(true)
      },
      { http: { rateLimit: { requests: 6, per: '1m' } } },
    ))

  it('R191 is no less bound where the browser says that it skipped the refresh; you hear of it', () =>
    onBound(async ({ scene, agent, id }) => {
      agent.refreshes = false
      scene.clock.pass('6m')
      const skipped = `unreachable;session_identifier="${id}", quota_exceeded, made_up, "server_error"`
      const told = await agent.ask('GET', '/page', { headers: { 'secure-session-skipped': skipped } })
      expect(told.json()).toEqual({ subject: null, refusal: 'session_bound' })
      expect(scene.told('binding.skipped')).toMatchObject([
        { sessionId: id, reason: 'unreachable' },
        { reason: 'quota_exceeded' },
      ])
      await agent.ask('GET', '/page', { headers: { 'secure-session-skipped': 'not, a; list,,' } })
      expect(scene.told('binding.skipped')).toHaveLength(2)
    }))

  it('ends for the browser where another person has signed in there, and the new one goes on', () =>
    onBound(async ({ scene, agent, id }) => {
      await agent.ask('POST', login('bob'))
      expect(agent.sessions.size).toBe(2)
      scene.clock.pass('6m')
      expect(await whoIs(agent)).toEqual({ subject: 'bob', refusal: null })
      expect([...agent.sessions.keys()]).not.toContain(id)
    }))

  it('keeps its key through a step-up, which hands out a short cookie as well', () =>
    onBound(async ({ scene, agent, id, key }) => {
      const raised = await scene.sojourn.stepUp(agent.client.cookies.get(names.session) ?? '', {
        amr: ['otp'],
      })
      expect(raised.session.deviceKey?.jwk).toEqual(bare(key))
      // Right after it the browser may still have the cookie from before: that ends nothing.
      await agent.refresh(id)
      expect(agent.sent.at(-1)).toEqual({ path: refresh, status: 200, body: '' })
      expect(agent.sessions.has(id)).toBe(true)
      agent.client.cookies.set(names.session, raised.sessionToken)
      scene.clock.pass('6m')
      expect(await whoIs(agent)).toEqual(alice)
    }))
})

describe('R193 the names of headers', () => {
  it('are the ones of today, and those of the first trial only where that is asked for', async () => {
    const own = generateJwk('ES256')
    for (const legacyNames of [false, true])
      await onDbsc(
        async (scene) => {
          const { agent, challenge } = await offered(scene)
          const proof = deviceProof(own, challenge, { header: { jwk: bare(own) } })
          const told = await send(agent, register, undefined, { 'sec-session-response': quoted(proof) })
          expect(told.status).toBe(legacyNames ? 200 : 400)
          const names = Object.keys(told.headers).filter((name) => name.includes('session'))
          expect(names).toEqual(legacyNames ? ['secure-session-challenge'] : [])
          if (!legacyNames) return
          const id = String(told.json()['session_identifier'])
          const asked = await send(agent, refresh, undefined, { 'sec-session-id': quoted(id) })
          expect(asked.status).toBe(403)
        },
        { http: { dbsc: { legacyNames } } },
      )
  })
})

describe('the options of DBSC', () => {
  it.each([
    [{ dbsc: { algorithms: [] } }],
    [{ dbsc: { algorithms: ['HS256'] } }],
    [{ dbsc: { exclude: ['assets'] } }],
    [{ dbsc: { site: ['https://app.example'] } }],
    [{ dbsc: { site: ['app.example'] }, cookies: { prefix: 'secure', domain: 'app.example' } }],
    [{ dbsc: { sites: [] } }],
    [{ dbsc: {}, prefix: false }],
    [{ dbsc: {}, cookies: { sameSite: 'none', partitioned: true } }],
  ] as unknown as [HttpOptions][])('%j are refused at the start', async (http) => {
    await expect(onScene({ http }, async () => {})).rejects.toThrow(/dbsc/)
  })
})
