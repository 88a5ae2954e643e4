// The CSRF token: proof that a request comes from a page that we served to this session.
//
//   base64url( random 16 | mac 16 )
//
// The mac covers what the token is bound to (the session id, or the pre-session cookie of a visitor) and the random
// part, so each ask gives another text (no compression oracle, BREACH) and none is kept in the store.

import { Buffer } from 'node:buffer'

import { decode, encode } from './base64url.ts'
import { equalSecrets } from './crypto.ts'
import type { DerivedKeys } from './secrets.ts'
import type { Random } from './system.ts'

const randomBytes = 16
const macBytes = 16
const tokenLength = 43

/** A CSRF token for what `binding` names. */
export function issueCsrfToken(binding: string, keys: readonly DerivedKeys[], random: Random): string {
  const salt = random(randomBytes)
  const token = Buffer.allocUnsafe(randomBytes + macBytes)
  token.set(salt, 0)
  token.set(macOf(keys[0]!, binding, salt), randomBytes)
  return encode(token)
}

/** Whether the token was made for `binding` under one of these secrets. */
export function isCsrfToken(token: string, binding: string, keys: readonly DerivedKeys[]): boolean {
  if (token.length !== tokenLength) return false
  const bytes = decode(token)
  if (!bytes) return false
  const salt = bytes.subarray(0, randomBytes)
  const mac = bytes.subarray(randomBytes)
  let found = false
  for (const key of keys) if (equalSecrets(macOf(key, binding, salt), mac)) found = true
  return found
}

// The random part has a fixed length and comes first, so no two pairs of binding and salt give the same message.
function macOf(keys: DerivedKeys, binding: string, salt: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(randomBytes + 3 * binding.length)
  message.set(salt, 0)
  const end = randomBytes + message.write(binding, randomBytes, 'utf8')
  return keys.csrfMac(message.subarray(0, end)).subarray(0, macBytes)
}
