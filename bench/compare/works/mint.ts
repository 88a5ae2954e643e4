// Minting an access token: claims as an object in, a signed JWT out.

import { createHmac, hash, sign, type KeyObject } from 'node:crypto'

import { createSigner, type Algorithm as FastAlgorithm } from 'fast-jwt'
import { importJWK, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import type { Algorithm } from 'sojourn'

import { mintAccessToken, type AccessClaims } from '../../../packages/sojourn/src/core/access-token.ts'
import { inTurn, loop, loopAsync } from '../loop.ts'
import type { Contender, Kind, Row, Work } from '../work.ts'
import { claimsOf, tokenKey, type TokenKey } from './tokens.ts'
import { fastJwtVerifier } from './verifiers.ts'
import { ahead } from './verify.ts'

type Mint = (claims: AccessClaims) => string | Promise<string>

export const row: Row = {
  variants: ['HS256', 'ES256', 'EdDSA', 'RS256'],
  quickVariants: ['HS256', 'ES256'],

  async work(variant): Promise<Work> {
    const key = tokenKey(variant as Algorithm)
    const jwk = await importJWK({ ...key.privateKey.export({ format: 'jwk' }), alg: variant }, variant)
    const header = { typ: 'at+jwt', kid: key.signer.kid }
    const pem =
      variant === 'HS256' ? key.privateKey.export() : key.privateKey.export({ type: 'pkcs8', format: 'pem' })
    const fast = createSigner({
      key: pem,
      algorithm: variant as FastAlgorithm,
      header: { ...header, alg: variant },
    })
    const options = { algorithm: variant as jsonwebtoken.Algorithm, header: { ...header, alg: variant } }
    const raw = variant === 'HS256' ? hmacs(key) : [signature(key)]
    return {
      row: 'mint',
      variant,
      title: `Mint an access token, ${variant}`,
      unit: 'µs',
      contenders: [
        minting('Sojourn', 'ours', key, (claims) => mintAccessToken(claims, key.signer)),
        minting('jose', 'peer', key, (claims) =>
          new SignJWT({ ...claims, amr: [...(claims.amr ?? [])] })
            .setProtectedHeader({ ...header, alg: variant })
            .sign(jwk),
        ),
        ...(variant === 'EdDSA'
          ? []
          : [
              minting('jsonwebtoken', 'peer', key, (claims) =>
                jsonwebtoken.sign(claims, key.privateKey, options),
              ),
            ]),
        minting('fast-jwt', 'peer', key, (claims) => fast(claims)),
        ...raw,
      ],
      goals: ahead(raw[0]!.name),
      guard: [{ times: 0.4, than: raw[0]!.name }],
      note: 'Raw signs bytes that lie ready: no JSON, no base64url.',
    }
  },
}

function minting(name: string, kind: Kind, key: TokenKey, mint: Mint): Contender {
  const all = Array.from({ length: 256 }, (_, number) => claimsOf(number))
  const isPromise = mint(all[0]!) instanceof Promise
  return {
    name,
    kind,
    async prove() {
      // One of the others says whether it is a good token.
      const { verify, subjectOf } = fastJwtVerifier(key)
      if (subjectOf(verify(await mint(all[1]!)) as never) !== all[1]!.sub)
        throw new Error(`${name} mints what nobody accepts`)
    },
    measure: isPromise
      ? loopAsync(mint as (claims: AccessClaims) => Promise<string>, inTurn(all))
      : loop(mint, inTurn(all)),
  }
}

/** What is signed: as long as the others sign it. */
function inputs(key: TokenKey): (count: number) => readonly Buffer[] {
  const all = Array.from({ length: 256 }, (_, number) => {
    const text = mintAccessToken(claimsOf(number), key.signer)
    return Buffer.from(text.slice(0, text.lastIndexOf('.')))
  })
  return inTurn(all)
}

function rawOf(name: string, key: TokenKey, once: (input: Buffer) => { readonly length: number }): Contender {
  return {
    name,
    kind: 'raw',
    async prove() {
      if (once(Buffer.from('anything')).length < 32) throw new Error(`${name} does not sign`)
    },
    measure: loop(once, inputs(key)),
  }
}

function hmacs(key: TokenKey): Contender[] {
  const bytes = key.privateKey.export() as Buffer
  const padded = (byte: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: 64 }, (_, at) => byte ^ (bytes[at] ?? 0)))
  const [inner, outer] = [padded(0x36), padded(0x5c)]
  return [
    rawOf('node:crypto createHmac', key, (input) =>
      createHmac('sha256', key.privateKey).update(input).digest(),
    ),
    rawOf('node:crypto hash, twice', key, (input) => {
      const digest = hash('sha256', Buffer.concat([inner, input]), 'buffer')
      return hash('sha256', Buffer.concat([outer, digest]), 'buffer')
    }),
  ]
}

function signature({ algorithm, privateKey, ...key }: TokenKey): Contender {
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  const signed = (input: Buffer, by: KeyObject): Buffer => sign(digest, input, by)
  return rawOf('node:crypto sign', { algorithm, privateKey, ...key }, (input) => signed(input, privateKey))
}
