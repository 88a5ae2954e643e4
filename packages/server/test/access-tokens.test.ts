import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { customFetch, validateJwtAccessToken } from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { issuer, startServer, type TestServer } from './support/server.ts'

const jwks = '/.well-known/jwks.json'

async function accessTokenOf(server: TestServer, more: object = {}): Promise<string> {
  const json = { subject: 'ada', profile: 'bearer', claims: { role: 'admin' }, ...more }
  return String((await server.backend('POST', '/v1/sessions', { json })).json()['accessToken'])
}

describe.each(['ES256', 'EdDSA', 'RS256', 'PS256'])('access tokens with %s', (algorithm) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ said: { algorithm, audience: 'https://api.example' } })
  })
  afterAll(() => server.stop())

  it('R112 are verified by public keys that anybody may keep for a while', async () => {
    const told = await server.client().ask('GET', jwks)
    expect(told.status).toBe(200)
    expect(told.headers).toMatchObject({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=300',
    })
    const { keys } = told.json() as { keys: Record<string, unknown>[] }
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      const names = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['e', 'n'] }[String(key['kty'])] ?? []
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'kid', 'kty', 'use', ...names].toSorted())
      expect(key).toMatchObject({ alg: algorithm, use: 'sig' })
    }
  })

  it('are verified by jose through them', async () => {
    const token = await accessTokenOf(server)
    const keys = createRemoteJWKSet(new URL(jwks, server.url))
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: 'https://api.example',
      typ: 'at+jwt',
    })
    expect(payload).toMatchObject({ sub: 'ada', role: 'admin' })
    expect(protectedHeader.alg).toBe(algorithm)
    await expect(jwtVerify(`${token.slice(0, -8)}AAAAAAAA`, keys)).rejects.toThrow(
      'signature verification failed',
    )
  })

  it('R94 are RFC 9068 access tokens to oauth4webapi', async () => {
    const request = new Request('https://api.example/orders', {
      headers: { authorization: `Bearer ${await accessTokenOf(server)}` },
    })
    const authority = { issuer, jwks_uri: `${issuer}${jwks}` }
    const claims = await validateJwtAccessToken(authority, request, 'https://api.example', {
      // The proxy that ends TLS.
      [customFetch]: () => fetch(new URL(jwks, server.url)),
      signingAlgorithms: [algorithm],
    })
    expect(claims).toMatchObject({ iss: issuer, sub: 'ada', client_id: 'https://api.example' })
  })
})

describe('access tokens with HS256', () => {
  it('R112 have no public keys, so nobody is told any', async () => {
    const server = await startServer({ said: { algorithm: 'HS256' } })
    expect((await server.client().ask('GET', jwks)).json()).toEqual({ keys: [] })
    expect(decodeProtectedHeader(await accessTokenOf(server)).alg).toBe('HS256')
    await server.stop()
  })
})
