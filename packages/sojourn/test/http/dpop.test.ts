// Sessions that are bound to a key, over HTTP: what an app does that has the key, and what somebody does who has copied
// everything but the key.

import { describe, expect, it } from 'vitest'

import type { SojournOptions } from '../../src/core/options.ts'
import type { Facts } from '../../src/core/schema.ts'
import type { NodeListener } from '../../src/node.ts'
import type { Ask, TestClient, Told } from '../../src/testing/jar.ts'
import { opened } from '../support/forge.ts'
import { proofKey, type ProofKey, type ProofParts } from '../support/dpop.ts'
import { onScene, type Scene } from './support/serve.ts'
import { testSojourn } from './support/sojourn.ts'
import { codeOf } from './support/view.ts'

// What an app is told at sign-in, and by a page of its own.
const listener: NodeListener<Facts, Facts> = async (request, response, exchange) => {
  if (request.method === 'POST' && request.url === '/sign-in') {
    const issued = await exchange.signIn({ subject: 'alice', profile: 'bearer' })
    const { accessToken, sessionToken, tokenType } = issued
    return void response.end(JSON.stringify({ accessToken, sessionToken, tokenType }))
  }
  const { session, refusal = null } = exchange
  response.end(JSON.stringify({ subject: session?.subject ?? null, refusal }))
}

interface App {
  readonly key: ProofKey
  readonly client: TestClient
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: string
}

type Dpop = NonNullable<SojournOptions<Facts, Facts>['dpop']>

const onBound = (play: (scene: Scene) => Promise<void>, dpop: Dpop = { nonce: false }): Promise<void> =>
  onScene({ sojourn: { dpop }, listener }, play)

const at = (path: string): string => `https://app.example${path}`
async function signIn(
  { browser, clock }: Scene,
  key = proofKey(),
  parts: Partial<ProofParts> = {},
): Promise<App> {
  const client = browser()
  const proof = key.prove({ method: 'POST', url: at('/sign-in'), now: clock(), ...parts })
  const told = await client.ask('POST', '/sign-in', { headers: { dpop: proof } })
  if (told.status !== 200) throw new Error(told.text)
  const { accessToken, sessionToken, tokenType } = told.json() as Record<string, string>
  return { key, client, accessToken: accessToken!, refreshToken: sessionToken!, tokenType: tokenType! }
}

/** Asks for one's own session with a proof for exactly that, or one that differs in `parts`. */
function ask(
  { client, key, accessToken }: App,
  { clock }: Scene,
  parts: Partial<ProofParts> = {},
  more: Ask = {},
): Promise<Told> {
  const dpop = key.prove({ url: at('/session'), now: clock(), accessToken, ...parts })
  return client.ask('GET', '/session', {
    ...more,
    headers: { authorization: `DPoP ${accessToken}`, dpop, ...more.headers },
  })
}

function refresh(
  { client, key, refreshToken }: App,
  { clock }: Scene,
  parts: Partial<ProofParts> = {},
): Promise<Told> {
  const dpop = key.prove({ method: 'POST', url: at('/session/refresh'), now: clock(), ...parts })
  return client.ask('POST', '/session/refresh', { json: { refreshToken }, headers: { dpop } })
}

const codeIn = (told: Told): unknown => told.json()['code']

