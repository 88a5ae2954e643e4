// An identity provider as its relying parties see it: keys at an address, and tokens that jose signs, so that nothing of
// what is tested has a hand in its own test.

import { exportJWK, generateKeyPair, SignJWT } from 'jose'

import type { TrustedIssuer } from '../../src/logout.ts'
import { keyServer, type KeyServer } from './key-server.ts'

export const idpIssuer = 'https://idp.example'
export const clientId = 'our-client'
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

export const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
export const opaqueSession = { format: 'opaque', id: 'dMTlD|1600802906337.16|16008.16' }

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

/** What of a token is not as it should be. A claim that is undefined is left out. */
export interface Change {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: Key
}

export interface IdentityProvider {
  readonly trusted: TrustedIssuer & { readonly jwks: string }
  readonly keys: KeyServer
  /** Another key, which it does not publish. */
  readonly strangeKey: Key
  sign(claims: Readonly<Record<string, unknown>>, change?: Change): Promise<string>
  /** A good logout token, but for the change; each has a `jti` of its own. */
  logoutToken(clock: () => number, change?: Change): Promise<string>
  /** A good `session-revoked` of CAEP 1.0 §3.1.2, but for the change; each has a `jti` of its own. */
  event(clock: () => number, change?: Change): Promise<string>
  close(): Promise<void>
}

let count = 0

export async function identityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const { privateKey: strangeKey } = await generateKeyPair('ES256')
  const keys = await keyServer()
  keys.publish({ keys: [{ ...(await exportJWK(publicKey)), kid: 'idp-1', alg: 'ES256', use: 'sig' }] })

  const sign: IdentityProvider['sign'] = (claims, { header, key = privateKey } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'idp-1', typ: 'logout+jwt', ...header })
      .sign(key)

  return {
    trusted: { issuer: idpIssuer, audience: clientId, jwks: keys.url },
    keys,
    strangeKey,
    sign,
    logoutToken(clock, change = {}) {
      const iat = Math.floor(clock() / 1000)
      const claims = {
        iss: idpIssuer,
        aud: clientId,
        iat,
        exp: iat + 120,
        jti: `token-${count++}`,
        sid: 'idp-session-1',
        sub: 'person-1',
        events: { [logoutEvent]: {} },
        ...change.claims,
      }
      const given = Object.entries(claims).filter(([, value]) => value !== undefined)
      return sign(Object.fromEntries(given), change)
    },
    event(clock, change = {}) {
      const iat = Math.floor(clock() / 1000)
      const claims = {
        iss: idpIssuer,
        jti: `24c63fb56e5a2d77a6b512616ca9fa24-${count++}`,
        iat,
        aud: clientId,
        txn: '8675309',
        sub_id: opaqueSession,
        events: { [sessionRevoked]: { event_timestamp: iat - 1 } },
        ...change.claims,
      }
      const given = Object.entries(claims).filter(([, value]) => value !== undefined)
      return sign(Object.fromEntries(given), { ...change, header: { typ: 'secevent+jwt', ...change.header } })
    },
    close: () => keys.close(),
  }
}
