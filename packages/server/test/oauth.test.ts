// The OAuth-shaped endpoints, as oauth4webapi sees them: a client that refuses whatever is not to the letter of its RFC.

import * as oauth from 'oauth4webapi'
import type { Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { apiKey, startServer, type TestServer } from './support/server.ts'
import { signInApp, type SignedIn } from './support/sign-in.ts'

let server: TestServer
let as: oauth.AuthorizationServer
// oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; this server is on this machine
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: 'app' }

beforeAll(async () => {
  // Its issuer is where it listens, so that the client finds everything by itself.
  server = await startServer({ said: { issuer: undefined, trustedProxies: undefined } })
  const issuer = new URL(`http://localhost:${server.port}`)
  const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  as = await oauth.processDiscoveryResponse(new URL(issuer.origin), response)
})
afterAll(() => server.stop())

const signIn = (more: object = {}): Promise<SignedIn> => signInApp(server, more)

async function refresh(refreshToken: string, auth = oauth.None()): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken, insecure)
  return oauth.processRefreshTokenResponse(as, client, response)
}

async function introspect(
  token: string,
  auth = oauth.ClientSecretBasic(apiKey),
): Promise<oauth.IntrospectionResponse> {
  const response = await oauth.introspectionRequest(as, client, auth, token, insecure)
  return oauth.processIntrospectionResponse(as, client, response)
}

