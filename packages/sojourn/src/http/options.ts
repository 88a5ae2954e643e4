// What an application may say about its HTTP side, and the reading of it: every fault at once.

import { configurationError } from '../core/errors.ts'
import { unknownMembers, type Members } from '../core/members.ts'
import type { Settings } from '../core/options.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import { milliseconds, type Milliseconds } from '../core/time.ts'
import { parseRanges, type AddressRange } from './addresses.ts'
import { checkCookieOptions, cookieJar, type CookieJar, type CookieOptions } from './cookies.ts'
import { readDbscOptions, type DbscOptions, type DbscSettings } from './dbsc-options.ts'
import type { Exchange } from './exchange.ts'
import { normalOrigin } from './origin.ts'
import { tokenBuckets, type RateLimiter } from './rate-limit.ts'
import type { TransportRules } from './transport.ts'

/** A stage of one's own. What it throws, if it is a SojournError, is the answer. */
export type Stage = (exchange: Exchange<RegisteredClaims, RegisteredData>) => void | Promise<void>

export interface HttpOptions {
  readonly cookies?: CookieOptions
  /** Under which the ready-made routes answer; false leaves them out. Default: `/session`. */
  readonly prefix?: string | false
  /** Addresses or ranges whose X-Forwarded headers are believed, such as `'loopback'`. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** Hosts, with port, that are served. Default: all. */
  readonly hosts?: readonly string[]
  /** Other origins whose pages may send unsafe requests with cookies, such as `https://admin.example`. Default: none. */
  readonly trustedOrigins?: readonly string[]
  /**
   * What an unsafe request of a visitor who has not signed in must show: that it comes from our own pages (`origin`), or
   * also a CSRF token bound to the visitor's cookie (`token`). Default: `origin`.
   */
  readonly visitors?: 'origin' | 'token'
  /** Requests of one session. Default: 3,000 a minute. A limiter of your own, or false for none. */
  readonly rateLimit?:
    | { readonly requests: number; readonly per: `${number}${'s' | 'm' | 'h'}` }
    | RateLimiter
    | false
  /**
   * Stages of your own, after those of Sojourn and before your routes, in every framework alike. Each sees the exchange
   * and ends it by throwing a SojournError. They do not stand before the ready-made routes. Default: none.
   */
  readonly stages?: readonly Stage[]
  /**
   * Keeps a cookie of 400 days by which a browser is known to its person again, also after a sign-out: see
   * docs/guides/risk.md. Default: false.
   */
  readonly deviceCookie?: boolean
  /** Binds the sessions of browsers to keys of their devices: see docs/guides/dbsc.md. Default: off. */
  readonly dbsc?: DbscOptions
  /** Header that marks background traffic, which does not count as being seen. Default: `x-background`. */
  readonly backgroundHeader?: string
  /** What sign-out asks the browser to forget besides the cookies. Default: `["cache", "storage"]`. */
  readonly clearSiteData?: readonly ('cache' | 'storage' | 'cookies' | 'executionContexts')[]
}

const members: Members<HttpOptions> = {
  cookies: true,
  prefix: true,
  trustedProxies: true,
  hosts: true,
  trustedOrigins: true,
  visitors: true,
  rateLimit: true,
  stages: true,
  dbsc: true,
  deviceCookie: true,
  backgroundHeader: true,
  clearSiteData: true,
}

export interface HttpSettings {
  readonly secureJar: CookieJar
  readonly plainJar: CookieJar
  readonly prefix: string | undefined
  readonly transport: TransportRules
  readonly trustedOrigins: ReadonlySet<string>
  readonly visitors: 'origin' | 'token'
  readonly limiter: RateLimiter | undefined
  readonly stages: readonly Stage[]
  readonly deviceCookie: boolean
  /** Absent: no session of a browser is bound. */
  readonly dbsc: DbscSettings | undefined
  readonly backgroundHeader: string
  readonly clearSiteData: string
  readonly freshness: Milliseconds
}

