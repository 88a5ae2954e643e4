// The device token: by it a browser is known to its person again after a sign-out. It signs nobody in.
//
//   base64url( random 16 | mac 16 for each subject, the latest first )
//
// Each mac covers the random part and one subject who has signed in here, so the token says of a given person whether they
// have used this browser, and does not tell who its people are. Nothing is kept in the store. A copy of it makes another
// device look known, no more: it is asked for nothing but a note.

import { Buffer } from 'node:buffer'

import { decode, encode } from './base64url.ts'
import { equalSecrets } from './crypto.ts'
import type { DerivedKeys } from './secrets.ts'
import type { Random } from './system.ts'

const size = 16
const mostSubjects = 4

/** Whether the subject has signed in with this token before. False for anything that is no device token of ours. */
export function isKnownTo(subject: string, token: string | undefined, keys: readonly DerivedKeys[]): boolean {
  const read = readDeviceToken(token)
  let found = false
  for (const mac of read?.macs ?? [])
    for (const key of keys) if (equalSecrets(macOf(key, read!.salt, subject), mac)) found = true
  return found
}

/** The token for the next sign-in: the subject is known to it from now on, and of the others the latest three. */
export function knowing(
  subject: string,
  token: string | undefined,
  keys: readonly DerivedKeys[],
  random: Random,
): string {
  const { salt, macs } = readDeviceToken(token) ?? { salt: random(size), macs: [] }
  const own = keys.map((key) => macOf(key, salt, subject))
  const others = macs.filter((mac) => !own.some((one) => equalSecrets(one, mac)))
  return encode(Buffer.concat([salt, own[0]!, ...others.slice(0, mostSubjects - 1)]))
}

function readDeviceToken(
  token: string | undefined,
): { readonly salt: Uint8Array; readonly macs: readonly Uint8Array[] } | undefined {
  if (token === undefined || token.length > Math.ceil((size * (1 + mostSubjects) * 4) / 3)) return undefined
  const bytes = decode(token)
  if (!bytes || bytes.length <= size || bytes.length % size !== 0) return undefined
  const blocks = Array.from({ length: bytes.length / size }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  const [salt, ...macs] = blocks
  return { salt: salt!, macs }
}

// The random part has a fixed length and comes first, so no two pairs give the same message.
function macOf(keys: DerivedKeys, salt: Uint8Array, subject: string): Uint8Array {
  return keys.deviceMac(Buffer.concat([salt, Buffer.from(subject, 'utf8')])).subarray(0, size)
}
