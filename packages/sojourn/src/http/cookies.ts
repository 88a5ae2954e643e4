// Cookies: reading the few that are ours, and writing them so that a browser keeps them as we mean it (RFC 6265bis).
//
// Names carry the `__Host-Http-` prefix over HTTPS: a browser then takes them from nobody but this host, over HTTPS,
// with Path=/, and never from a script. Browsers that know only `__Host-` still hold them to that.

import type { Milliseconds } from '../core/time.ts'

/** What an application may change about its cookies. */
export interface CookieOptions {
  /** The base names, without prefix. Default: `session`, `access`, `visitor` and `device`. */
  readonly names?: { readonly [Kind in CookieKind]?: string }
  /** Default: `host-http`. `secure` is for cookies that several hosts share by `domain`. */
  readonly prefix?: 'host-http' | 'host' | 'secure'
  /** Default: `lax`. `none` is for an application that is embedded in pages of others. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Shares the cookies with all hosts under this domain; needs `prefix: 'secure'`. Default: this host only. */
  readonly domain?: string
  /** Default: `/`. Another path needs `prefix: 'secure'`. */
  readonly path?: string
  /** One jar for each site that embeds the application (CHIPS); needs `sameSite: 'none'`. Default: false. */
  readonly partitioned?: boolean
  /** A domain that an earlier deployment had set: where two cookies of one name arrive, that one is cleared. */
  readonly formerDomain?: string
}

export type CookieKind = 'session' | 'access' | 'visitor' | 'device'

/** The cookies of one transport. */
export interface CookieJar {
  readonly names: Readonly<Record<CookieKind, string>>
  /** `Set-Cookie` that keeps a value; for the life of the browser's session unless `maxAge` is given. */
  set(kind: CookieKind, value: string, maxAge?: Milliseconds): string
  /** `Set-Cookie` that forgets it: the same attributes, or the browser would keep it. */
  clear(kind: CookieKind): string
  /** `Set-Cookie` that forgets the one of a former domain; undefined where none is configured. */
  clearFormer(kind: CookieKind): string | undefined
}

