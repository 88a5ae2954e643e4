// base64url without padding (RFC 4648 §5, RFC 7515 §2), and only its one canonical spelling.

import { Buffer } from 'node:buffer'

/** The bytes as text. */
export function encode(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url')
}

/** UTF-8 text as base64url. */
export function encodeText(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

/**
 * The bytes that this text spells, or undefined unless it is exactly how `encode` spells them: no padding, no white
 * space, no `+` or `/`, no stray bits in the last character.
 */
export function decode(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes as Buffer
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
