// The session token: the opaque secret that a client holds.
//
//   sj_ base64url( key 1 | tag 6 | secret 24 | generation 4 | mac 16 )
//
// `key` says under which of the application's secrets the mac was made. `tag` is the same for all sessions of a
// subject, and the session id begins with it. The mac refuses a forged token before any store is asked; the 192 random
// bits of `secret` are what a thief of the key would still lack. The store knows only a digest of them: the id.
// The successor of a token is deterministic, so any node hands the same one to a client that asks twice.

import { Buffer } from 'node:buffer'

import { encode } from './base64url.ts'
import { equalSecrets, sha256Text } from './crypto.ts'
import type { DerivedKeys } from './secrets.ts'
import type { Random } from './system.ts'

/** By this, secret scanners and log redaction find session tokens. */
export const sessionTokenPrefix = 'sj_'

/** The characters of a session token, prefix included. */
export const sessionTokenLength = 71

/** What of a session token does not change when it rotates. */
export interface SessionSecret {
  /** 6 bytes that all sessions of a subject share. */
  readonly tag: Uint8Array
  /** 24 random bytes. */
  readonly secret: Uint8Array
}

/** A session token whose mac was right. */
export interface PresentedToken extends SessionSecret {
  readonly sessionId: string
  readonly generation: number
}

const bytesTotal = 51
const macAt = 35
const macBytes = 16
const lastGeneration = 0xffff_ffff

/**
 * The name under which the store keeps everything of one subject: 24 characters, the first eight of which begin each
 * of its session ids. A digest, so that a store does not show who its users are.
 */
export function ownerOf(issuer: string, subject: string): string {
  return sha256Text(`${issuer.length}:${issuer}${subject}`).slice(0, 24)
}

/** The owner of an anonymous session: nobody else's. */
export function anonymousOwner(random: Random): string {
  return encode(random(18))
}

/** Makes the secret of a new session of this owner. */
export function newSecret(owner: string, random: Random): SessionSecret {
  return { tag: Buffer.from(owner.slice(0, 8), 'base64url'), secret: random(24) }
}

/** The public name of the session that this secret opens: 32 characters, of which nothing leads back. */
export function sessionIdOf({ tag, secret }: SessionSecret): string {
  // 6 and 18 bytes fill 8 and 24 characters exactly.
  return encode(tag) + sha256Text(secret).slice(0, 24)
}

/** The session token of one generation, made under the newest secret. */
export function issueSessionToken(
  of: SessionSecret,
  generation: number,
  keys: readonly DerivedKeys[],
): string {
  if (generation > lastGeneration)
    throw new RangeError('The session has been rotated more than 4294967295 times')
  const newest = keys[0]!
  const bytes = Buffer.allocUnsafe(bytesTotal)
  bytes[0] = newest.mark
  bytes.set(of.tag, 1)
  bytes.set(of.secret, 7)
  bytes.writeUInt32BE(generation, 31)
  bytes.set(newest.sessionMac(bytes.subarray(0, macAt)).subarray(0, macBytes), macAt)
  return sessionTokenPrefix + bytes.toString('base64url')
}

const shape = /^sj_[A-Za-z0-9_-]{68}$/

/**
 * Reads a session token. Undefined unless it was made under one of these secrets, for this issuer and environment.
 * 51 bytes fill 68 characters exactly, so a token has only one spelling.
 */
export function readSessionToken(token: string, keys: readonly DerivedKeys[]): PresentedToken | undefined {
  if (typeof token !== 'string' || token.length !== sessionTokenLength || !shape.test(token)) return undefined
  const bytes = Buffer.from(token.slice(sessionTokenPrefix.length), 'base64url')
  const signed = bytes.subarray(0, macAt)
  const mac = bytes.subarray(macAt)
  for (const { mark, sessionMac } of keys) {
    if (mark !== bytes[0] || !equalSecrets(sessionMac(signed).subarray(0, macBytes), mac)) continue
    const of = { tag: bytes.subarray(1, 7), secret: bytes.subarray(7, 31) }
    return { ...of, sessionId: sessionIdOf(of), generation: bytes.readUInt32BE(31) }
  }
  return undefined
}
