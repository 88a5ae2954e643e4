// A JWK set at an address, which comes from the configuration and never from a token. It is fetched when it is needed
// first, when it is no longer fresh, and when a token names a key that is not in it: then, and whenever fetching fails,
// at most once in a cool-down, so that forged tokens cannot make us fetch. What was fetched last goes on being used for
// a while if the address does not answer, but not for ever: a key that was withdrawn must end some time.

import { SojournError } from './errors.ts'
import { readKeySet, type KeySet } from './key-set.ts'
import { isLoopbackHost } from './options.ts'
import type { Instant, Milliseconds } from './time.ts'

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Where a verifier has its keys from. */
export interface KeySource {
  /** The keys at this instant. Rejects with `verification_unavailable` if there are none that are recent enough. */
  current(now: Instant): Promise<KeySet>
  /** Looks for a key that is not among the current ones. Resolves to the keys as they are then. */
  missing(now: Instant): Promise<KeySet>
}

/** At most one fetch in this time, whatever tokens arrive. */
const coolDown = 10_000
const longestBody = 262_144
const freshFor = { least: 60_000, usual: 300_000, most: 3_600_000 }
const staleFor = 3_600_000

/** What is wrong with the address of a key set; plain HTTP is for the loopback interface only. */
export function keysUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return 'is neither a JWK set nor an https URL'
  if (url.username || url.password) return 'has credentials in its URL'
  return url.protocol === 'http:' && !isLoopbackHost(url.hostname) ? 'is plain http; use https' : undefined
}

/** Keys that never change. */
export function fixedKeys(keys: KeySet): KeySource {
  return { current: async () => keys, missing: async () => keys }
}

/** The keys at an address. `changed` is called when they are not the ones from before. */
export function remoteKeys(options: {
  readonly url: string
  readonly fetch: Fetch
  readonly timeout: Milliseconds
  readonly changed: () => void
}): KeySource {
  let keys: KeySet | undefined
  let text = ''
  let freshUntil: Instant = -Infinity
  let nextLook: Instant = -Infinity
  let looking: Promise<void> | undefined
  let failure: unknown

  async function fetchKeys(now: Instant): Promise<void> {
    try {
      const { body, maxAge } = await fetchText({
        ...options,
        accept: 'application/jwk-set+json, application/json',
        longest: longestBody,
      })
      const read = readKeySet(JSON.parse(body))
      if (typeof read === 'string') throw new Error(`The key set at ${options.url} ${read}`)
      if (body !== text) options.changed()
      keys = read
      text = body
      freshUntil = now + Math.min(Math.max(maxAge ?? freshFor.usual, freshFor.least), freshFor.most)
      failure = undefined
    } catch (cause) {
      failure = cause
    }
  }

  async function look(now: Instant): Promise<void> {
    if (!looking && now < nextLook) return undefined
    if (!looking) {
      nextLook = now + coolDown
      looking = fetchKeys(now).finally(() => (looking = undefined))
    }
    return looking
  }

  async function current(now: Instant): Promise<KeySet> {
    if (now >= freshUntil) await look(now)
    if (keys && now < freshUntil + staleFor) return keys
    throw new SojournError('verification_unavailable', {
      detail: 'The keys of the issuer cannot be fetched. Try again after Retry-After seconds.',
      retryAfter: Math.max(1, Math.ceil((nextLook - now) / 1000)),
      cause: failure,
    })
  }

  return {
    current,
    missing: async (now) => {
      await look(now)
      return current(now)
    },
  }
}

/** The text at an address, and for how long it says that it may be kept. Rejects for anything but 200, and for too much. */
export async function fetchText(options: {
  readonly url: string
  readonly fetch: Fetch
  readonly timeout: Milliseconds
  readonly accept: string
  /** In bytes. */
  readonly longest: number
}): Promise<{ body: string; maxAge: Milliseconds | undefined }> {
  const { url, fetch, timeout, accept, longest } = options
  const headers = { accept }
  // A redirect is not followed: it could lead into a network that only we can reach.
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answered with status ${response.status}`)
  }
  const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(response.headers.get('cache-control') ?? '')?.[1]
  return {
    body: await readBody(response, url, longest),
    maxAge: maxAge === undefined ? undefined : Number(maxAge) * 1000,
  }
}

async function readBody(response: Response, url: string, longest: number): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let length = 0
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length
    if (length > longest) {
      await reader?.cancel()
      throw new Error(`${url} answered with more than ${longest} bytes`)
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
