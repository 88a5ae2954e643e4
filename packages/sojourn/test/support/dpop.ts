// A client with a key of its own: proofs of RFC 9449, made with the runtime alone.

import { createHash, randomUUID } from 'node:crypto'

import {
  generateJwk,
  publicJwk,
  thumbprint,
  type Jwk,
  type PublicAlgorithm,
} from '../../src/core/algorithms.ts'
import { jws, signerOf, type Signer } from './forge.ts'

export interface ProofParts {
  readonly method?: string
  readonly url?: string
  readonly now: number
  readonly accessToken?: string
  readonly nonce?: string | undefined
  /** In place of what an honest client says; undefined leaves a member out. */
  readonly header?: object
  readonly claims?: object
  readonly signer?: Signer
}

export interface ProofKey {
  readonly jkt: string
  readonly jwk: Jwk
  /** The proof for a request; by default for `GET https://app.example/`. */
  prove(parts: ProofParts): string
}

export function proofKey(algorithm: PublicAlgorithm = 'ES256', own: Jwk = generateJwk(algorithm)): ProofKey {
  const { kid: _, alg: __, use: ___, ...jwk } = publicJwk({ ...own, alg: algorithm })
  return {
    jkt: thumbprint(own, algorithm),
    jwk,
    prove: ({ method = 'GET', url = 'https://app.example/', now, accessToken, nonce, ...parts }) =>
      jws(
        { typ: 'dpop+jwt', alg: algorithm, jwk, ...parts.header },
        {
          jti: randomUUID(),
          htm: method,
          htu: url,
          iat: Math.floor(now / 1000),
          ath: accessToken && createHash('sha256').update(accessToken).digest('base64url'),
          nonce,
          ...parts.claims,
        },
        parts.signer ?? signerOf(own, algorithm),
      ),
  }
}
