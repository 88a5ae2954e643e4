// A browser with Device Bound Session Credentials, as far as a server sees it: a key, proofs by it, and the cookies that the
// application's backend has passed on.

import { generateKeyPairSync, sign } from 'node:crypto'

import type { TestClient, Told } from 'sojourn/testing'

export interface Device {
  /** A proof, as a structured field string; the first one has the public key in its header. */
  proof(challenge: string, options?: { readonly isFirst?: boolean }): string
}

export function newDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    proof(challenge, { isFirst = false } = {}) {
      const header = {
        typ: 'dbsc+jwt',
        alg: 'ES256',
        ...(isFirst ? { jwk: publicKey.export({ format: 'jwk' }) } : {}),
      }
      const input = `${segment(header)}.${segment({ jti: challenge })}`
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `"${input}.${signature.toString('base64url')}"`
    },
  }
}

/** Keeps cookies as a browser does that is passed these lines. */
export function keepCookies({ cookies }: TestClient, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    cookies.set(name, value)
  }
}

/** The challenge in the offer to register, or in an answer. */
export function challengeIn(told: string | Told): string {
  return typeof told === 'string'
    ? (/challenge="([^"]+)"/.exec(told)?.[1] ?? '')
    : (/^"([\w-]+)"/.exec(String(told.headers['secure-session-challenge']))?.[1] ?? '')
}
