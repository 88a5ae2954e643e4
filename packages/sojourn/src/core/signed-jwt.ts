// JWTs between us and others, beside access tokens: what we sign for them, and what they have signed for us.
//
// A JWT of ours has its own `typ`, so no verifier takes one kind for another (RFC 8725 §3.11); access tokens are known by
// their whole header and are never confused with these. Of a JWT of others the header must be parsed, and is believed in
// one thing only: which of the keys, that we have from the configuration, it was signed with. The key knows its algorithm.

import type { SigningKey, VerifyingKey } from './algorithms.ts'
import { decode, encodeText } from './base64url.ts'
import { configurationError } from './errors.ts'
import type { KeySet } from './key-set.ts'
import type { KeySource } from './remote-keys.ts'
import { parseStrictly } from './strict-json.ts'
import type { Instant } from './time.ts'

/** The types of what we sign for others. */
export type ForeignType = 'logout+jwt' | 'secevent+jwt' | 'statuslist+jwt'

/** The claims of a JWT: nothing about them is known but their names. */
export type JwtClaims = Readonly<Record<string, unknown>>

/** Signs claims as a JWT. Throws `config_invalid` for a key that nobody else can verify with. */
export function signForOthers(key: SigningKey, typ: ForeignType, claims: JwtClaims): string {
  if (key.algorithm === 'HS256')
    throw configurationError(`Nobody else can verify a ${typ}`, [
      `algorithm is HS256, whose key is ours alone; choose another, such as 'ES256'`,
    ])
  const header = encodeText(JSON.stringify({ alg: key.algorithm, typ, kid: key.kid }))
  const input = `${header}.${encodeText(JSON.stringify(claims))}`
  return `${input}.${key.sign(input)}`
}

/** A JWT of others, before its signature is checked: good for nothing but to find out whose keys to take. */
export interface OpenedJwt {
  readonly header: JwtClaims
  readonly claims: JwtClaims
  readonly input: string
  readonly signature: string
}

/** Takes a JWT apart; undefined unless it has three parts, the first two of which are JSON objects without a name twice. */
export function openJwt(token: string, longest: number): OpenedJwt | undefined {
  if (token.length > longest) return undefined
  const parts = token.split('.')
  const [header, claims] = parts.slice(0, 2).map(objectIn)
  if (parts.length !== 3 || !header || !claims) return undefined
  return { header, claims, input: `${parts[0]}.${parts[1]}`, signature: parts[2]! }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function objectIn(segment: string): JwtClaims | undefined {
  const bytes = decode(segment)
  try {
    const value = bytes && parseStrictly(decoder.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JwtClaims)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * What is wrong with the type, the key or the signature of a JWT; undefined if nothing is. Rejects with
 * `verification_unavailable` while the keys cannot be fetched.
 */
export async function signatureFault(
  jwt: OpenedJwt,
  typ: ForeignType,
  source: KeySource,
  now: Instant,
): Promise<'type' | 'key' | 'signature' | undefined> {
  const { header, input, signature } = jwt
  if (!isOfType(header['typ'], typ)) return 'type'
  // Extensions that must be understood are not (RFC 7515 §4.1.11).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'key'
  const key = keyFor(header, await source.current(now)) ?? keyFor(header, await source.missing(now))
  if (!key) return 'key'
  return key.verify(input, signature) ? undefined : 'signature'
}

// A media type is the same in lower and upper case, and `application/` may be left out (RFC 7515 §4.1.9).
function isOfType(value: unknown, typ: ForeignType): boolean {
  if (typeof value !== 'string') return false
  const type = value.toLowerCase()
  return type === typ || type === `application/${typ}`
}

// Whoever has one key need not name it (OpenID Connect Core §10.1).
function keyFor({ alg, kid }: JwtClaims, keys: KeySet): VerifyingKey | undefined {
  const all = [...keys.values()]
  const key = kid === undefined && all.length === 1 ? all[0] : all.find((one) => one.kid === kid)
  return key?.algorithm === alg ? key : undefined
}