describe('a session that was bound at sign-in', () => {
  it('R178 R180 is used and refreshed with proofs by its key, and its tokens say so', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      expect(app.tokenType).toBe('DPoP')
      expect(opened(app.accessToken).payload['cnf']).toEqual({ jkt: app.key.jkt })
      expect((await ask(app, scene)).status).toBe(200)
      const told = await refresh(app, scene)
      expect(told.status).toBe(200)
      expect(told.json()).toMatchObject({ tokenType: 'DPoP' })
      const next = { ...app, accessToken: String(told.json()['accessToken']) }
      expect(opened(next.accessToken).payload['cnf']).toEqual({ jkt: app.key.jkt })
      expect((await ask(next, scene)).status).toBe(200)
      expect(scene.told('proof.rejected')).toEqual([])
    }))

  it('R180 A72 is worth nothing as a bearer, with a proof beside it or without', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const authorization = `Bearer ${app.accessToken}`
      for (const headers of [{ dpop: undefined }, {}]) {
        const told = await ask(app, scene, {}, { headers: { authorization, ...headers } })
        expect([told.status, codeIn(told)]).toEqual([401, 'token_rejected'])
        expect(told.headers['www-authenticate']).toMatch(
          /^Bearer error="invalid_token", error_description="[^"]+", DPoP algs="ES256 EdDSA Ed25519 RS256 PS256"$/,
        )
      }
      expect(scene.told('proof.rejected').map(({ reason }) => reason)).toEqual(['missing', 'missing'])
      // A page that anybody may see is shown, as to a visitor.
      const page = await app.client.ask('GET', '/page', { headers: { authorization } })
      expect(page.json()).toEqual({ subject: null, refusal: 'token_rejected' })
    }))

  it('R180 A72 is neither signed out nor taken over by whoever has its tokens only', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const thief = { ...app, key: proofKey() }
      const told = await refresh(thief, scene)
      expect([told.status, codeIn(told)]).toEqual([401, 'session_bound'])
      const bare = await app.client.ask('POST', '/session/refresh', {
        json: { refreshToken: app.refreshToken },
      })
      expect([bare.status, codeIn(bare)]).toEqual([401, 'session_bound'])
      for (const scheme of ['Bearer', 'DPoP']) {
        const headers = { authorization: `${scheme} ${app.accessToken}` }
        expect((await app.client.ask('POST', '/session/logout', { headers })).status).toBe(401)
      }
      expect(scene.told('session.ended')).toEqual([])
      // Long after, when the thief's token is an old one: it does not count as a copy that ends the session.
      const next = await refresh(app, scene)
      const later = { ...app, refreshToken: String(next.json()['refreshToken']) }
      scene.clock.pass('5m')
      const last = { ...app, refreshToken: String((await refresh(later, scene)).json()['refreshToken']) }
      scene.clock.pass('5m')
      expect(codeIn(await refresh(thief, scene))).toBe('session_bound')
      expect((await refresh(last, scene)).status).toBe(200)
    }))

  it('signs itself out with a proof', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const { accessToken } = app
      const dpop = app.key.prove({
        method: 'POST',
        url: at('/session/logout'),
        now: scene.clock(),
        accessToken,
      })
      const headers = { authorization: `DPoP ${accessToken}`, dpop }
      expect((await app.client.ask('POST', '/session/logout', { headers })).status).toBe(204)
      expect(scene.told('session.ended')).toHaveLength(1)
    }))

  it('stays bound where DPoP is switched off later: nothing is loosened by that', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const off = testSojourn({ store: scene.store, clock: scene.clock })
      expect(await codeOf(() => off.sojourn.verify(app.accessToken))).toBe('token_rejected')
      expect(await codeOf(() => off.sojourn.refresh(app.refreshToken))).toBe('session_bound')
    }))
})

