// Where an unsafe request comes from, as the browser itself says (Fetch Metadata, and the Origin header where that is
// missing). A script cannot forge either. This check needs no session, so it comes before anything is refreshed.

import type { Transport } from './transport.ts'
import type { RequestView } from './view.ts'

/** Why a request is refused as forged. */
export type OriginFault = 'repeated_header' | 'cross_site' | 'same_site' | 'origin' | 'no_origin'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method promises to change nothing (RFC 9110 §9.2.1). TRACE is not among them: it is not served. */
export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}

/**
 * Judges the origin of an unsafe request. `carriesCookies`: it holds credentials that a browser adds by itself, so a
 * request that does not say where it comes from is refused; one without them can do no harm in anybody's name.
 */
export function originFault(
  view: RequestView,
  transport: Transport,
  trustedOrigins: ReadonlySet<string>,
  carriesCookies: boolean,
): OriginFault | undefined {
  const sites = view.all('sec-fetch-site')
  const origins = view.all('origin')
  if (isRepeated(sites) || isRepeated(origins)) return 'repeated_header'
  const origin = origins[0]
  switch (sites[0]) {
    case 'same-origin':
    case 'none':
      return undefined
    case 'same-site':
      return isTrusted(origin, trustedOrigins) ? undefined : 'same_site'
    case 'cross-site':
      return isTrusted(origin, trustedOrigins) ? undefined : 'cross_site'
    default:
      // Absent on plain HTTP and in old browsers; a value of the future says nothing we could rely on.
      break
  }
  if (origin === undefined) return carriesCookies ? 'no_origin' : undefined
  const here = normalOrigin(`${transport.isSecure ? 'https' : 'http'}://${transport.host}`)
  const isOurs = here !== undefined && normalOrigin(origin) === here
  return isOurs || isTrusted(origin, trustedOrigins) ? undefined : 'origin'
}

function isRepeated(values: readonly string[]): boolean {
  return values.length > 1 || (values[0]?.includes(',') ?? false)
}

function isTrusted(origin: string | undefined, trustedOrigins: ReadonlySet<string>): boolean {
  const normal = origin === undefined ? undefined : normalOrigin(origin)
  return normal !== undefined && trustedOrigins.has(normal)
}

/** An origin in its one form, default port left out; undefined for `null`, a path, credentials, or anything else. */
export function normalOrigin(text: string): string | undefined {
  // The characters that a URL parser would make something else of are not in an origin.
  if (!/^https?:\/\/[^/\\?#@%\s]+$/i.test(text) || !URL.canParse(text)) return undefined
  const { origin } = new URL(text)
  // It would match nothing; there are several characters that the parser writes as one.
  return origin.includes('*') ? undefined : origin
}
