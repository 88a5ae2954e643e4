// An issuer that a verifier knows by its public key only.

import { generateJwk, publicJwk, signingKey, type Jwk } from '../../src/core/algorithms.ts'
import { jws, opened, signerOf } from './forge.ts'
import { issuer } from './secrets.ts'

export const audience = 'https://api.example'
export const own: Jwk = generateJwk('ES256')
export const good: Jwk = publicJwk(own)

/** What a verifier answers to a bad token, and what it answers without keys. */
export const refused = {
  code: 'token_rejected',
  message: 'The access token is not accepted. Refresh it, or sign in.',
}
export const unavailable = { code: 'verification_unavailable', status: 503 }

/** A token as an issuer with this key mints it, good for a day. */
export function minted(clock: () => number, jwk: Jwk = own, claims: object = {}): string {
  const now = Math.floor(clock() / 1000)
  const times = { iat: now, exp: now + 86_400, auth_time: now }
  const names = {
    iss: issuer,
    sub: 'alice',
    aud: audience,
    client_id: 'web',
    jti: 'j',
    sid: 's',
    gen: 0,
    ver: 1,
  }
  return jws(
    opened(`${signingKey(jwk).header}.e30.`).header,
    { ...names, ...times, ...claims },
    signerOf(jwk),
  )
}
