// Verifying access tokens in another process: a resource server that shares neither the secrets nor the store. It knows
// the issuer, its own name as an audience, and the public keys. It hears of no revocation, so a token is good here until
// it expires, or until the issuer's status list says otherwise; where seconds matter, ask the issuer (RFC 7662), or share
// the store and use createSojourn.

import { AccessCache } from './access-cache.ts'
import { verifyAccessToken, type Access } from './access-token.ts'
import { configurationError, SojournError } from './errors.ts'
import { readKeySet, type JwkSet, type KeySet } from './key-set.ts'
import { issuerFault } from './options.ts'
import { fixedKeys, keysUrlFault, remoteKeys, type Fetch, type KeySource } from './remote-keys.ts'
import { remoteStatus, type RemoteStatus } from './remote-status.ts'
import type { Facts } from './schema.ts'
import { systemClock, type Clock } from './system.ts'
import { milliseconds, type Duration, type Instant, type Milliseconds } from './time.ts'

export interface VerifierOptions {
  /** Who issues the tokens, exactly as in their `iss`. */
  readonly issuer: string
  /** Who we are: tokens for somebody else are refused. */
  readonly audience: string
  /** The issuer's public keys: a JWK set, or the https URL at which it publishes one. */
  readonly jwks: JwkSet | string
  /** How far clocks may differ. Default: 10 seconds; at most 2 minutes. */
  readonly clockTolerance?: Duration
  /** How long fetching the keys may take. Default: 5 seconds; at most 30. */
  readonly timeout?: Duration
  /**
   * Asks the issuer's status lists, which are under this URL, whether a token was revoked: `/status-lists` at the issuer, if
   * true. A token without a status is judged without. Default: a token is good until it expires.
   */
  readonly statusLists?: boolean | string
  /** Tokens that are remembered as verified. Default: 10,000. */
  readonly cacheSize?: number
  /** Fetches the keys. Default: the `fetch` of the runtime. */
  readonly fetch?: Fetch
  /** For tests. Default: the clock of the system. */
  readonly clock?: Clock
}

export interface Verifier<Claims = Facts> {
  /**
   * What an access token says. Rejects with `token_rejected`, the same for every fault, or with
   * `verification_unavailable` while the keys cannot be fetched.
   */
  verify(accessToken: string): Promise<Access<Claims>>
}

/** Makes a verifier. Throws one `config_invalid` that lists every fault. Keys at a URL are fetched when first needed. */
export function createVerifier<Claims = Facts>(options: VerifierOptions): Verifier<Claims> {
  const { expected, clock, cache, source, status } = read(options)

  // Last of all: what is forged, expired or for somebody else makes us ask nobody (§8.3 of the draft).
  async function withStatus(access: Access<unknown>, now: Instant): Promise<Access<Claims>> {
    if (status && access.status && !(await status.isValid(access.status, now)))
      throw new SojournError('token_rejected')
    return access as Access<Claims>
  }

  return {
    async verify(accessToken) {
      const now = clock()
      const token: unknown = accessToken
      if (typeof token !== 'string') throw new SojournError('token_rejected')
      const keys = await source.current(now)
      const known = cache.find(token)
      if (known && now < known.expiresAt) return withStatus(known, now)
      const judge = (set: KeySet): ReturnType<typeof verifyAccessToken> =>
        verifyAccessToken(token, (header) => set.get(header), expected, now)
      const first = judge(keys)
      // Its key may be new. The source decides whether it is time to look.
      const verdict = first.ok || first.reason !== 'key' ? first : judge(await source.missing(now))
      // Here is no store that could tell a proof from its copy, so a token that needs one is not taken.
      if (!verdict.ok || verdict.access.jkt !== undefined) throw new SojournError('token_rejected')
      cache.add(token, verdict.access)
      return withStatus(verdict.access, now)
    },
  }
}

function read(options: VerifierOptions): {
  readonly expected: { readonly issuer: string; readonly audience: string; readonly tolerance: Milliseconds }
  readonly clock: Clock
  readonly cache: AccessCache
  readonly source: KeySource
  readonly status: RemoteStatus | undefined
} {
  const { issuer, audience, jwks, cacheSize = 10_000 } = options
  const faults: string[] = []
  const wrongIssuer = issuerFault(issuer)
  if (wrongIssuer) faults.push(`issuer ${wrongIssuer}`)
  if (typeof audience !== 'string' || audience === '')
    faults.push('audience is missing; write the name of this service')
  const span = (name: 'clockTolerance' | 'timeout', fallback: Duration, most: Duration): Milliseconds => {
    const value = milliseconds(options[name] ?? fallback)
    if (value === undefined || value > milliseconds(most)!)
      faults.push(`${name} is not a duration of at most ${most}`)
    return value ?? 0
  }
  const tolerance = span('clockTolerance', '10s', '2m')
  const timeout = span('timeout', '5s', '30s')
  if (!Number.isInteger(cacheSize) || cacheSize < 1) faults.push('cacheSize is not a whole number from 1')
  const keys = typeof jwks === 'string' ? keysUrlFault(jwks) : readKeySet(jwks)
  if (typeof keys === 'string') faults.push(`jwks ${keys}`)
  const lists = statusListsUrl(options)
  const wrongLists = lists && issuerFault(lists)
  if (wrongLists) faults.push(`statusLists ${wrongLists}`)
  if (faults.length > 0)
    throw configurationError('createVerifier was given a configuration that cannot be used', faults)

  const cache = new AccessCache(cacheSize)
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
  const source =
    typeof jwks === 'string'
      ? remoteKeys({ url: jwks, fetch, timeout, changed: () => cache.clear() })
      : fixedKeys(keys as KeySet)
  const status = lists ? remoteStatus({ url: lists, source, fetch, timeout, tolerance }) : undefined
  const clock = options.clock ?? systemClock()
  return { expected: { issuer, audience, tolerance }, clock, cache, source, status }
}

function statusListsUrl({ statusLists = false, issuer }: VerifierOptions): string | undefined {
  if (statusLists === false || typeof issuer !== 'string') return undefined
  return (statusLists === true ? `${issuer.replace(/\/$/, '')}/status-lists` : statusLists).replace(/\/$/, '')
}
