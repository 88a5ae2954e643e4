// The access token: a short JWT (RFC 9068) that is verified without the store.
//
// We mint every token that we accept, so we accept nothing that we could not have minted. The header segment is looked
// up, as an exact string, to find the key and with it the algorithm: whatever else a header could say (`none`, another
// algorithm, `jku`, `crit`, a member twice) finds no code to attack. After the signature has been checked the payload
// must be, to the letter, what we would write for the claims in it: that leaves no room for a second spelling,
// a repeated member, a byte that is not UTF-8, or a number that is not finite.

import { Buffer } from 'node:buffer'

import type { SigningKey, VerifyingKey } from './algorithms.ts'
import { encode, encodeText } from './base64url.ts'
import { numericDate, type Instant, type Milliseconds } from './time.ts'

/** What an access token says. Times are NumericDates (RFC 7519 §2): seconds since the epoch. */
export interface AccessClaims {
  readonly iss: string
  /** The subject; the session id where the session has none. */
  readonly sub: string
  readonly aud: string
  readonly client_id: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly sid: string
  /** The generation of the session token at which it was minted. */
  readonly gen: number
  /** The version of the session's claims. */
  readonly ver: number
  readonly auth_time: number
  readonly amr?: readonly string[]
  readonly acr?: string
  /** The key without which the token is worth nothing (RFC 9449 §6.1). */
  readonly cnf?: { readonly jkt: string }
  /** Where its status is told (draft-ietf-oauth-status-list-20 §6.2). */
  readonly status?: { readonly status_list: { readonly idx: number; readonly uri: string } }
  readonly [claim: string]: unknown
}

/** Names that the session's own claims may not have: they mean something in a JWT. */
export const reservedClaims: ReadonlySet<string> = new Set(
  (
    'iss sub aud client_id iat exp nbf jti sid gen ver auth_time amr acr ' +
    'scope cnf nonce azp act may_act events status htm htu ath ' +
    '__proto__ constructor prototype'
  ).split(' '),
)

/** What a verified access token tells the application. */
export interface Access<Claims = Readonly<Record<string, unknown>>> {
  readonly sessionId: string
  readonly subject?: string
  readonly generation: number
  readonly claims: Claims
  readonly claimsVersion: number
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  readonly authenticatedAt: Instant
  readonly amr: readonly string[]
  readonly acr?: string
  /** The thumbprint of the key that a proof with it must be by (RFC 9449 §6.1). */
  readonly jkt?: string
  /** Where its status is told, for verifiers that follow no feed. */
  readonly status?: { readonly uri: string; readonly index: number }
  readonly tokenId: string
}

/** What a token must say to be accepted here. */
export interface Expected {
  readonly issuer: string
  readonly audience: string
  /** How far another node's clock may be ahead of ours. */
  readonly tolerance: Milliseconds
}

export const rejections = [
  'format',
  'key',
  'signature',
  'payload',
  'issuer',
  'audience',
  'time',
  'expired',
] as const

/** Why a token was not accepted: for logs, never for the one who presented it. */
export type Rejection = (typeof rejections)[number]

export type Verdict =
  | { readonly ok: true; readonly access: Access }
  | { readonly ok: false; readonly reason: Rejection }

/** No token is longer; anything longer is refused before a byte of it is decoded. */
export const longestAccessToken = 8192

const jtiBytes = 16

/** Mints an access token. The claims are written as they stand. */
export function mintAccessToken(claims: AccessClaims, key: SigningKey): string {
  const input = `${key.header}.${encodeText(JSON.stringify(claims))}`
  return `${input}.${key.sign(input)}`
}

/** The `jti` of a new token: 128 random bits. */
export function newTokenId(random: (length: number) => Uint8Array): string {
  return encode(random(jtiBytes))
}

