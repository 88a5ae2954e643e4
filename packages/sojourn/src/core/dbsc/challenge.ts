// Challenges for Device Bound Session Credentials. Each is for one session and one purpose, random, good for some minutes
// and for one use; base64url( time 6 | random 16 | mac 16 ), so every node knows those of the others, and only the use is
// noted in the store. That several are good at a time is wanted: a browser may sign an earlier one while a later one is on
// its way (Server considerations).

import { Buffer } from 'node:buffer'

import { decode, encode } from '../base64url.ts'
import { equalSecrets } from '../crypto.ts'
import type { DerivedKeys } from '../secrets.ts'
import type { Random } from '../system.ts'
import type { Instant, Milliseconds } from '../time.ts'

/** What a challenge is for. */
export interface ChallengeUse {
  readonly purpose: 'registration' | 'refresh'
  readonly sessionId: string
}

const timeBytes = 6
const randomBytes = 16
const macBytes = 16
const lifetimes = { registration: 300_000, refresh: 600_000 } as const

/** A new challenge, good from now on. */
export function issueChallenge(
  use: ChallengeUse,
  keys: readonly DerivedKeys[],
  random: Random,
  now: Instant,
): string {
  const time = Buffer.alloc(timeBytes)
  time.writeUInt32BE(Math.floor(now / 0x1_0000), 0)
  time[4] = (now >> 8) & 0xff
  time[5] = now & 0xff
  const signed = Buffer.concat([time, random(randomBytes)])
  return encode(Buffer.concat([signed, macOf(signed, use, keys[0]!)]))
}

/** Until when a challenge is good; undefined if it is not, or is none of ours for this use. */
export function challengeEnd(
  challenge: string,
  use: ChallengeUse,
  { keys, tolerance }: { readonly keys: readonly DerivedKeys[]; readonly tolerance: Milliseconds },
  now: Instant,
): Instant | undefined {
  const bytes = challenge.length === 51 ? decode(challenge) : undefined
  if (!bytes) return undefined
  const signed = bytes.subarray(0, timeBytes + randomBytes)
  const mac = bytes.subarray(timeBytes + randomBytes)
  if (!keys.some((own) => equalSecrets(macOf(signed, use, own), mac))) return undefined
  const from = signed.subarray(0, timeBytes).reduce((time, byte) => time * 256 + byte, 0)
  const until = from + lifetimes[use.purpose]
  return now >= from - tolerance && now < until ? until : undefined
}

function macOf(
  signed: Uint8Array,
  { purpose, sessionId }: ChallengeUse,
  { dbscMac }: DerivedKeys,
): Uint8Array {
  return dbscMac(Buffer.concat([signed, Buffer.from(`${purpose} ${sessionId}`, 'utf8')])).subarray(
    0,
    macBytes,
  )
}
