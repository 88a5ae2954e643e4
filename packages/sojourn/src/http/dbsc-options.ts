// What an application may say about Device Bound Session Credentials, and the reading of it.

import { deviceAlgorithms, type DeviceAlgorithm } from '../core/dbsc/proof.ts'
import { unknownMembers, type Members } from '../core/members.ts'
import type { CookieOptions } from './cookies.ts'
import { normalOrigin } from './origin.ts'

/** Sessions of browsers that are bound to a key of the device (W3C, Editor's Draft of 17 February 2026). */
export interface DbscOptions {
  /** What the browser may sign with, the best first. Default: `ES256` and `RS256`. */
  readonly algorithms?: readonly DeviceAlgorithm[]
  /** Paths, with all below them, that need no session, such as `/assets`: no request there waits for a refresh. Default: none. */
  readonly exclude?: readonly string[]
  /**
   * Binds the sessions of all hosts under `cookies.domain`, which must be the registrable domain, and lets these origins
   * register; that domain must serve `/.well-known/device-bound-sessions`. Default: one origin, for itself.
   */
  readonly site?: readonly string[]
  /** Whether request headers may have the names of the first origin trial, `Sec-Session-*`. Default: false. */
  readonly legacyNames?: boolean
}

export interface DbscSettings {
  readonly algorithms: readonly DeviceAlgorithm[]
  readonly exclude: readonly string[]
  readonly site: { readonly domain: string; readonly origins: readonly string[] } | undefined
  readonly legacyNames: boolean
}

const members: Members<DbscOptions> = { algorithms: true, exclude: true, site: true, legacyNames: true }

/** Reads the options; every fault is added to `faults`. */
export function readDbscOptions(
  options: DbscOptions,
  cookies: CookieOptions,
  prefix: string | false,
  faults: string[],
): DbscSettings {
  faults.push(...unknownMembers(options, members, 'dbsc.'))
  const { algorithms = deviceAlgorithms, exclude = [], site, legacyNames = false } = options
  const known: readonly unknown[] = deviceAlgorithms
  const { domain } = cookies
  if (algorithms.length === 0 || !algorithms.every((name) => known.includes(name)))
    faults.push('dbsc.algorithms must be some of ES256, RS256')
  if (!exclude.every((path) => /^\/[!#-:<-[\]-~]*$/.test(path)))
    faults.push(`dbsc.exclude must be paths such as '/assets'`)
  if (prefix === false) faults.push('dbsc needs prefix: browsers register and refresh under it')
  if (cookies.partitioned === true) faults.push('dbsc cannot be had with cookies.partitioned')
  if (site && domain === undefined) faults.push('dbsc.site needs cookies.domain')
  if (site?.some((origin) => normalOrigin(origin)?.startsWith('https://') !== true))
    faults.push('dbsc.site must be origins such as https://app.example')
  return {
    algorithms,
    exclude,
    site: site && domain !== undefined ? { domain, origins: site } : undefined,
    legacyNames,
  }
}