const call = (
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Told> =>
  server.client().ask('POST', path, { form, headers: { host: `localhost:${server.port}`, ...headers } })

describe('discovery', () => {
  it('R153 R154 is found and accepted (RFC 8414)', () => {
    expect(as).toMatchObject({
      issuer: `http://localhost:${server.port}`,
      grant_types_supported: ['refresh_token'],
    })
    // What would be empty is left out (§3.2).
    expect(Object.values(as).filter((value) => Array.isArray(value) && value.length === 0)).toEqual([])
  })

  it('A108 is not taken from a server that calls itself otherwise', async () => {
    const mixed = await startServer({ said: { issuer: 'https://login.example' } })
    const asked = new URL(`http://localhost:${mixed.port}`)
    const response = await oauth.discoveryRequest(asked, { ...insecure, algorithm: 'oauth2' })
    await expect(oauth.processDiscoveryResponse(asked, response)).rejects.toMatchObject({
      code: oauth.JSON_ATTRIBUTE_COMPARISON,
    })
    await mixed.stop()
  })

  it('R153 is found where the path of the issuer comes last', async () => {
    const tenant = await startServer({ said: { issuer: 'https://app.example/auth' } })
    const told = await tenant.client().ask('GET', '/.well-known/oauth-authorization-server/auth')
    expect([told.status, told.json()['issuer'], told.json()['token_endpoint']]).toEqual([
      200,
      'https://app.example/auth',
      'https://app.example/auth/oauth/token',
    ])
    expect((await tenant.client().ask('GET', '/.well-known/oauth-authorization-server/other')).status).toBe(
      404,
    )
    await tenant.stop()
  })
})

describe('the token endpoint', () => {
  it('refreshes for a public client, and each token is good once (RFC 6749 §6)', async () => {
    const { refreshToken } = await signIn()
    const first = await refresh(refreshToken)
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: expect.any(Number) })
    expect(first.refresh_token).not.toBe(refreshToken)
    const second = await refresh(first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
  })

  it('R94 mints access tokens that its own client validates (RFC 9068)', async () => {
    const { refreshToken, id } = await signIn({ claims: { role: 'admin' } })
    const { access_token: accessToken } = await refresh(refreshToken)
    const request = new Request(`http://localhost:${server.port}/things`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    const claims = await oauth.validateJwtAccessToken(as, request, as.issuer, insecure)
    expect(claims).toMatchObject({ sub: 'ada', sid: id, role: 'admin', client_id: as.issuer })
  })

  it('R163 takes an API key as the secret of a client, by Basic or in the form, and no wrong one', async () => {
    const { refreshToken } = await signIn()
    const next = await refresh(refreshToken, oauth.ClientSecretBasic(apiKey))
    await expect(refresh(next.refresh_token ?? '', oauth.ClientSecretPost(apiKey))).resolves.toBeDefined()
    await expect(refresh(refreshToken, oauth.ClientSecretBasic('wrong'))).rejects.toBeInstanceOf(
      oauth.WWWAuthenticateChallengeError,
    )
  })

  it('R121 ends the session of a token that is used again too late', async () => {
    const strict = await startServer({ said: { overlap: '0' } })
    const json = { subject: 'ada', profile: 'bearer' }
    const { refreshToken } = (await strict.backend('POST', '/v1/sessions', { json })).json()
    const form = { grant_type: 'refresh_token', refresh_token: String(refreshToken) }
    const ask = (): Promise<Told> => strict.client().ask('POST', '/oauth/token', { form })
    const next = (await ask()).json()
    await strict.client().ask('POST', '/oauth/token', {
      form: { grant_type: 'refresh_token', refresh_token: String(next['refresh_token']) },
    })
    const reused = await ask()
    expect([reused.status, reused.json()['error']]).toEqual([400, 'invalid_grant'])
    expect((await strict.backend('GET', '/v1/sessions?subject=ada')).json()['items']).toEqual([])
    await strict.stop()
  })

  it('never hands out in a body what came in a cookie', async () => {
    const { refreshToken } = await signIn({ profile: 'cookie' })
    const told = await call('/oauth/token', { grant_type: 'refresh_token', refresh_token: refreshToken })
    expect([told.status, told.json()['error']]).toEqual([400, 'invalid_grant'])
  })

  it.each([
    [{}, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: '' }, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: 'sj_nope' }, 'invalid_grant'],
    [{ grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', refresh_token: 'x', scope: 'all' }, 'invalid_scope'],
    [{ grant_type: '' }, 'invalid_request'],
    [{ grant_type: 'authorization_code', code: 'x' }, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    [{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', refresh_token: 'eyJ.eyJ.x' }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: `sj_${'A'.repeat(200)}` }, 'invalid_grant'],
  ] as [Record<string, string>, string][])(
    'R133 %j is answered with 400 %s (RFC 6749 §5.2)',
    async (form, error) => {
      const told = await call('/oauth/token', form)
      expect([told.status, told.json()['error'], told.headers['cache-control']]).toEqual([
        400,
        error,
        'no-store',
      ])
      expect(Object.keys(told.json())).toEqual(['error', 'error_description'])
    },
  )

  it.each([
    [
      'a parameter twice',
      'grant_type=refresh_token&grant_type=refresh_token',
      'application/x-www-form-urlencoded',
      400,
    ],
    ['JSON', '{"grant_type":"refresh_token"}', 'application/json', 400],
    ['no UTF-8', '%ff=\xff', 'application/x-www-form-urlencoded', 400],
    ['too much', `a=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded', 413],
  ])('refuses %s', async (_, body, type, status) => {
    const headers = { 'content-type': type, host: `localhost:${server.port}` }
    const told = await server.client().ask('POST', '/oauth/token', { body, headers })
    expect([told.status, told.json()['error']]).toEqual([status, 'invalid_request'])
  })

  it('is not to be had over plain HTTP, where that is not this machine', async () => {
    const told = await server.client().ask('POST', '/oauth/token', {
      form: { grant_type: 'refresh_token', refresh_token: 'x' },
      headers: { host: 'app.example' },
    })
    expect([told.status, told.json()['error']]).toEqual([400, 'invalid_request'])
    expect(told.json()['error_description']).toContain('https')
  })
})

describe('introspection (RFC 7662)', () => {
  it('R157 tells whoever has an API key what a token is worth, whichever kind it is', async () => {
    const { accessToken, refreshToken, id } = await signIn({ claims: { role: 'admin' }, amr: ['pwd'] })
    const wanted = { active: true, sub: 'ada', sid: id, role: 'admin', amr: ['pwd'], iss: as.issuer }
    expect(await introspect(accessToken)).toMatchObject({
      ...wanted,
      token_type: 'Bearer',
      jti: expect.any(String),
    })
    const ofSession = await introspect(refreshToken)
    expect(ofSession).toMatchObject(wanted)
    // Nobody shall take it for an access token.
    expect(ofSession.token_type).toBeUndefined()
    const bearer = await call(
      '/oauth/introspect',
      { token: accessToken },
      { authorization: `Bearer ${apiKey}` },
    )
    expect(bearer.json()).toMatchObject({ active: true })
  })

  it('R156 R15 says of what has ended nothing but that', async () => {
    const { accessToken, refreshToken, id } = await signIn()
    await server.backend('DELETE', `/v1/sessions/${id}`)
    for (const token of [accessToken, refreshToken, 'nonsense', 'eyJ.eyJ.x'])
      expect(await introspect(token)).toEqual({ active: false })
  })

  it('R155 A105 is for nobody without a key', async () => {
    const { accessToken } = await signIn()
    await expect(introspect(accessToken, oauth.ClientSecretBasic('nope'))).rejects.toBeInstanceOf(
      oauth.WWWAuthenticateChallengeError,
    )
    const told = await call('/oauth/introspect', { token: accessToken })
    expect([told.status, told.json()['error']]).toEqual([401, 'invalid_client'])
    expect(told.headers['www-authenticate']).toBe('Basic realm="sojourn", charset="UTF-8"')
    for (const authorization of ['Basic', 'Basic !!!', `Basic ${btoa('nocolon')}`, 'Digest x', 'Bearer nope'])
      expect((await call('/oauth/introspect', { token: accessToken }, { authorization })).status).toBe(401)
  })

  it('R163 reads a secret that was encoded as in a form', async () => {
    const { accessToken } = await signIn()
    const encoded = apiKey.replaceAll('_', '%5F')
    const authorization = `Basic ${btoa(`app:${encoded}`)}`
    const told = await call('/oauth/introspect', { token: accessToken }, { authorization })
    expect(told.json()).toMatchObject({ active: true })
  })

  it('takes credentials in one way only', async () => {
    const form = { token: 'x', client_secret: apiKey }
    const told = await call('/oauth/introspect', form, { authorization: `Bearer ${apiKey}` })
    expect([told.status, told.json()['error']]).toEqual([400, 'invalid_request'])
  })
})

describe('revocation (RFC 7009)', () => {
  const revoke = async (token: string): Promise<void> =>
    oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), token, insecure))

  it.each(['accessToken', 'refreshToken'] as const)('R161 by its %s ends the session', async (kind) => {
    const tokens = await signIn()
    await revoke(tokens[kind])
    expect(await introspect(tokens.accessToken)).toEqual({ active: false })
    expect((await server.backend('GET', `/v1/sessions/${tokens.id}`)).status).toBe(404)
  })

  it('by a session token of an earlier generation ends it too', async () => {
    const { refreshToken, id } = await signIn()
    const next = await refresh(refreshToken)
    await refresh(next.refresh_token ?? '')
    await revoke(refreshToken)
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(404)
  })

  it('R159 of a token that nobody knows is answered in the same way, and a wrong hint misleads nobody', async () => {
    for (const token of ['nonsense', 'sj_nonsense', 'eyJ.eyJ.x'])
      await expect(revoke(token)).resolves.toBeUndefined()
    const { refreshToken, id } = await signIn()
    const told = await call('/oauth/revoke', { token: refreshToken, token_type_hint: 'access_token' })
    expect(told.status).toBe(200)
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(404)
  })

  it('R160 A106 ends no session but that of the token, and none at all for a client that cannot prove who it is', async () => {
    const [mine, theirs] = [await signIn({ subject: 'mallory' }), await signIn()]
    await revoke(mine.refreshToken)
    expect(await introspect(theirs.accessToken)).toMatchObject({ active: true })
    const wrong = oauth.ClientSecretBasic('wrong')
    const refused = await oauth.revocationRequest(as, client, wrong, theirs.refreshToken, insecure)
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      401,
      'invalid_client',
    ])
    expect(await introspect(theirs.refreshToken)).toMatchObject({ active: true })
    // There is no way to name sessions here but by a token of theirs.
    for (const form of [{ token: theirs.id }, { subject: 'ada' }, { token: '*' }, { token: 'ada' }])
      await call('/oauth/revoke', form)
    expect(await introspect(theirs.accessToken)).toMatchObject({ active: true })
    for (const path of ['/v1/subjects/ada/sessions', `/v1/sessions/${theirs.id}`])
      expect((await server.client().ask('DELETE', path)).status).toBe(401)
    expect(await introspect(theirs.accessToken)).toMatchObject({ active: true })
  })

  it('R162 is not said to be done while the store is down', async () => {
    const { refreshToken } = await signIn()
    const { store } = server.store
    const find = store.find.bind(store)
    Object.assign(store, { find: () => Promise.reject(new Error('gone')) })
    const told = await call('/oauth/revoke', { token: refreshToken })
    Object.assign(store, { find })
    expect([told.status, told.json()['error'], told.headers['retry-after']]).toEqual([
      503,
      'temporarily_unavailable',
      '1',
    ])
  })
})
