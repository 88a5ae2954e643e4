// How entries are written in Redis: the name of the hash of an owner, the fields in it, and the value of a field.

import type { Entry } from '../core/store.ts'
import { grace } from './redis-scripts.ts'

const partitionCharacters = 8

/** Where an id or an owner is kept: the hash of its partition. All of it falls into one slot of a cluster. */
export function hashOf(prefix: string, idOrOwner: string): string {
  return `${prefix}{${slotName(tagOf(idOrOwner))}}`
}

/** The partition whose hash that key is. */
export function tagIn(prefix: string, hash: string): string {
  const name = hash.slice(prefix.length + 1, -1)
  return name.startsWith('.') ? Buffer.from(name.slice(1), 'hex').toString() : name
}

export function tagOf(name: string): string {
  // Half a character would not survive: the other half is in the rest.
  const splits = /[\ud800-\udbff]/.test(name.charAt(partitionCharacters - 1))
  return name.slice(0, splits ? partitionCharacters - 1 : partitionCharacters)
}

/** The field of an id, or what of an owner is in a value. */
export function restOf(name: string): string {
  return name.slice(tagOf(name).length)
}

// Ids of Sojourn are base64url. Whatever else somebody uses must not end the hash tag early.
function slotName(tag: string): string {
  return /^[A-Za-z0-9_-]+$/.test(tag) ? tag : `.${Buffer.from(tag).toString('hex')}`
}

/** When Redis may forget an entry, in milliseconds since the epoch. */
export function keptUntil({ expiresAt }: Entry): string {
  return String(Math.max(1, Math.trunc(expiresAt + grace)))
}

export function valueOf({ owner, version, expiresAt, state }: Entry): string {
  const rest = restOf(owner)
  return `${version};${expiresAt};${Buffer.byteLength(rest)};${rest}${state}`
}

/** The entry in a value. Throws if it is none: what we did not write we do not believe. */
export function entryIn(tag: string, field: string, value: unknown): Entry {
  const head = typeof value === 'string' ? /^(\d+);(-?[\d.]+);(\d+);/.exec(value) : null
  if (!head) throw new Error('Redis holds something under a key of ours that is no entry')
  const text = head.input.slice(head[0].length)
  const owner = firstBytes(text, Number(head[3]))
  return {
    id: tag + field,
    owner: tag + owner,
    version: Number(head[1]),
    expiresAt: Number(head[2]),
    state: text.slice(owner.length),
  }
}

/** The entries in the alternating fields and values of a hash. */
export function entriesIn(tag: string, reply: unknown): Entry[] {
  const flat = reply as unknown[]
  return flat.flatMap((field, at) => (at % 2 === 0 ? [entryIn(tag, String(field), flat[at + 1])] : []))
}

// The length counts bytes, as the scripts do; for all but exotic owners those are characters.
function firstBytes(text: string, bytes: number): string {
  const simple = text.slice(0, bytes)
  return Buffer.byteLength(simple) === bytes ? simple : Buffer.from(text).subarray(0, bytes).toString()
}
