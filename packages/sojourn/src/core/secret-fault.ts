// What is wrong with a secret. None that was made as it should be is ever refused; what people copy, type or make up is.

import { Buffer } from 'node:buffer'

import { isPublished } from './published-secrets.ts'

// No secret of 32 random bytes falls short of these: among 300,000 none measured less than 180 and 171.
const fewestBits = 170
const fewestStepBits = 120
const fewestCharacters = 43

/** What is wrong with a secret, in words that do not quote it; undefined if nothing is. */
export function secretFault(secret: string | undefined): string | undefined {
  if (typeof secret !== 'string' || secret === '') return 'is missing'
  if (isKeyFile(secret)) return 'is a key file, not a secret'
  if (secret.length < fewestCharacters) {
    return `has ${secret.length} characters; 32 random bytes in base64url have ${fewestCharacters}`
  }
  if (isPublished(secret)) return 'has been published, so everybody has it'
  if ([isRepetition, isPlaceholder, isMonotonous, isEncodedText].some((is) => is(secret))) {
    return 'is too predictable'
  }
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

// Words in base64 or hexadecimal, as many how-tos have them. Of 32 random bytes all are printable once in 10^13 times.
function isEncodedText(secret: string): boolean {
  return decoded(secret).every((byte) => byte >= 0x20 && byte < 0x7f)
}

function decoded(secret: string): Uint8Array {
  return Buffer.from(secret, /^[0-9a-f]+$/i.test(secret) ? 'hex' : 'base64')
}

/** Whether the text is a key of another kind: PEM, JWK, OpenSSH, or DER (X.690 §8.9) in base64 or hexadecimal. */
function isKeyFile(secret: string): boolean {
  if (/-----BEGIN|"kty"|^\s*(?:ssh|ecdsa)-/.test(secret)) return true
  return isDer(decoded(secret.replace(/\s/g, '')))
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