describe('a request with a proof that is no good', () => {
  it.each([
    ['R175 by another key', (now: number) => ({ header: { jwk: proofKey().jwk }, now })],
    ['R175 for something else than DPoP', (now: number) => ({ header: { typ: 'JWT' }, now })],
    ['R175 signed with HS256', (now: number) => ({ header: { alg: 'HS256' }, now })],
    ['R176 for another method', (now: number) => ({ method: 'POST', now })],
    ['R176 for another address', (now: number) => ({ url: at('/session/devices'), now })],
    ['R176 for another host', (now: number) => ({ url: 'https://other.example/session', now })],
    ['R176 for plain http', (now: number) => ({ url: 'http://app.example/session', now })],
    ['R177 from two minutes ago', (now: number) => ({ now: now - 120_000 })],
    ['R177 from a time that has not come', (now: number) => ({ now: now + 120_000 })],
    ['R178 for no token', (now: number) => ({ claims: { ath: undefined }, now })],
    ['R178 for another token', (now: number) => ({ accessToken: 'other', now })],
  ])('A72 is refused: %s', (_, parts) =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const told = await ask(app, scene, parts(scene.clock()))
      expect([told.status, codeIn(told)]).toEqual([401, 'dpop_proof_invalid'])
      expect(told.headers['www-authenticate']).toMatch(
        /^DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="ES256 /,
      )
      expect((await ask(app, scene)).status).toBe(200)
    }),
  )

  it('R175 A72 is refused with two DPoP headers, or two proofs in one, or none', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const one = (): string =>
        app.key.prove({ url: at('/session'), now: scene.clock(), accessToken: app.accessToken })
      for (const dpop of [[one(), one()], `${one()}, ${one()}`, undefined, ''])
        expect(codeIn(await ask(app, scene, {}, { headers: { dpop } }))).toBe('dpop_proof_invalid')
    }))

  it('R178 A72 is refused with another session’s key, though that is known here', () =>
    onBound(async (scene) => {
      const [one, two] = [await signIn(scene), await signIn(scene)]
      expect(codeIn(await ask({ ...one, key: two.key }, scene))).toBe('dpop_proof_invalid')
      expect(scene.told('proof.rejected').map(({ reason }) => reason)).toEqual(['other_key'])
    }))

  it('R177 A72 is refused the second time, on this node and on another, and after its time as well', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const dpop = app.key.prove({ url: at('/session'), now: scene.clock(), accessToken: app.accessToken })
      expect((await ask(app, scene, {}, { headers: { dpop } })).status).toBe(200)
      expect(codeIn(await ask(app, scene, {}, { headers: { dpop } }))).toBe('dpop_proof_invalid')
      const other = testSojourn({ store: scene.store, clock: scene.clock, dpop: { nonce: false } })
      const request = { proofs: [dpop], method: 'GET', targets: [at('/session')] }
      expect(await codeOf(() => other.sojourn.verify(app.accessToken, request))).toBe('dpop_proof_invalid')
      expect(other.told('proof.rejected')).toMatchObject([{ reason: 'replayed' }])
      scene.clock.pass('61s')
      expect(codeIn(await ask(app, scene, {}, { headers: { dpop } }))).toBe('dpop_proof_invalid')
    }))

  it('A72 is no use with a token that is bound to nothing, nor is its scheme', () =>
    onBound(async (scene) => {
      const client = scene.browser()
      const { accessToken } = (await client.ask('POST', '/sign-in')).json() as { accessToken: string }
      const app = { key: proofKey(), client, accessToken, refreshToken: '', tokenType: 'Bearer' }
      expect(codeIn(await ask(app, scene))).toBe('token_rejected')
      const bearer = await client.ask('GET', '/session', {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      expect(bearer.status).toBe(200)
      expect(scene.told('proof.rejected')).toMatchObject([{ reason: 'unbound' }])
    }))

  it('is answered 503 while nobody can tell whether it was used before', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      expect((await ask(app, scene)).status).toBe(200)
      const { insert } = scene.store
      Object.assign(scene.store, { insert: () => Promise.reject(new Error('gone')) })
      const told = await ask(app, scene)
      Object.assign(scene.store, { insert })
      expect([told.status, codeIn(told)]).toEqual([503, 'store_unavailable'])
    }))
})

describe('R176 the address of a request', () => {
  it('is the one outside of trusted proxies, and of nobody else', () =>
    onBound(async (scene) => {
      const app = await signIn(scene)
      const headers = { host: 'inner:3000', 'x-forwarded-host': 'app.example' }
      expect((await ask(app, scene, {}, { headers })).status).toBe(200)
      expect(codeIn(await ask(app, scene, { url: 'https://inner:3000/session' }, { headers }))).toBe(
        'dpop_proof_invalid',
      )
      expect((await ask(app, scene, { url: 'https://APP.example:443/session?x#y' })).status).toBe(200)
    }))
})

