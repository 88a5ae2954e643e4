// Signing out across applications, with servers that run: an identity provider that signs out there and here, relying
// parties that are told, and two nodes on one store.

import { join } from 'node:path'

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { createVerifier } from 'sojourn'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  identityProvider,
  idpIssuer,
  type IdentityProvider,
} from '../../sojourn/test/support/identity-provider.ts'
import { postOffice, until, type PostOffice } from '../../sojourn/test/support/post-office.ts'
import { run, type Ended } from './support/command.ts'
import { issuer, secret, startServer, temporaryFolder, type TestServer } from './support/server.ts'
import { signInApp } from './support/sign-in.ts'

let provider: IdentityProvider
let trusted: string
beforeAll(async () => {
  provider = await identityProvider()
  trusted = `${idpIssuer} ${provider.trusted.audience} ${provider.trusted.jwks}`
})
afterAll(() => provider.close())

const idp = { issuer: idpIssuer, sid: 'idp-session-1', subject: 'person-1' }

async function isActive(server: TestServer, token: string): Promise<unknown> {
  return (await server.backend('POST', '/oauth/introspect', { form: { token } })).json()['active']
}

describe('R167 P24 a logout at the identity provider', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let nodes: TestServer[]
  beforeEach(async () => {
    folder = temporaryFolder()
    const said = { store: `sqlite:${join(folder.path, 'sessions.db')}`, identityProviders: trusted }
    nodes = [await startServer({ said }), await startServer({ said })]
  })
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    folder.remove()
  })

  it('signs out here, on every node, and a second use of its token on another node does not', async () => {
    const [one, two] = nodes as [TestServer, TestServer]
    const { accessToken, refreshToken, id } = await signInApp(one, { idp })
    const token = await provider.logoutToken(Date.now)
    const told = await two
      .client()
      .ask('POST', '/oauth/backchannel-logout', { form: { logout_token: token } })
    expect([told.status, told.headers['cache-control'], told.text]).toEqual([200, 'no-store', ''])
    for (const node of nodes) {
      expect(await isActive(node, accessToken)).toBe(false)
      expect((await node.backend('GET', `/v1/sessions/${id}`)).status).toBe(404)
    }
    const refused = await one.client().ask('POST', '/session/refresh', { json: { refreshToken } })
    expect([refused.status, refused.json()['code']]).toEqual([401, 'session_unknown'])
    const again = await one
      .client()
      .ask('POST', '/oauth/backchannel-logout', { form: { logout_token: token } })
    expect([again.status, again.json()['error']]).toEqual([400, 'invalid_request'])
    const explained = await two.backend('GET', `/v1/sessions/${id}/explain`)
    expect(explained.json()['summary']).toContain('identity provider')
  })

  it('that is forged signs nobody out, and somebody who signs in with what was ended is refused', async () => {
    const [one] = nodes as [TestServer]
    const { accessToken } = await signInApp(one, { idp })
    const forged = await provider.logoutToken(Date.now, { key: provider.strangeKey })
    const form = { logout_token: forged }
    expect((await one.client().ask('POST', '/oauth/backchannel-logout', { form })).status).toBe(400)
    expect(await isActive(one, accessToken)).toBe(true)
    const real = { logout_token: await provider.logoutToken(Date.now) }
    expect((await one.client().ask('POST', '/oauth/backchannel-logout', { form: real })).status).toBe(200)
    const late = await one.backend('POST', '/v1/sessions', { json: { subject: 'ada', idp } })
    expect([late.status, late.json()['reason']]).toEqual([401, 'signed_out_at_provider'])
  })
})