const prefixes = { 'host-http': '__Host-Http-', host: '__Host-', secure: '__Secure-' } as const
const sameSites = { lax: 'Lax', strict: 'Strict', none: 'None' } as const
const token = /^[!#$%&'*+.^`|~A-Za-z0-9_-]{1,64}$/
const domainShape = /^(?!-)(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/
const pathShape = /^\/[!-:<-~]{0,255}$/
/** Seconds. Browsers keep no cookie for longer (RFC 6265bis §5.5). */
export const longestAge: number = 400 * 24 * 3600
const past = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** Adds what is wrong with the options to `faults`; contradictions are refused, because browsers drop such cookies. */
export function checkCookieOptions(options: CookieOptions, faults: string[]): void {
  const {
    prefix = 'host-http',
    sameSite = 'lax',
    domain,
    path = '/',
    partitioned = false,
    formerDomain,
  } = options
  if (!(prefix in prefixes)) faults.push(`cookies.prefix must be 'host-http', 'host' or 'secure'`)
  if (!(sameSite in sameSites)) faults.push(`cookies.sameSite must be 'lax', 'strict' or 'none'`)
  for (const [name, value] of [
    ['domain', domain],
    ['formerDomain', formerDomain],
  ] as const) {
    if (value !== undefined && !domainShape.test(value))
      faults.push(`cookies.${name} is not a domain name in lower case`)
  }
  if (!pathShape.test(path)) faults.push('cookies.path must begin with / and have no ; and no white space')
  if (prefix !== 'secure' && domain !== undefined)
    faults.push(`cookies.domain needs prefix: 'secure'; a ${prefixes[prefix]} cookie has no Domain`)
  if (prefix !== 'secure' && path !== '/')
    faults.push(`cookies.path needs prefix: 'secure'; a ${prefixes[prefix]} cookie has Path=/`)
  if (partitioned && sameSite !== 'none') faults.push(`cookies.partitioned needs sameSite: 'none'`)
  const names = Object.values({ ...baseNames, ...options.names })
  if (!names.every((name) => token.test(name)))
    faults.push('cookies.names must be cookie names of at most 64 characters')
  if (new Set(names).size < names.length) faults.push('cookies.names must differ from each other')
}

const baseNames: Readonly<Record<CookieKind, string>> = {
  session: 'session',
  access: 'access',
  visitor: 'visitor',
  device: 'device',
}

/** The jar over HTTPS, or over the plain HTTP of a developer's own machine, where no prefix can be had. */
export function cookieJar(options: CookieOptions, isSecure: boolean): CookieJar {
  const {
    prefix = 'host-http',
    sameSite = 'lax',
    domain,
    path = '/',
    partitioned = false,
    formerDomain,
  } = options
  const own = { ...baseNames, ...options.names }
  const named = (name: string): string => (isSecure ? prefixes[prefix] + name : name)
  const names = {
    session: named(own.session),
    access: named(own.access),
    visitor: named(own.visitor),
    device: named(own.device),
  }
  const attributes = (at: string | undefined): string =>
    [
      '',
      `Path=${path}`,
      ...(at === undefined ? [] : [`Domain=${at}`]),
      'HttpOnly',
      ...(isSecure ? ['Secure'] : []),
      `SameSite=${isSecure ? sameSites[sameSite] : 'Lax'}`,
      ...(partitioned && isSecure ? ['Partitioned'] : []),
    ].join('; ')
  const suffix = attributes(domain)
  return {
    names,
    set: (kind, value, maxAge) => {
      const age =
        maxAge === undefined ? '' : `; Max-Age=${Math.min(longestAge, Math.max(1, Math.ceil(maxAge / 1000)))}`
      return `${names[kind]}=${value}${suffix}${age}`
    },
    clear: (kind) => `${names[kind]}=${suffix}; Max-Age=0; ${past}`,
    clearFormer: (kind) =>
      formerDomain === undefined
        ? undefined
        : `${names[kind]}=${attributes(formerDomain)}; Max-Age=0; ${past}`,
  }
}

/** The name of the cookie that a `Set-Cookie` line sets. */
export function cookieName(line: string): string {
  return line.slice(0, line.indexOf('='))
}

/** A Cookie header as the browser would send it after it has taken these `Set-Cookie` lines; none of them clears. */
export function withCookies(header: string, lines: readonly string[]): string {
  const renewed = new Set(lines.map(cookieName))
  // Pairs are found as `cookieValues` finds them: a client that leaves out the space keeps no earlier value that way.
  const pairs = header.split(';').map((pair) => pair.replace(/^ /, ''))
  const kept = pairs.filter((pair) => pair !== '' && !renewed.has(cookieName(pair)))
  return [...kept, ...lines.map((line) => line.split(';', 1)[0]!)].join('; ')
}

const [space, equals] = [0x20, 0x3d]

/** The values of one cookie in a Cookie header, in the order they stand: see `valuesByName`. */
export function cookieValues(header: string, name: string): readonly string[] {
  return valuesByName(header, [name])[0]!
}

/**
 * The values of some cookies in a Cookie header: for each name those that it has, in the order they stand. Octets are
 * compared as they are: no decoding, no quotes, no `$Version`, no case folding, no trimming but of the single space that
 * separates pairs. Linear in the length of the header: one walk from pair to pair, which does not look into their values.
 */
export function valuesByName(header: string, names: readonly string[]): readonly (readonly string[])[] {
  const values: string[][] = names.map(() => [])
  for (let at = 0; at >= 0 && at < header.length;) {
    if (at > 0 && header.charCodeAt(at) === space) at++
    const end = header.indexOf(';', at)
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const from = at + name.length + 1
      if (header.charCodeAt(from - 1) === equals && header.startsWith(name, at))
        values[index]!.push(end < 0 ? header.slice(from) : header.slice(from, end))
    }
    at = end < 0 ? end : end + 1
  }
  return values
}
