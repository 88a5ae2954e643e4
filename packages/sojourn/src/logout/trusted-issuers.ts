// Whose word counts: issuers whose names, audiences and keys come from the configuration, and never from a token.

import { configurationError } from '../core/errors.ts'
import { readKeySet, type JwkSet, type KeySet } from '../core/key-set.ts'
import { issuerFault } from '../core/options.ts'
import { fixedKeys, keysUrlFault, remoteKeys, type Fetch, type KeySource } from '../core/remote-keys.ts'
import { openJwt, signatureFault, type ForeignType, type JwtClaims } from '../core/signed-jwt.ts'
import type { Instant, Milliseconds } from '../core/time.ts'

/** An identity provider, or whoever else tells of sessions that are over. */
export interface TrustedIssuer {
  /** Exactly as in the `iss` of its tokens. */
  readonly issuer: string
  /** Who we are to it: the `client_id`, or what else it writes as `aud`. */
  readonly audience: string
  /** Its public keys: a JWK set, or the https URL (`jwks_uri`) at which it publishes one. Each key must name its `alg`. */
  readonly jwks: JwkSet | string
}

export interface ReceiverOptions {
  /** Fetches the keys of trusted issuers. Default: the `fetch` of the runtime. */
  readonly fetch?: Fetch
}

/** A token whose signature is that of a trusted issuer; whatever else it says is still to be judged. */
export type Opened =
  | { readonly ok: true; readonly claims: JwtClaims; readonly from: TrustedIssuer }
  | {
      readonly ok: false
      readonly reason: string
      readonly error: 'invalid_request' | 'invalid_issuer' | 'invalid_key'
    }

/** The trusted issuers, ready to open their tokens. */
export interface TrustedIssuers {
  /** Never throws for what a token is. Rejects with `verification_unavailable` while the keys cannot be fetched. */
  open(token: string, typ: ForeignType, now: Instant): Promise<Opened>
}

/** No token is longer; anything longer is refused before a byte of it is decoded. */
const longestToken = 16_384
const timeout: Milliseconds = 5000
const mostIssuers = 100

/** Reads the list; throws one `config_invalid` that names every fault. */
export function trustedIssuers(
  what: string,
  list: readonly TrustedIssuer[],
  fetch: Fetch = (url, init) => globalThis.fetch(url, init),
): TrustedIssuers {
  const faults = faultsIn(list)
  if (faults.length > 0) throw configurationError(`${what} was given options that cannot be used`, faults)
  const byName = new Map(list.map((one) => [one.issuer, { one, source: sourceOf(one, fetch) }]))

  return {
    async open(token, typ, now) {
      const jwt = openJwt(token, longestToken)
      if (!jwt) return { ok: false, reason: 'it is not a JWT', error: 'invalid_request' }
      const { iss } = jwt.claims
      const issuer = typeof iss === 'string' ? byName.get(iss) : undefined
      if (!issuer) return { ok: false, reason: 'its issuer is not trusted here', error: 'invalid_issuer' }
      const fault = await signatureFault(jwt, typ, issuer.source, now)
      if (fault === 'type') return { ok: false, reason: `its typ is not ${typ}`, error: 'invalid_request' }
      if (fault !== undefined) return { ok: false, reason: said[fault], error: 'invalid_key' }
      return { ok: true, claims: jwt.claims, from: issuer.one }
    },
  }
}

const said = {
  key: 'it is signed with none of the keys of its issuer',
  signature: 'its signature is not right',
} as const

function sourceOf({ jwks }: TrustedIssuer, fetch: Fetch): KeySource {
  if (typeof jwks === 'string') return remoteKeys({ url: jwks, fetch, timeout, changed: () => {} })
  return fixedKeys(readKeySet(jwks) as KeySet)
}

function faultsIn(list: readonly TrustedIssuer[]): readonly string[] {
  // JavaScript may pass what TypeScript would not.
  const given: unknown = list
  if (!Array.isArray(given) || given.length === 0 || given.length > mostIssuers)
    return [`there must be a list of 1 to ${mostIssuers} issuers`]
  const names = list.map(({ issuer }) => issuer)
  return list.flatMap(({ issuer, audience, jwks }, index) => {
    const keys = typeof jwks === 'string' ? keysUrlFault(jwks) : readKeySet(jwks)
    const wrong = issuerFault(issuer)
    return [
      ...(wrong === undefined ? [] : [`[${index}].issuer ${wrong}`]),
      ...(names.indexOf(issuer) === index ? [] : [`[${index}].issuer is the same as an earlier one`]),
      ...(typeof audience === 'string' && audience !== ''
        ? []
        : [`[${index}].audience is missing; write the client_id that the issuer knows us by`]),
      ...(typeof keys === 'string' ? [`[${index}].jwks ${keys}`] : []),
    ]
  })
}

/** Whether a token is meant for us: `aud` is our name, or a list with it (RFC 7519 §4.1.3). */
export function isFor(claims: JwtClaims, audience: string): boolean {
  const { aud } = claims
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience
}

/** Whether a value is a NumericDate that makes sense: whole seconds, and not beyond the year 9999. */
export function isDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 253_402_300_799
}

/** Whether a value is a name of at most 255 characters. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
