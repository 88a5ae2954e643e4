// Secrets for tests: as random as real ones, and the same in every run.

import { sha256Text } from '../../src/core/crypto.ts'
import { requireKeys, type DerivedKeys } from '../../src/core/secrets.ts'

export const issuer = 'https://app.example'

/** The nth secret: 43 characters of base64url. */
export function secret(n = 1): string {
  return sha256Text(`the secret ${n} of the tests`)
}

/** The keys of these secrets, newest first, for our issuer and one environment. */
export function keysFor(...secrets: readonly number[]): readonly DerivedKeys[] {
  return requireKeys(
    (secrets.length === 0 ? [1] : secrets).map((n) => secret(n)),
    issuer,
    'test',
  )
}

/** Every text that differs from this one in one character, with the characters that it could be mistaken for. */
export function editsOf(text: string, at: number, alphabet: string): string[] {
  return Array.from(alphabet)
    .filter((character) => character !== text[at])
    .map((character) => text.slice(0, at) + character + text.slice(at + 1))
}

export const base64urlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