/** Verifies an access token: its form, its key, its signature, and only then what it says. Never throws. */
export function verifyAccessToken(
  token: string,
  keyOf: (header: string) => VerifyingKey | undefined,
  expected: Expected,
  now: Instant,
): Verdict {
  if (token.length > longestAccessToken) return refuse('format')
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  if (headerEnd < 1 || payloadEnd <= headerEnd + 1) return refuse('format')
  const key = keyOf(token.slice(0, headerEnd))
  if (!key) return refuse('key')
  // A further dot would be part of the signature, which no key accepts.
  if (!key.verify(token.slice(0, payloadEnd), token.slice(payloadEnd + 1))) return refuse('signature')
  const claims = readPayload(token.slice(headerEnd + 1, payloadEnd))
  return claims ? judge(claims, expected, now) : refuse('payload')
}

function refuse(reason: Rejection): Verdict {
  return { ok: false, reason }
}

function readPayload(segment: string): Partial<AccessClaims> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined
    return encodeText(JSON.stringify(claims)) === segment ? claims : undefined
  } catch {
    return undefined
  }
}

function judge(claims: Partial<AccessClaims>, expected: Expected, now: Instant): Verdict {
  if (!isWhole(claims)) return refuse('payload')
  if (claims.iss !== expected.issuer) return refuse('issuer')
  if (claims.aud !== expected.audience) return refuse('audience')
  const latest = numericDate(now + expected.tolerance)
  const notBefore = claims['nbf']
  if (notBefore !== undefined && !(isDate(notBefore) && notBefore <= latest)) return refuse('time')
  if (claims.iat > latest || claims.exp <= claims.iat) return refuse('time')
  if (now >= claims.exp * 1000) return refuse('expired')
  return { ok: true, access: accessOf(claims) }
}

function isWhole(claims: Partial<AccessClaims>): claims is AccessClaims {
  const { iss, sub, aud, sid, jti, gen, ver, iat, exp, auth_time: authTime, amr, acr } = claims
  if (!isName(iss) || !isName(sub) || !isName(aud) || !isName(sid) || !isName(jti)) return false
  if (!isDate(iat) || !isDate(exp) || !isDate(authTime) || !isCount(gen) || !isCount(ver)) return false
  if (amr !== undefined && !(Array.isArray(amr) && amr.every((method) => typeof method === 'string')))
    return false
  if (claims.status !== undefined && !isStatus(claims.status)) return false
  if (claims.cnf !== undefined && !isThumbprint((claims.cnf as Partial<typeof claims.cnf> | null)?.jkt))
    return false
  return acr === undefined || typeof acr === 'string'
}

/** Whether a value has the form of a SHA-256 thumbprint (RFC 7638). */
export function isThumbprint(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

// A date in milliseconds, or beyond the year 9999, is a mistake that would make a token last for ever.
function isDate(value: unknown): value is number {
  return isCount(value) && value <= 253_402_300_799
}

// NaN, fractions and infinities included: we never write them.
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** What the claims of a token tell the application. */
export function accessOf(claims: AccessClaims): Access {
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(claims)) if (!reservedClaims.has(name)) own[name] = claims[name]
  const access: { -readonly [Name in keyof Access]: Access[Name] } = {
    sessionId: claims.sid,
    generation: claims.gen,
    claims: own,
    claimsVersion: claims.ver,
    issuedAt: claims.iat * 1000,
    expiresAt: claims.exp * 1000,
    authenticatedAt: claims.auth_time * 1000,
    amr: claims.amr ?? [],
    tokenId: claims.jti,
  }
  if (claims.sub !== claims.sid) access.subject = claims.sub
  if (claims.acr !== undefined) access.acr = claims.acr
  if (claims.cnf !== undefined) access.jkt = claims.cnf.jkt
  if (claims.status !== undefined) access.status = placeIn(claims.status)
  return access
}

function isStatus(value: unknown): boolean {
  const { idx, uri } = (value as Partial<NonNullable<AccessClaims['status']>> | null)?.status_list ?? {}
  return isCount(idx) && typeof uri === 'string'
}

function placeIn({
  status_list: { idx, uri },
}: NonNullable<AccessClaims['status']>): NonNullable<Access['status']> {
  return { uri, index: idx }
}
