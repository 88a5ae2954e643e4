// What a verifier knows of status lists at an issuer: each is fetched when a token first names it, kept as long as it says,
// and never believed longer than it is good. Its signature is that of the issuer, and it says itself where it is from, so
// that no list is taken for another one. A list that cannot be had is no list without revocations: nobody is let in.

import { SojournError } from './errors.ts'
import { fetchText, type Fetch, type KeySource } from './remote-keys.ts'
import { openJwt, signatureFault } from './signed-jwt.ts'
import { readStatusList, statusAt, statuses, type StatusList } from './status-list.ts'
import { numericDate, type Instant, type Milliseconds } from './time.ts'

/** Where the status of a token is told (§6.2 of the draft). */
export interface StatusReference {
  readonly uri: string
  readonly index: number
}

export interface RemoteStatus {
  /** Whether a token is valid. Rejects with `verification_unavailable` while its list cannot be had. */
  isValid(reference: StatusReference, now: Instant): Promise<boolean>
}

interface Known {
  readonly list: StatusList
  readonly freshUntil: Instant
  readonly goodUntil: Instant
}

interface Place {
  known?: Known
  /** Not before then, after a failure. */
  nextLook: Instant
  looking?: Promise<void> | undefined
  failure?: unknown
}

const coolDown = 10_000
const longestBody = 3_145_728
const mostLists = 100
const freshFor = { least: 1000, usual: 60_000, most: 3_600_000 }
// Of a list without an `exp`.
const goodFor = 3_600_000

export function remoteStatus(options: {
  /** With what every `uri` begins. */
  readonly url: string
  readonly source: KeySource
  readonly fetch: Fetch
  readonly timeout: Milliseconds
  readonly tolerance: Milliseconds
}): RemoteStatus {
  const { url, source, fetch, timeout, tolerance } = options
  const places = new Map<string, Place>()

  async function look(uri: string, place: Place, now: Instant): Promise<void> {
    try {
      const { body } = await fetchText({
        url: uri,
        fetch,
        timeout,
        accept: 'application/statuslist+jwt',
        longest: longestBody,
      })
      place.known = await read(body.trim(), uri, now)
      place.failure = undefined
    } catch (cause) {
      place.failure = cause
      place.nextLook = now + coolDown
    }
  }

  async function read(token: string, uri: string, now: Instant): Promise<Known> {
    const jwt = openJwt(token, longestBody)
    if (!jwt) throw new Error(`The status list at ${uri} is not a JWT`)
    const fault = await signatureFault(jwt, 'statuslist+jwt', source, now)
    if (fault) throw new Error(`The status list at ${uri} is not accepted for its ${fault}`)
    const { sub, iat, exp, ttl, status_list: encoded } = jwt.claims
    if (sub !== uri) throw new Error(`The status list at ${uri} is another one`)
    if (!isSeconds(iat) || iat > numericDate(now + tolerance))
      throw new Error(`The status list at ${uri} has no iat, or one in the future`)
    const goodUntil = exp === undefined ? iat * 1000 + goodFor : isSeconds(exp) ? exp * 1000 : 0
    if (now >= goodUntil) throw new Error(`The status list at ${uri} has expired`)
    const list = readStatusList(encoded)
    if (!list) throw new Error(`The status list at ${uri} cannot be read`)
    const fresh = isSeconds(ttl)
      ? Math.min(Math.max(ttl * 1000, freshFor.least), freshFor.most)
      : freshFor.usual
    return { list, goodUntil, freshUntil: Math.min(now + fresh, goodUntil) }
  }

  return {
    async isValid({ uri, index }, now) {
      // A token may name any address, but we ask only where its issuer has its lists.
      if (!uri.startsWith(`${url}/`) || !/^[A-Za-z0-9_-]{1,64}$/.test(uri.slice(url.length + 1))) return false
      if (!places.has(uri) && places.size >= mostLists) places.clear()
      const place = places.get(uri) ?? { nextLook: -Infinity }
      places.set(uri, place)
      if (!place.known || now >= place.known.freshUntil) {
        if (now >= place.nextLook)
          place.looking ??= look(uri, place, now).finally(() => (place.looking = undefined))
        await place.looking
      }
      const { known } = place
      if (!known || now >= known.goodUntil)
        throw new SojournError('verification_unavailable', {
          detail: 'The status list of the issuer cannot be fetched. Try again after Retry-After seconds.',
          retryAfter: Math.max(1, Math.ceil((place.nextLook - now) / 1000)),
          cause: place.failure,
        })
      return statusAt(known.list, index) === statuses.valid
    },
  }
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
