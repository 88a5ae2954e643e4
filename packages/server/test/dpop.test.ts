// DPoP at the OAuth endpoints, as oauth4webapi does it: it makes the proofs, learns the nonces, and refuses whatever is not
// to the letter of RFC 9449.

import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { apiKey, startServer, type TestServer } from './support/server.ts'
import { signInApp } from './support/sign-in.ts'

let server: TestServer
let as: oauth.AuthorizationServer
// oxlint-disable-next-line typescript/no-deprecated -- marked so to stand out; this server is on this machine
const insecure = { [oauth.allowInsecureRequests]: true }
const client: oauth.Client = { client_id: 'app' }

beforeAll(async () => {
  server = await startServer({ said: { issuer: undefined, trustedProxies: undefined, dpop: 'on' } })
  const issuer = new URL(`http://localhost:${server.port}`)
  const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  as = await oauth.processDiscoveryResponse(new URL(issuer.origin), response)
})
afterAll(() => server.stop())

type Handle = ReturnType<typeof oauth.DPoP>

async function newHandle(): Promise<{ handle: Handle; jkt: string }> {
  const handle = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  return { handle, jkt: await handle.calculateThumbprint() }
}

const grant = async (refreshToken: string, handle?: Handle): Promise<oauth.TokenEndpointResponse> => {
  const options = handle ? { ...insecure, DPoP: handle } : insecure
  const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refreshToken, options)
  return oauth.processRefreshTokenResponse(as, client, response)
}

/** Again where a nonce is asked for, as RFC 9449 §8 has it. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return work()
  }
}

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof oauth.ResponseBodyError ? [error.status, error.error] : error),
  )

function own(accessToken: string, handle?: Handle): Promise<Response> {
  const url = new URL('/session', as.issuer)
  const options = handle ? { ...insecure, DPoP: handle } : insecure
  return oauth.protectedResourceRequest(accessToken, 'GET', url, undefined, undefined, options)
}

describe('a strict client with a key', () => {
  it('R175 finds in the metadata which proofs are taken (RFC 9449 §5.1)', () => {
    expect(as.dpop_signing_alg_values_supported).toEqual(['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'])
  })

  it('R179 R180 refreshes, asks, and learns the nonces on its way', async () => {
    const { handle, jkt } = await newHandle()
    const { refreshToken } = await signInApp(server, { jkt })
    const refused = grant(refreshToken, handle)
    await expect(refused).rejects.toSatisfy((error: unknown) => oauth.isDPoPNonceError(error))
    expect(await errorOf(refused)).toEqual([400, 'use_dpop_nonce'])
    const first = await grant(refreshToken, handle)
    expect(first.token_type).toBe('dpop')
    const second = await grant(first.refresh_token ?? '', handle)
    // The resource server tells its nonces by itself, on another path: it is the same origin, so it is known already.
    const told = (await (await own(second.access_token, handle)).json()) as { session: { subject: string } }
    expect(told.session.subject).toBe('ada')
  })

  it('R179 is told of the nonce by a 401 where it asks for a resource first', async () => {
    const { handle, jkt } = await newHandle()
    const { accessToken } = await signInApp(server, { jkt })
    const first = own(accessToken, handle)
    await expect(first).rejects.toSatisfy((error: unknown) => oauth.isDPoPNonceError(error))
    await expect(first).rejects.toMatchObject({ status: 401 })
    expect((await own(accessToken, handle)).status).toBe(200)
  })

  it('R178 R180 A72 finds a token that is bound worth nothing by another key, or by none', async () => {
    const [{ handle, jkt }, thief] = [await newHandle(), await newHandle()]
    const { refreshToken, accessToken } = await signInApp(server, { jkt })
    expect(await errorOf(twice(() => grant(refreshToken, thief.handle)))).toEqual([400, 'invalid_grant'])
    expect(await errorOf(grant(refreshToken))).toEqual([400, 'invalid_grant'])
    const bearer = await server.client().ask('GET', '/session', {
      headers: { host: `localhost:${server.port}`, authorization: `Bearer ${accessToken}` },
    })
    expect(bearer.status).toBe(401)
    expect(bearer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token", .*DPoP algs="ES256 /)
    await expect(twice(() => own(accessToken, thief.handle))).rejects.toMatchObject({ status: 401 })
    expect((await twice(() => grant(refreshToken, handle))).token_type).toBe('dpop')
  })

  it('R175 A72 is told of a proof that is no good as RFC 9449 §5 has it', async () => {
    const { jkt } = await newHandle()
    const { refreshToken } = await signInApp(server, { jkt })
    const told = await server.client().ask('POST', '/oauth/token', {
      form: { grant_type: 'refresh_token', refresh_token: refreshToken },
      headers: { host: `localhost:${server.port}`, dpop: 'nonsense' },
    })
    expect([told.status, told.json()['error']]).toEqual([400, 'invalid_dpop_proof'])
  })

  it('R180 goes on with a bearer token where its session is bound to nothing, and is told so', async () => {
    const { handle } = await newHandle()
    const { refreshToken } = await signInApp(server)
    expect((await twice(() => grant(refreshToken, handle))).token_type).toBe('bearer')
  })

  it('R157 is what an introspection tells of: the key, and DPoP as the type', async () => {
    const { jkt } = await newHandle()
    const { refreshToken, accessToken } = await signInApp(server, { jkt })
    const ask = async (token: string): Promise<oauth.IntrospectionResponse> =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, oauth.ClientSecretBasic(apiKey), token, insecure),
      )
    expect(await ask(accessToken)).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt } })
    expect(await ask(refreshToken)).toMatchObject({ active: true, cnf: { jkt } })
    const unbound = await signInApp(server)
    expect((await ask(unbound.accessToken)).cnf).toBeUndefined()
  })
})

describe('a server behind a proxy', () => {
  it('R176 takes the address that its metadata names, whatever the proxy makes of it', async () => {
    const inner = await startServer({ said: { issuer: 'https://app.example/auth', dpop: 'required' } })
    try {
      const pair = await oauth.generateKeyPair('ES256')
      const handle = oauth.DPoP(client, pair)
      const bare = await inner.backend('POST', '/v1/sessions', {
        json: { subject: 'ada', profile: 'bearer' },
      })
      expect([bare.status, bare.json()['code']]).toEqual([400, 'request_malformed'])
      const { refreshToken } = await signInApp(inner, { jkt: await handle.calculateThumbprint() })
      const proxy = async (_: string, init: { headers: HeadersInit; body?: unknown }): Promise<Response> => {
        const { status, headers, text } = await inner.client().ask('POST', '/oauth/token', {
          body: String(init.body),
          headers: Object.fromEntries(new Headers(init.headers)),
        })
        const nonce = headers['dpop-nonce']
        return new Response(text, {
          status,
          headers: { 'content-type': 'application/json', ...(nonce ? { 'dpop-nonce': String(nonce) } : {}) },
        })
      }
      const outer = {
        issuer: 'https://app.example/auth',
        token_endpoint: 'https://app.example/auth/oauth/token',
      }
      const ask = async (): Promise<oauth.TokenEndpointResponse> => {
        const options = { DPoP: handle, [oauth.customFetch]: proxy as never }
        const response = await oauth.refreshTokenGrantRequest(
          outer,
          client,
          oauth.None(),
          refreshToken,
          options,
        )
        return oauth.processRefreshTokenResponse(outer, client, response)
      }
      expect((await twice(ask)).token_type).toBe('dpop')
    } finally {
      await inner.stop()
    }
  })
})
