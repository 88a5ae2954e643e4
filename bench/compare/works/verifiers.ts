// Everybody who verifies access tokens, told to check the same: the algorithm, the signature, the times, issuer and
// audience. Each gives the subject.

import { createVerifier as fastVerifier, type Algorithm as FastAlgorithm } from 'fast-jwt'
import { importJWK, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { createVerifier } from 'sojourn'

import { loop, loopAsync } from '../loop.ts'
import type { Contender, Kind } from '../work.ts'
import { audience, badTokens, issuer, token, type Token, type TokenKey } from './tokens.ts'

export type Inputs = (count: number) => readonly Token[]

/** Verifies a token, at once or as a promise; throws for any that is no good. */
export interface TokenVerifier {
  readonly verify: (text: string) => unknown
  /** Whose token it was, of what `verify` has given. */
  readonly subjectOf: (result: never) => unknown
}

export function verifying(
  name: string,
  kind: Kind,
  key: TokenKey,
  inputs: Inputs,
  { verify, subjectOf }: TokenVerifier,
): Contender {
  const good = token(key, 7)
  return {
    name,
    kind,
    async prove() {
      if (subjectOf((await verify(good.text)) as never) !== good.subject)
        throw new Error(`${name} does not know whose token it is`)
      for (const [what, text] of Object.entries(badTokens(key))) {
        const isTaken = await Promise.resolve()
          .then(() => verify(text))
          .then(
            () => true,
            () => false,
          )
        if (isTaken) throw new Error(`${name} takes a token with ${what}`)
      }
    },
    measure:
      verify(good.text) instanceof Promise
        ? loopAsync(({ text }: Token) => verify(text) as Promise<unknown>, inputs)
        : loop(({ text }: Token) => verify(text), inputs),
  }
}

export function sojournVerifier(key: TokenKey): TokenVerifier {
  // HS256 is for the application that signs; whoever has the public keys has a verifier.
  const { verify } =
    key.algorithm === 'HS256'
      ? key.sojourn
      : createVerifier({ issuer, audience, jwks: { keys: [key.jwk] }, cacheSize: 256 })
  return { verify, subjectOf: ({ subject }: { subject?: string }) => subject }
}

export async function joseVerifier({ algorithm, publicKey }: TokenKey): Promise<TokenVerifier> {
  const jwk = publicKey.export({ format: 'jwk' })
  const key = await importJWK({ ...jwk, alg: algorithm }, algorithm)
  const options = { issuer, audience, algorithms: [algorithm], typ: 'at+jwt' }
  return {
    verify: (text) => jwtVerify(text, key, options),
    subjectOf: ({ payload }: { payload: { sub?: string } }) => payload.sub,
  }
}

export function jsonwebtokenVerifier({ algorithm, publicKey }: TokenKey): TokenVerifier {
  const options = { issuer, audience, algorithms: [algorithm as jsonwebtoken.Algorithm] }
  return { verify: (text) => jsonwebtoken.verify(text, publicKey, options), subjectOf: subOf }
}

export function fastJwtVerifier(
  { algorithm, publicKey }: TokenKey,
  more: { readonly cache?: number; readonly cacheKeyBuilder?: (text: string) => string } = {},
): TokenVerifier {
  const verify = fastVerifier({
    key: publicKey.type === 'secret' ? publicKey.export() : publicKey.export({ type: 'spki', format: 'pem' }),
    algorithms: [algorithm as FastAlgorithm],
    allowedIss: issuer,
    allowedAud: audience,
    ...more,
  })
  return { verify: (text) => verify(text) as unknown, subjectOf: subOf }
}

function subOf({ sub }: { readonly sub?: unknown }): unknown {
  return sub
}
