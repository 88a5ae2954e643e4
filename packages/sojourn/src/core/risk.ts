// Risk notes: what is unusual about a sign-in or a refresh, as signals with weights and a score from 0 to 100.
//
// Pure, and modest. A User-Agent can be copied together with the cookie, people change networks on the train and systems
// update themselves: no signal here proves a theft, and the absence of all of them proves nothing. So a note ends
// nothing by itself. What proves a theft is rotation (session.ts); what is noted here tells a person, or an application
// that has set a score, where to look.

import { parseAddress } from './ip-address.ts'
import type { Device } from './session.ts'
import { isOlder, isSameBrowser, readUserAgent } from './user-agent.ts'
import type { Instant, Milliseconds } from './time.ts'

/** Where an address is, as far as a database of addresses knows. Degrees. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** Something unusual. Weights add up to the score, which is at most 100. */
export interface Signal {
  readonly kind: SignalKind
  readonly weight: number
  /** For `travel`: how far apart the two places are. */
  readonly kilometres?: number
  /** For `travel`: how long after the former place was seen. */
  readonly minutes?: number
}

export type SignalKind =
  | 'new_device' // a sign-in on a device that the person is not known to have used
  | 'browser' // within one session: another browser, another system, or a program in the place of a browser
  | 'older_browser' // within one session: the same browser, in an earlier version
  | 'network' // within one session: another network, soon after the former; counts only where places are not known
  | 'travel' // two places that nobody gets between in that time

/** What a note weighs. */
export interface Risk {
  readonly score: number
  readonly signals: readonly Signal[]
}

/** A device, and when and where it was seen. */
export interface Sight {
  readonly device: Device
  readonly at: Instant
  readonly place?: Place | undefined
}

/** What each signal weighs. */
export const weights: Readonly<Record<SignalKind, number>> = {
  new_device: 40,
  browser: 50,
  older_browser: 20,
  network: 20,
  travel: 60,
}

const minute = 60_000
const networkSpan: Milliseconds = 30 * minute
// An airliner. Places of addresses are those of the provider: within 200 km nothing is told.
const fastest = 1000
const nearby = 200

/** What is unusual about a session that was seen like that before, and is seen like this now; undefined for nothing. */
export function riskOfChange(before: Sight, now: Sight): Risk | undefined {
  return riskOf([
    ...browserSignals(before.device.userAgent, now.device.userAgent),
    ...placeSignals(before, now),
  ])
}

/**
 * What is unusual about a sign-in. `isKnown` is whether the person has used this device before, where somebody knows;
 * otherwise it is compared with the person's other sessions, and where there are none, nobody can tell.
 */
export function riskOfSignIn(
  now: Sight,
  others: readonly Sight[],
  isKnown: boolean | undefined,
): Risk | undefined {
  const isNew = isKnown === undefined ? isUnlikeAll(now.device, others) : !isKnown
  const latest = others.toSorted((a, b) => b.at - a.at)[0]
  return riskOf([...(isNew ? [signal('new_device')] : []), ...(latest ? travelBetween(latest, now) : [])])
}

function riskOf(signals: readonly Signal[]): Risk | undefined {
  if (signals.length === 0) return undefined
  return {
    score: Math.min(
      100,
      signals.reduce((sum, { weight }) => sum + weight, 0),
    ),
    signals,
  }
}

function signal(kind: SignalKind): Signal {
  return { kind, weight: weights[kind] }
}

function isUnlikeAll(device: Device, others: readonly Sight[]): boolean {
  const own = readUserAgent(device.userAgent)
  const known = others
    .map((other) => readUserAgent(other.device.userAgent))
    .filter((one) => one !== undefined)
  return own !== undefined && known.length > 0 && !known.some((one) => isSameBrowser(one, own))
}

// Where there was no header before, there is nothing to compare with.
function browserSignals(before: string | undefined, now: string | undefined): readonly Signal[] {
  if (before === now) return []
  const [former, current] = [readUserAgent(before), readUserAgent(now)]
  if (!former) return []
  if (!current || !isSameBrowser(former, current)) return [signal('browser')]
  return isOlder(current, former) ? [signal('older_browser')] : []
}

function placeSignals(before: Sight, now: Sight): readonly Signal[] {
  if (before.device.ip === now.device.ip) return []
  if (before.place && now.place) return travelBetween(before, now)
  const isSoon = now.at - before.at < networkSpan
  return isSoon && isOtherNetwork(before.device.ip, now.device.ip) ? [signal('network')] : []
}

function travelBetween(before: Sight, now: Sight): readonly Signal[] {
  if (!before.place || !now.place) return []
  const kilometres = Math.round(distance(before.place, now.place))
  const span = Math.max(0, now.at - before.at)
  if (kilometres <= nearby || kilometres <= (span / (60 * minute)) * fastest) return []
  return [{ ...signal('travel'), kilometres, minutes: Math.round(span / minute) }]
}

// The first 16 bits of an IPv4 address, the first 32 of an IPv6 one: about what one provider hands out in one region. A
// device that has both kinds uses now one, now the other, so two kinds are not compared.
function isOtherNetwork(before: string | undefined, now: string | undefined): boolean {
  const [former, current] = [before, now].map((ip) => (ip === undefined ? undefined : parseAddress(ip)))
  if (!former || !current || former.length !== current.length) return false
  const bytes = former.length === 4 ? 2 : 4
  return former.slice(0, bytes).some((byte, index) => byte !== current[index])
}

const earthRadius = 6371

/** Kilometres along the surface (haversine formula). */
function distance(a: Place, b: Place): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const latitude = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2
  const longitude = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  const square = latitude + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * longitude
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(square)))
}
