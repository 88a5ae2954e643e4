// What may be told of a token: a short digest, by which two of them can be compared, and the generation that the access
// token beside it tells. Eight characters of a digest lead nowhere; the token itself never reaches a script.

import { createHash } from 'node:crypto'

/** Eight characters that are the same for the same token. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}

/** The generation for which an access token was minted; undefined if it cannot be read. Verifies nothing. */
export function generationIn(accessToken: string | undefined): number | undefined {
  const payload = accessToken?.split('.')[1]
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const { gen } = claims as { gen?: unknown }
    return typeof gen === 'number' ? gen : undefined
  } catch {
    return undefined
  }
}

/** A cookie of ours as a `Set-Cookie` line sets it; an empty value is one that is cleared. */
export function readSetCookie(line: string): { readonly name: string; readonly value: string } {
  const pair = line.split(';', 1)[0]!
  const at = pair.indexOf('=')
  return { name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }
}