/** Reads the options; throws one `config_invalid` that lists every fault. */
export function readHttpOptions(
  options: HttpOptions,
  settings: Pick<Settings<unknown, unknown>, 'environment' | 'policy'>,
): HttpSettings {
  const faults: string[] = [...unknownMembers(options, members)]
  const cookies = options.cookies ?? {}
  checkCookieOptions(cookies, faults)
  const { prefix = '/session', visitors = 'origin', backgroundHeader = 'x-background' } = options
  if (prefix !== false && !/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix)) {
    faults.push(`prefix must be a path such as '/session', or false`)
  }
  if (visitors !== 'origin' && visitors !== 'token') faults.push(`visitors must be 'origin' or 'token'`)
  if (!/^[A-Za-z0-9-]+$/.test(backgroundHeader)) faults.push('backgroundHeader must be the name of a header')
  if (typeof (options.deviceCookie ?? false) !== 'boolean') faults.push('deviceCookie must be true or false')
  const clear = options.clearSiteData ?? ['cache', 'storage']
  if (!clear.every((what) => ['cache', 'storage', 'cookies', 'executionContexts'].includes(what))) {
    faults.push(`clearSiteData may name 'cache', 'storage', 'cookies' and 'executionContexts'`)
  }
  const read = {
    secureJar: cookieJar(cookies, true),
    plainJar: cookieJar(cookies, false),
    prefix: prefix === false ? undefined : prefix,
    transport: {
      trustedProxies: readRanges(options.trustedProxies ?? [], faults),
      hosts: options.hosts && readHosts(options.hosts, faults),
      isProduction: settings.environment === 'production',
    },
    trustedOrigins: readOrigins(options.trustedOrigins ?? [], faults),
    visitors,
    limiter: readLimiter(options.rateLimit, faults),
    stages: options.stages ?? [],
    deviceCookie: options.deviceCookie ?? false,
    dbsc: options.dbsc && readDbscOptions(options.dbsc, cookies, prefix, faults),
    backgroundHeader: backgroundHeader.toLowerCase(),
    clearSiteData: clear.map((what) => `"${what}"`).join(', '),
    freshness: settings.policy.freshness,
  }
  if (faults.length > 0)
    throw configurationError('The HTTP side was given a configuration that cannot be used', faults)
  return read
}

function readRanges(texts: readonly string[], faults: string[]): readonly AddressRange[] {
  return texts.flatMap((text) => {
    const ranges = parseRanges(text)
    if (!ranges)
      faults.push(
        `trustedProxies has ${JSON.stringify(text)}; write an address, a range such as 10.0.0.0/8, or 'loopback'`,
      )
    return ranges ?? []
  })
}

function readHosts(texts: readonly string[], faults: string[]): ReadonlySet<string> {
  if (texts.length === 0) faults.push('hosts is empty, so nothing would be served; leave it out to serve all')
  for (const text of texts) {
    if (!/^[^/\\?#@%*\s]+$/.test(text))
      faults.push(`hosts has ${JSON.stringify(text)}; write host or host:port, nothing more`)
  }
  return new Set(texts.map((text) => text.toLowerCase()))
}

function readOrigins(texts: readonly string[], faults: string[]): ReadonlySet<string> {
  const origins = texts.map((text) => {
    const origin = normalOrigin(text)
    if (origin === undefined)
      faults.push(
        `trustedOrigins has ${JSON.stringify(text)}; write scheme://host or scheme://host:port, nothing more`,
      )
    return origin ?? ''
  })
  return new Set(origins)
}

function readLimiter(limit: HttpOptions['rateLimit'], faults: string[]): RateLimiter | undefined {
  if (limit === false) return undefined
  if (limit && 'take' in limit) return limit
  const { requests, per } = limit ?? { requests: 3000, per: '1m' }
  if (Number.isInteger(requests) && requests >= 1 && milliseconds(per) !== undefined)
    return tokenBuckets({ requests, per })
  faults.push(`rateLimit needs a whole number of requests from 1, and a duration such as '1m'`)
  return undefined
}