describe('R179 nonces', () => {
  const firstNonce = async (scene: Scene, key: ProofKey): Promise<string> => {
    const dpop = key.prove({ method: 'POST', url: at('/sign-in'), now: scene.clock() })
    const told = await scene.browser().ask('POST', '/sign-in', { headers: { dpop } })
    expect([told.status, codeIn(told)]).toEqual([401, 'dpop_nonce_required'])
    expect(told.headers['www-authenticate']).toContain('DPoP error="use_dpop_nonce"')
    return String(told.headers['dpop-nonce'])
  }

  it('are asked for by default, with one to use, and roll before they are spent', () =>
    onBound(async (scene) => {
      const key = proofKey()
      const nonce = await firstNonce(scene, key)
      const app = await signIn(scene, key, { nonce })
      const told = await ask(app, scene)
      expect([told.status, codeIn(told), told.headers['cache-control']]).toEqual([
        401,
        'dpop_nonce_required',
        'no-store',
      ])
      const fresh = await ask(app, scene, { nonce: String(told.headers['dpop-nonce']) })
      expect([fresh.status, fresh.headers['dpop-nonce']]).toEqual([200, undefined])
      scene.clock.pass('3m')
      const aging = await ask(app, scene, { nonce })
      expect(aging.status).toBe(200)
      const next = String(aging.headers['dpop-nonce'])
      scene.clock.pass('3m')
      expect(codeIn(await ask(app, scene, { nonce }))).toBe('dpop_nonce_required')
      expect((await ask(app, scene, { nonce: next })).status).toBe(200)
      expect(codeIn(await refresh(app, scene))).toBe('dpop_nonce_required')
      expect((await refresh(app, scene, { nonce: next })).status).toBe(200)
      // A client that has to learn a nonce is no attack.
      expect(scene.told('proof.rejected')).toEqual([])
    }, {}))

  it('of another application are none', () =>
    onBound(async (scene) => {
      const other = testSojourn({ issuer: 'https://other.example', dpop: {}, clock: scene.clock })
      const nonce = other.sojourn.dpop.nonce()
      await expect(signIn(scene, proofKey(), { nonce })).rejects.toThrow('dpop_nonce_required')
    }, {}))
})

describe('an application', () => {
  it('R180 may want every bearer session bound, and leaves cookies as they are', () =>
    onBound(
      async (scene) => {
        const told = await scene.browser().ask('POST', '/sign-in')
        expect([told.status, codeIn(told)]).toEqual([401, 'dpop_proof_invalid'])
        expect((await signIn(scene)).tokenType).toBe('DPoP')
        expect((await (await scene.signedIn()).ask('GET', '/session')).status).toBe(200)
      },
      { required: true, nonce: false },
    ))

  it('that does not use DPoP knows neither its scheme nor its header', () =>
    onScene({ listener }, async (scene) => {
      const app = await signIn(scene)
      expect(app.tokenType).toBe('Bearer')
      const told = await ask(app, scene)
      expect([told.status, told.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    }))

  it('is told at the start of options that cannot be', () => {
    const start = (dpop: unknown): unknown => testSojourn({ dpop: dpop as Dpop })
    for (const dpop of [
      { window: '11m' },
      { window: 'x' },
      { nonce: 'yes' },
      { required: 1 },
      { algorithms: [] },
      { algorithms: ['HS256'] },
      { algorithm: ['ES256'] },
    ])
      expect(() => start(dpop)).toThrow(/dpop\./)
  })

  it('can bind a session to a key by its thumbprint, for the bearer profile only', async () => {
    const { sojourn } = testSojourn({ dpop: {} })
    const { jkt } = proofKey()
    const { accessToken } = await sojourn.create({ subject: 'alice', profile: 'bearer', jkt })
    expect(opened(accessToken).payload['cnf']).toEqual({ jkt })
    for (const wrong of [{ jkt }, { profile: 'bearer' as const, jkt: 'short' }])
      expect(await codeOf(() => sojourn.create({ subject: 'alice', ...wrong }))).toBe('request_malformed')
    const off = testSojourn()
    expect(await codeOf(() => off.sojourn.create({ subject: 'alice', profile: 'bearer', jkt }))).toBe(
      'request_malformed',
    )
  })

  it('R157 is told the key by an introspection, which uses nothing up', async () => {
    const { sojourn } = testSojourn({ dpop: {} })
    const { jkt } = proofKey()
    const { accessToken, sessionToken } = await sojourn.create({ subject: 'alice', profile: 'bearer', jkt })
    for (const token of [accessToken, sessionToken])
      expect(await sojourn.introspect(token)).toMatchObject({ active: true, session: { jkt } })
  })
})
