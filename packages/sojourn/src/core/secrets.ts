// The application's secrets, newest first, and the keys derived from each. Every derived key depends on the secret,
// the issuer and the environment's name, so a token of staging means nothing in production even where somebody gave
// both the same secret.

import { configurationError } from './errors.ts'
import { deriveKey, hmac, type Mac } from './crypto.ts'

/** The keys that one secret gives. */
export interface DerivedKeys {
  /** Says in a session token under which secret it was made: one byte, not unique. */
  readonly mark: number
  readonly sessionMac: Mac
  readonly csrfMac: Mac
  /** For access tokens with HS256, which only this application verifies. */
  readonly accessKey: Uint8Array
  /** Encrypts private signing keys in the store. */
  readonly vaultKey: Uint8Array
}

const fewestBits = 180
const fewestCharacters = 43

/** Derives the keys of each secret; throws one error that lists every unfit secret. */
export function deriveKeys(
  secrets: readonly (string | undefined)[],
  issuer: string,
  environment: string,
  faults: string[],
): readonly DerivedKeys[] {
  if (secrets.length === 0) faults.push(`secrets is empty; ${howToMake}`)
  secrets.forEach((secret, index) => {
    const fault = secretFault(secret)
    if (fault) faults.push(`secrets[${index}] ${fault}; ${howToMake}`)
    else if (secrets.indexOf(secret) !== index) faults.push(`secrets[${index}] is the same as an earlier one`)
  })
  const usable = secrets.filter((secret) => secretFault(secret) === undefined)
  return usable.map((secret) => keysOf(secret!, issuer, environment))
}

const howToMake = 'make one with: npx sojourn keys generate-secret'

/** What is wrong with a secret, in words that do not quote it; undefined if nothing is. */
export function secretFault(secret: string | undefined): string | undefined {
  if (typeof secret !== 'string' || secret === '') return 'is missing'
  if (/-----BEGIN|"kty"/.test(secret)) return 'is a key file, not a secret'
  if (secret.length < fewestCharacters) {
    return `has ${secret.length} characters; 32 random bytes in base64url have ${fewestCharacters}`
  }
  if (isRepetition(secret) || estimatedBits(secret) < fewestBits) return 'is too predictable'
  return undefined
}

// Shannon's measure of the characters as they occur: random base64url of 43 characters measures about 215 bits,
// random hexadecimal of 64 about 245, a sentence of the same length about 165, a keyboard walk less.
function estimatedBits(secret: string): number {
  const counts = new Map<string, number>()
  for (const character of secret) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / secret.length)
  return bits
}

function isRepetition(secret: string): boolean {
  return (secret + secret).indexOf(secret, 1) < secret.length
}

function keysOf(secret: string, issuer: string, environment: string): DerivedKeys {
  const key = (purpose: string): Uint8Array => deriveKey(secret, purpose, issuer, environment)
  return {
    mark: key('mark')[0]!,
    sessionMac: hmac(key('session token')),
    csrfMac: hmac(key('csrf token')),
    accessKey: key('access token'),
    vaultKey: key('key vault'),
  }
}

/** The keys of a single set of secrets, or the error that says what is wrong with them. */
export function requireKeys(secrets: readonly string[], issuer: string, environment: string): readonly DerivedKeys[] {
  const faults: string[] = []
  const keys = deriveKeys(secrets, issuer, environment, faults)
  if (faults.length > 0) throw configurationError('The secrets cannot be used', faults)
  return keys
}
