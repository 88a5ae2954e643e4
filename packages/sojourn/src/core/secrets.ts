// The application's secrets, newest first, and the keys derived from each. Every derived key depends on the secret,
// the issuer and the environment's name, so a token of staging means nothing in production even where somebody gave
// both the same secret.

import { Buffer } from 'node:buffer'

import { configurationError } from './errors.ts'
import { deriveKey, hmac, type Mac } from './crypto.ts'

/** The keys that one secret gives. */
export interface DerivedKeys {
  /** Says in a session token under which secret it was made: one byte, not unique. */
  readonly mark: number
  readonly sessionMac: Mac
  readonly csrfMac: Mac
  readonly deviceMac: Mac
  /** For access tokens with HS256, which only this application verifies. */
  readonly accessKey: Uint8Array
  /** Encrypts private signing keys in the store. */
  readonly vaultKey: Uint8Array
  /** Chains the lines of the audit trail. */
  readonly auditMac: Mac
}

// No secret of 32 random bytes falls short of these: among 300,000 none measured less than 180 and 171.
const fewestBits = 170
const fewestStepBits = 120
const fewestCharacters = 43

/** Derives the keys of each fit secret; what is wrong with the others is added to `faults`. */
export function deriveKeys(
  secrets: readonly (string | undefined)[],
  issuer: string,
  environment: string,
  faults: string[],
): readonly DerivedKeys[] {
  if (!isList(secrets)) {
    faults.push('secrets is not a list; write [process.env.SOJOURN_SECRET]')
    return []
  }
  if (secrets.length === 0) faults.push(`secrets is empty; ${howToMake}`)
  secrets.forEach((secret, index) => {
    const fault = secretFault(secret)
    if (fault) faults.push(`secrets[${index}] ${fault}; ${howToMake}`)
    else if (secrets.indexOf(secret) !== index) faults.push(`secrets[${index}] is the same as an earlier one`)
  })
  const usable = secrets.filter((secret) => secretFault(secret) === undefined)
  return usable.map((secret) => keysOf(secret!, issuer, environment))
}

// As a statement about the value, not about its type.
function isList(value: unknown): boolean {
  return Array.isArray(value)
}

const howToMake = 'make one with: npx sojourn keys generate-secret'

/** What is wrong with a secret, in words that do not quote it; undefined if nothing is. */
export function secretFault(secret: string | undefined): string | undefined {
  if (typeof secret !== 'string' || secret === '') return 'is missing'
  if (isKeyFile(secret)) return 'is a key file, not a secret'
  if (secret.length < fewestCharacters) {
    return `has ${secret.length} characters; 32 random bytes in base64url have ${fewestCharacters}`
  }
  if (isRepetition(secret) || isPlaceholder(secret) || isMonotonous(secret)) return 'is too predictable'
  if (/\s/.test(secret)) return 'has white space; random bytes in base64url have none'
  return undefined
}

// Three ways to look at a text: its characters as they occur, the steps from each to the next (an alphabet takes the
// same one over and over), and the steps on a keyboard.
function isMonotonous(secret: string): boolean {
  const codes = Array.from(secret).map((character) => character.codePointAt(0)!)
  const places = Array.from(secret.toLowerCase()).map((character) => keyboard.indexOf(character))
  if (bitsOf(codes) < fewestBits) return true
  return bitsOf(stepsOf(codes)) < fewestStepBits || bitsOf(stepsOf(places)) < fewestStepBits
}

const keyboard = '1234567890 qwertyuiop asdfghjkl zxcvbnm'

function stepsOf(places: readonly number[]): readonly number[] {
  return places.slice(1).map((place, index) => place - places[index]!)
}

// Shannon's measure. Of the characters, random base64url of 43 measures about 208 bits, random hexadecimal of 64 about
// 245, a sentence of 43 about 160. Of the steps, a random text measures no less, an alphabet or a keyboard below 60.
function bitsOf(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / values.length)
  return bits
}

function isRepetition(secret: string): boolean {
  return (secret + secret).indexOf(secret, 1) < secret.length
}

// Chance writes none of these words: in 43 characters once in five million secrets.
function isPlaceholder(secret: string): boolean {
  return /secret|password|random|change.?me|example/i.test(secret)
}

/** Whether the text is a key of another kind: PEM, JWK, OpenSSH, or DER (X.690 §8.9) in base64 or hexadecimal. */
function isKeyFile(secret: string): boolean {
  if (/-----BEGIN|"kty"|^\s*(?:ssh|ecdsa)-/.test(secret)) return true
  const encoding = /^[0-9a-f]+$/i.test(secret) ? 'hex' : 'base64'
  return isDer(Buffer.from(secret.replace(/\s/g, ''), encoding))
}

// A sequence that begins with a sequence or a number and ends where the bytes do. 32 random bytes are too few for a key.
function isDer(bytes: Uint8Array): boolean {
  const [type, length = 0, ...rest] = bytes.subarray(0, 5)
  if (type !== 0x30 || bytes.length < 44) return false
  const lengthBytes = length < 0x80 ? 0 : length - 0x80
  const announced =
    length < 0x80 ? length : rest.slice(0, lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  const first = bytes[2 + lengthBytes]
  return announced === bytes.length - 2 - lengthBytes && (first === 0x30 || first === 0x02)
}

function keysOf(secret: string, issuer: string, environment: string): DerivedKeys {
  const key = (purpose: string): Uint8Array => deriveKey(secret, purpose, issuer, environment)
  return {
    mark: key('mark')[0]!,
    sessionMac: hmac(key('session token')),
    csrfMac: hmac(key('csrf token')),
    deviceMac: hmac(key('device token')),
    accessKey: key('access token'),
    vaultKey: key('key vault'),
    auditMac: hmac(key('audit trail')),
  }
}

/** The keys of a single set of secrets, or the error that says what is wrong with them. */
export function requireKeys(
  secrets: readonly string[],
  issuer: string,
  environment: string,
): readonly DerivedKeys[] {
  const faults: string[] = []
  const keys = deriveKeys(secrets, issuer, environment, faults)
  if (faults.length > 0) throw configurationError('The secrets cannot be used', faults)
  return keys
}