describe('R169 R170 the end of a session', () => {
  let shop: PostOffice
  let monitor: PostOffice
  let server: TestServer
  beforeEach(async () => {
    ;[shop, monitor] = await Promise.all([postOffice(), postOffice()])
    monitor.answer((response) => void response.writeHead(202).end())
    const said = { relyingParties: [`shop ${shop.url}`], eventReceivers: `monitor ${monitor.url}` }
    server = await startServer({ said })
  })
  afterEach(async () => {
    await server.stop()
    await Promise.all([shop.close(), monitor.close()])
  })

  it('is told to relying parties and receivers of events, signed with the keys that the server publishes', async () => {
    const { id } = await signInApp(server)
    expect((await server.backend('DELETE', `/v1/sessions/${id}`)).status).toBe(204)
    await until(() => shop.posted.length === 1 && monitor.posted.length === 1)
    const jwks = (await server.client().ask('GET', '/.well-known/jwks.json')).json()
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet)
    const token = new URLSearchParams(shop.posted[0]!.body).get('logout_token') ?? ''
    const logout = await jwtVerify(token, keys, { issuer, audience: 'shop', typ: 'logout+jwt' })
    expect(logout.payload).toMatchObject({ sub: 'ada', sid: id })
    const event = await jwtVerify(monitor.posted[0]!.body, keys, {
      issuer,
      audience: 'monitor',
      typ: 'secevent+jwt',
    })
    expect(event.payload['sub_id']).toMatchObject({ session: { format: 'opaque', id } })
  })

  it('is told by the command that ended it, and what cannot be told waits for a server', async () => {
    const folder = temporaryFolder()
    const store = `sqlite:${join(folder.path, 'sessions.db')}`
    const beside = await startServer({ said: { store } })
    const jwks = (await beside.client().ask('GET', '/.well-known/jwks.json')).json()
    const [first, second] = [await signInApp(beside), await signInApp(beside)]
    await beside.stop()
    const variables = {
      SOJOURN_ENVIRONMENT: 'test',
      SOJOURN_ISSUER: issuer,
      SOJOURN_SECRETS: secret,
      SOJOURN_STORE: store,
      SOJOURN_RELYING_PARTIES: `shop ${shop.url}`,
    }
    const revoke = (id: string): Promise<Ended> =>
      run(['sessions', 'revoke', id], { folder: folder.path, variables })
    expect(await revoke(first.id)).toMatchObject({ status: 0 })
    expect(shop.posted).toHaveLength(1)
    const token = new URLSearchParams(shop.posted[0]!.body).get('logout_token') ?? ''
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet)
    const { payload } = await jwtVerify(token, keys, { issuer, audience: 'shop', typ: 'logout+jwt' })
    expect(payload).toMatchObject({ sub: 'ada', sid: first.id })
    shop.answer((response) => void response.writeHead(503).end())
    const ended = await revoke(second.id)
    expect([ended.status, ended.stderr]).toEqual([0, expect.stringContaining('1 of those who are to hear')])
    expect(shop.posted).toHaveLength(2)
    folder.remove()
  })

  it('is announced to those who look for it', async () => {
    const { json } = await server.client().ask('GET', '/.well-known/oauth-authorization-server')
    expect(json()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    })
  })
})

describe('R171 a status list', () => {
  it('tells a verifier in another process of a sign-out, wherever it was', async () => {
    const folder = temporaryFolder()
    const store = `sqlite:${join(folder.path, 'sessions.db')}`
    const server = await startServer({ said: { statusList: '10s', store, issuer: undefined } })
    const origin = `http://localhost:${server.port}`
    const now = Date.now()
    let later = 0
    const verifier = createVerifier({
      issuer: origin,
      audience: origin,
      jwks: `${origin}/.well-known/jwks.json`,
      statusLists: true,
      clock: () => now + later,
    })
    const { id, accessToken } = await signInApp(server)
    expect(await verifier.verify(accessToken)).toMatchObject({ subject: 'ada' })
    await server.backend('DELETE', `/v1/sessions/${id}`)
    later = 10_000
    await expect(verifier.verify(accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
    await server.stop()
    folder.remove()
  })

  it('is not there unless it is set', async () => {
    const server = await startServer()
    const told = await server.client().ask('GET', '/status-lists/AAAAAAAAAAAAAAAA')
    expect([told.status, told.json()['code']]).toEqual([404, 'not_found'])
    const { accessToken } = await signInApp(server)
    expect(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).not.toContain('status')
    await server.stop()
  })
})

describe('a server that trusts nobody', () => {
  it('says so, and tells nobody that it would', async () => {
    const server = await startServer()
    const client = server.client()
    const form = { logout_token: await provider.logoutToken(Date.now) }
    const logout = await client.ask('POST', '/oauth/backchannel-logout', { form })
    expect([logout.status, logout.json()['error_description']]).toEqual([
      400,
      'No identity provider is trusted here.',
    ])
    const headers = { 'content-type': 'application/secevent+jwt' }
    const event = await client.ask('POST', '/security-events', { headers, body: 'x' })
    expect([event.status, event.json()['code']]).toEqual([404, 'not_found'])
    const metadata = await client.ask('GET', '/.well-known/oauth-authorization-server')
    expect(metadata.json()).not.toHaveProperty('backchannel_logout_supported')
    await server.stop()
  })
})
