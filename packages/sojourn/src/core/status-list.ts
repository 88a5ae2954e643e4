// A status list (draft-ietf-oauth-status-list-20 §4): one small number for each token, all of them in one compressed array,
// the first token in the lowest bits of the first byte. Reading it never inflates more than a list may have, whatever the
// text says.

import { Buffer } from 'node:buffer'
import { deflateSync, inflateSync } from 'node:zlib'

import { decode, encode } from './base64url.ts'

/** How many bits a status has (§4.1). */
export type StatusBits = 1 | 2 | 4 | 8

/** A list as a JWT carries it (§4.2). */
export interface EncodedStatusList {
  readonly bits: StatusBits
  readonly lst: string
}

/** A list, inflated. */
export interface StatusList {
  readonly bits: StatusBits
  readonly bytes: Uint8Array
}

/** What a status means (§7.1). Everything but `valid` is a reason not to accept a token. */
export const statuses = { valid: 0, invalid: 1, suspended: 2 } as const

/** Four million statuses of eight bits, or 32 million of one. */
const mostBytes = 4_194_304
const longestText = 2_097_152

/** The list in a `status_list` claim; undefined if it is none, or has more than 4 MiB. */
export function readStatusList(value: unknown): StatusList | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { bits, lst } = value as Readonly<Record<string, unknown>>
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) return undefined
  if (typeof lst !== 'string' || lst.length > longestText) return undefined
  const deflated = decode(lst)
  try {
    return deflated && { bits, bytes: inflateSync(deflated, { maxOutputLength: mostBytes }) }
  } catch {
    return undefined
  }
}

/** The status at an index; undefined beyond the end of the list, where a token has none and must not be accepted (§8.3). */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  if (!Number.isSafeInteger(index) || index < 0) return undefined
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & ((1 << bits) - 1)
}

/** A list of so many tokens, of which these are invalid and all others valid. */
export function encodeStatusList(size: number, invalid: Iterable<number>): EncodedStatusList {
  const bytes = Buffer.alloc(Math.ceil(size / 8))
  for (const index of invalid) bytes[index >> 3]! |= 1 << (index & 7)
  return { bits: 1, lst: encode(deflateSync(bytes, { level: 9 })) }
}
