// Verifying an access token that nobody has seen before.

import { createHmac, hash, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

import type { Algorithm } from 'sojourn'

import { toDer } from '../../../packages/sojourn/src/core/der.ts'
import { inTurn, loop } from '../loop.ts'
import { bestPeer, type Contender, type Goal, type Row, type Work } from '../work.ts'
import { manyTokens, token, tokenKey, type Token, type TokenKey } from './tokens.ts'
import {
  fastJwtVerifier,
  joseVerifier,
  jsonwebtokenVerifier,
  sojournVerifier,
  verifying,
} from './verifiers.ts'

export const row: Row = {
  variants: ['HS256', 'ES256', 'EdDSA', 'RS256'],
  quickVariants: ['HS256', 'ES256'],

  async work(variant): Promise<Work> {
    const key = tokenKey(variant as Algorithm)
    const tokens = Array.from({ length: manyTokens }, (_, number) => token(key, number))
    const inputs = inTurn(tokens)
    const isSymmetric = variant === 'HS256'
    return {
      row: 'verify',
      variant,
      title: `Verify an access token, ${variant}, first sight`,
      unit: 'µs',
      contenders: [
        verifying('Sojourn', 'ours', key, inputs, sojournVerifier(key)),
        verifying('jose', 'peer', key, inputs, await joseVerifier(key)),
        ...(variant === 'EdDSA'
          ? []
          : [verifying('jsonwebtoken', 'peer', key, inputs, jsonwebtokenVerifier(key))]),
        verifying('fast-jwt', 'peer', key, inputs, fastJwtVerifier(key)),
        ...(isSymmetric
          ? [
              rawOf('node:crypto createHmac', tokens, byHmac(key.publicKey)),
              rawOf('node:crypto hash, twice', tokens, byTwoHashes(key.publicKey)),
            ]
          : [rawOf('node:crypto verify', tokens, bySignature(key))]),
      ],
      goals: isSymmetric ? [{ times: 3, than: bestPeer }] : ahead('node:crypto verify'),
      guard: isSymmetric ? [{ times: 1, than: bestPeer }] : [{ times: 0.4, than: 'node:crypto verify' }],
      note: 'Raw is the signature alone, of bytes that lie ready: no decoding, no JSON, no claims.',
    }
  },
}

/** Nearly as fast as the operation itself, and faster than everybody else. */
export function ahead(raw: string): readonly Goal[] {
  return [
    { times: 0.85, than: raw },
    { times: 1, than: bestPeer },
  ]
}

interface Signed {
  readonly input: Buffer
  readonly signature: Uint8Array
}

function rawOf(name: string, tokens: readonly Token[], isGood: (signed: Signed) => boolean): Contender {
  const all = tokens.map(({ text }): Signed => {
    const end = text.lastIndexOf('.')
    return {
      input: Buffer.from(text.slice(0, end)),
      signature: Buffer.from(text.slice(end + 1), 'base64url'),
    }
  })
  return {
    name,
    kind: 'raw',
    async prove() {
      const [first, second] = all as [Signed, Signed]
      if (!isGood(first)) throw new Error(`${name} refuses what was signed`)
      if (isGood({ ...first, signature: second.signature })) throw new Error(`${name} takes any signature`)
    },
    measure: loop(isGood, inTurn(all) satisfies (count: number) => readonly Signed[]),
  }
}

function byHmac(key: KeyObject): (signed: Signed) => boolean {
  return ({ input, signature }) =>
    timingSafeEqual(createHmac('sha256', key).update(input).digest(), signature)
}

function byTwoHashes(key: KeyObject): (signed: Signed) => boolean {
  const bytes = key.export()
  const padded = (byte: number): Buffer => Buffer.alloc(64).map((_, at) => byte ^ (bytes[at] ?? 0)) as Buffer
  const [inner, outer] = [padded(0x36), padded(0x5c)]
  return ({ input, signature }) => {
    const digest = hash('sha256', Buffer.concat([inner, input]), 'buffer')
    return timingSafeEqual(hash('sha256', Buffer.concat([outer, digest]), 'buffer'), signature)
  }
}

function bySignature({ algorithm, publicKey }: TokenKey): (signed: Signed) => boolean {
  if (algorithm === 'EdDSA') return ({ input, signature }) => verify(null, input, publicKey, signature)
  if (algorithm !== 'ES256') return ({ input, signature }) => verify('sha256', input, publicKey, signature)
  // Converted beforehand: the runtime is half again as fast with DER.
  const known = new WeakMap<Uint8Array, Uint8Array>()
  return ({ input, signature }) => {
    const der = known.get(signature) ?? toDer(signature)
    known.set(signature, der)
    return verify('sha256', input, publicKey, der)
  }
}
