// Secrets that look random and that everybody has, because a standard, a manual or a tutorial has printed them. Here are
// only their digests: whoever reads this learns none, and nobody can copy one from here. What is shorter than a secret must
// be, or made of words, is refused without being listed.

import { sha256Text } from './crypto.ts'

// The first 16 characters of SHA-256 in base64url, of the secret as `normalized` gives it.
const published: ReadonlySet<string> = new Set([
  'wdLocmN18R_aM9Ay', // RFC 7515 A.1 and RFC 7519 3.1
  'A89twVUQwXgHl5M3', // RFC 7520 3.5
  'W40_smTmytePc2De', // RFC 7520 3.6
  '7n8D9xFffKGdHV6F', // the machineKey of manuals of ASP.NET
  'Xfc-GqWdjzMsL1_W', // tutorials of Spring Security
  'GsJaK5KvcVG30es1', // another one of them
])

/** Whether the secret is one that everybody has, in whatever base64 or case it is written. */
export function isPublished(secret: string): boolean {
  return published.has(sha256Text(normalized(secret)).slice(0, 16))
}

function normalized(secret: string): string {
  return secret.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '').toLowerCase()
}
