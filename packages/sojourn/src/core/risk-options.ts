// What an application may say about risk notes, and the reading of it.

import type { RiskNote } from './events.ts'
import { parseAddress } from './ip-address.ts'
import type { Place } from './risk.ts'

/** Given at all, even empty, it also compares each sign-in with the person's other sessions. */
export interface RiskOptions {
  /**
   * Where an address is, from a database of your own in memory: for two places that nobody gets between in the time. It is
   * called with each new address, before the answer, so it gives its answer at once. What it throws counts as "not known".
   */
  readonly locate?: (ip: string) => Place | undefined
  /**
   * From this score on, 1 to 100, the sign-in of the session counts for nothing where freshness is asked for, until its
   * person steps up. With it, a sign-in is compared before its answer. Default: never.
   */
  readonly stepUpAt?: number
  /** From this score on, 1 to 100, a refresh ends the session. A sign-in is never refused. Default: never. */
  readonly endAt?: number
  /**
   * Hears of each sign-in on a new device, such as to write a mail to its person. Nobody waits for it, and what it throws,
   * or rejects with, is told as `listener.failed`.
   */
  readonly onNewDevice?: (note: RiskNote) => void | Promise<void>
}

/** The options as the engine uses them. */
export interface RiskSettings {
  /** Whether sign-ins are compared with the other sessions of their subject, which takes a read. */
  readonly comparesSignIns: boolean
  readonly knowsPlaces: boolean
  readonly locate: (ip: string | undefined) => Place | undefined
  /** Infinity for never. */
  readonly stepUpAt: number
  /** Infinity for never. */
  readonly endAt: number
  readonly onNewDevice: RiskOptions['onNewDevice']
}

/** Reads the options; every fault is added to `faults`. */
export function readRisk(options: RiskOptions | undefined, faults: string[]): RiskSettings {
  const isObject = typeof options === 'object' && options !== null
  if (options !== undefined && !isObject) faults.push('risk is not an object of options')
  const given: RiskOptions = isObject ? options : {}
  const { locate, stepUpAt = Infinity, endAt = Infinity, onNewDevice } = given
  for (const [name, score] of Object.entries({ stepUpAt, endAt })) {
    const isScore = Number.isInteger(score) && score >= 1 && score <= 100
    if (score !== Infinity && !isScore) faults.push(`risk.${name} must be a whole number from 1 to 100`)
  }
  if (stepUpAt !== Infinity && stepUpAt >= endAt)
    faults.push('risk.stepUpAt is not below risk.endAt, so nobody would ever be asked to step up')
  for (const [name, hook] of Object.entries({ locate, onNewDevice }))
    if (hook !== undefined && typeof hook !== 'function') faults.push(`risk.${name} is not a function`)
  return {
    comparesSignIns: options !== undefined,
    knowsPlaces: locate !== undefined,
    locate: (ip) => {
      const isAsked = locate !== undefined && ip !== undefined && parseAddress(ip) !== undefined
      return isAsked ? placeOf(locate, ip) : undefined
    },
    stepUpAt,
    endAt,
    onNewDevice,
  }
}

// Some databases throw where they know nothing of an address.
function placeOf(locate: NonNullable<RiskOptions['locate']>, ip: string): Place | undefined {
  try {
    const place = locate(ip)
    if (place === undefined || place === null) return undefined
    const { latitude, longitude } = place
    return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : undefined
  } catch {
    return undefined
  }
}
