// Nonces for proofs (RFC 9449 §8, §9): they keep somebody who once had the client's key in hand from making proofs for
// later. A nonce is its own record, base64url( time 6 | mac 16 ), so every node knows those of the others and no store is
// asked.

import { Buffer } from 'node:buffer'

import { decode, encode } from '../base64url.ts'
import { equalSecrets } from '../crypto.ts'
import type { DerivedKeys } from '../secrets.ts'
import type { Instant, Milliseconds } from '../time.ts'

const timeBytes = 6
const macBytes = 16
/** How long a nonce is good. */
const nonceLifetime = 300_000

/** A nonce that is good from now on. */
export function issueNonce(keys: readonly DerivedKeys[], now: Instant): string {
  const bytes = Buffer.alloc(timeBytes + macBytes)
  const time = Math.floor(now)
  bytes.writeUInt32BE(Math.floor(time / 0x1_0000), 0)
  bytes[4] = (time >> 8) & 0xff
  bytes[5] = time & 0xff
  bytes.set(keys[0]!.dpopMac(bytes.subarray(0, timeBytes)).subarray(0, macBytes), timeBytes)
  return encode(bytes)
}

/**
 * What a nonce is worth: `aging` is still good, but the client is better given the next one (§8.2). `tolerance` is how far
 * the clock of the node that made it may be ahead.
 */
export function judgeNonce(
  nonce: string,
  keys: readonly DerivedKeys[],
  tolerance: Milliseconds,
  now: Instant,
): 'fresh' | 'aging' | 'spent' {
  const bytes = nonce.length === 30 ? decode(nonce) : undefined
  if (!bytes) return 'spent'
  const signed = bytes.subarray(0, timeBytes)
  const mac = bytes.subarray(timeBytes)
  const isOurs = keys.some(({ dpopMac }) => equalSecrets(dpopMac(signed).subarray(0, macBytes), mac))
  const age = now - signed.reduce((time, byte) => time * 256 + byte, 0)
  if (!isOurs || age < -tolerance || age >= nonceLifetime) return 'spent'
  return age < nonceLifetime / 2 ? 'fresh' : 'aging'
}
