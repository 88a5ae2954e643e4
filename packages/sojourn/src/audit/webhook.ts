// Telling another service what happens, as Standard Webhooks (standardwebhooks.com) has it: each event is a POST that is
// signed with a secret which both sides know, and is tried again, later and later, until it is taken. It is a listener
// like any other: events wait in memory, as many as fit, and nobody's request waits for them. What must outlive the
// process is in the audit trail.

import { Buffer } from 'node:buffer'

import { encode } from '../core/base64url.ts'
import { hmac, type Mac } from '../core/crypto.ts'
import { configurationError } from '../core/errors.ts'
import type { Listener, SojournEvent } from '../core/events.ts'
import { after, systemClock, systemRandom, timestamp, type Clock } from '../core/system.ts'
import { milliseconds, type Duration, type Instant, type Milliseconds } from '../core/time.ts'
import { discreet, type AddressPrivacy } from './privacy.ts'

export interface WebhookOptions {
  /** https, or http to this machine. A redirect counts as a failure. */
  readonly url: string
  /** `whsec_` and 24 to 64 random bytes in base64; the receiver has the same. */
  readonly secret: string | undefined
  /** Types of events, or their beginnings: `session` for all of `session.…`. Default: all. */
  readonly events?: readonly string[]
  /** What is told of addresses. Default: `truncated`. */
  readonly addresses?: Exclude<AddressPrivacy, 'hashed'>
  /** How long to wait before each further attempt; then an event is given up. Default: 5 seconds to 6 hours, in seven. */
  readonly retryAfter?: readonly Duration[]
  /** How long the receiver may take to answer. Default: 10 seconds. */
  readonly timeout?: Duration
  /** How many events may wait. Default: 1,000. */
  readonly mostWaiting?: number
  /** Hears of every attempt that failed, and of events that were let go. */
  readonly onFailure?: (failure: WebhookFailure) => void
  readonly clock?: Clock
}

export interface WebhookFailure {
  /** `webhook-id`: the same for all attempts of one event. */
  readonly id: string
  readonly type: SojournEvent['type']
  /** What the receiver answered or the network said; `no room` where too many waited. */
  readonly reason: string
  /** Whether it is not tried again. */
  readonly isGivenUp: boolean
}

export interface WebhookSink {
  /** Goes into the `listeners` of the Sojourn. */
  readonly listener: Listener
  /** How many events have not been taken yet. */
  readonly waiting: number
  /** Waits for the answers under way and ends. Resolves to how many events were not taken. */
  close(): Promise<number>
}

interface Message {
  readonly id: string
  readonly type: SojournEvent['type']
  readonly body: string
  attempts: number
  dueAt: Instant
}

const mostAtOnce = 4
const retries: readonly Duration[] = ['5s', '30s', '2m', '10m', '30m', '2h', '6h']

/** Makes a sink. Throws one `config_invalid` that lists every fault. */
export function webhookSink(options: WebhookOptions): WebhookSink {
  const { events, addresses = 'truncated', mostWaiting = 1000, clock = systemClock() } = options
  const { url, mac, retryAfter, timeout } = readOptions(options)
  const random = systemRandom()
  const waiting = new Set<Message>()
  const underWay = new Set<Promise<void>>()
  const sending = new Set<Message>()
  let cancel = (): void => {}
  let isClosed = false
  let isPlanned = false

  // Whoever hears of failures adds none of their own.
  function tellFailure(failure: WebhookFailure): void {
    try {
      options.onFailure?.(failure)
    } catch {}
  }

  function settle(message: Message, reason: string | undefined, isFinal: boolean): void {
    sending.delete(message)
    const pause = retryAfter[message.attempts - 1]
    const isGivenUp = isFinal || pause === undefined
    // By chance a little later: what failed together does not come back together.
    if (!isGivenUp) message.dueAt = clock() + pause * (1 + (random(1)[0] ?? 0) / 1024)
    if (reason === undefined || isGivenUp) waiting.delete(message)
    if (reason !== undefined) tellFailure({ id: message.id, type: message.type, reason, isGivenUp })
  }

  function pump(): void {
    cancel()
    if (isClosed) return
    const idle = [...waiting].filter((message) => !sending.has(message)).toSorted((a, b) => a.dueAt - b.dueAt)
    for (const message of idle.filter(({ dueAt }) => dueAt <= clock()).slice(0, mostAtOnce - sending.size)) {
      sending.add(message)
      message.attempts += 1
      const attempt = post({ url, mac, timeout, now: clock() }, message)
        .then(({ reason, isFinal }) => settle(message, reason, isFinal))
        .finally(() => {
          underWay.delete(attempt)
          pump()
        })
      underWay.add(attempt)
    }
    const next = idle.find((message) => !sending.has(message))
    if (next && sending.size < mostAtOnce) cancel = after(Math.max(1, next.dueAt - clock()), pump)
  }

  // Not before whoever told has gone on, and once for all that is told until then.
  function plan(): void {
    if (isPlanned) return
    isPlanned = true
    after(0, () => {
      isPlanned = false
      pump()
    })
  }

  return {
    listener(event) {
      if (isClosed || !isWanted(event, events)) return
      const id = `msg_${encode(random(18))}`
      if (waiting.size >= mostWaiting)
        return tellFailure({ id, type: event.type, reason: 'no room', isGivenUp: true })
      const body = bodyOf(discreet(event, addresses, mac) as SojournEvent)
      waiting.add({ id, type: event.type, body, attempts: 0, dueAt: clock() })
      plan()
    },
    get waiting() {
      return waiting.size
    },
    async close() {
      isClosed = true
      cancel()
      await Promise.all(underWay)
      return waiting.size
    },
  }
}

function isWanted({ type }: SojournEvent, events: readonly string[] | undefined): boolean {
  return events === undefined || events.some((one) => type === one || type.startsWith(`${one}.`))
}

function bodyOf({ type, at, ...data }: SojournEvent): string {
  return JSON.stringify({ type, timestamp: timestamp(at), data })
}

interface Posting {
  readonly url: string
  readonly mac: Mac
  readonly timeout: Milliseconds
  readonly now: Instant
}

/** One attempt. Gives no reason where it was taken; never rejects. */
async function post(
  { url, mac, timeout, now }: Posting,
  { id, body }: Message,
): Promise<{ readonly reason?: string; readonly isFinal: boolean }> {
  const seconds = String(Math.floor(now / 1000))
  const signed = mac(Buffer.from(`${id}.${seconds}.${body}`, 'utf8'))
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,${Buffer.from(signed).toString('base64')}`,
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    await response.body?.cancel()
    if (response.ok) return { isFinal: true }
    // Gone: the receiver wants no more of it.
    return { reason: `HTTP ${response.status}`, isFinal: response.status === 410 }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { reason: cause instanceof Error ? cause.message || cause.name : 'no answer', isFinal: false }
  }
}

function readOptions(options: WebhookOptions): {
  readonly url: string
  readonly mac: Mac
  readonly retryAfter: readonly Milliseconds[]
  readonly timeout: Milliseconds
} {
  const { secret, addresses = 'truncated', mostWaiting = 1 } = options
  const faults: string[] = []
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '')
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal))
    faults.push('url is not an https URL, nor http to this machine')
  if (url?.username || url?.password)
    faults.push('url has a user or a password; receivers check the signature')
  const key = keyIn(secret)
  if (!key) faults.push('secret must be whsec_ and 24 to 64 random bytes in base64')
  const read = (duration: Duration): Milliseconds => {
    const span = milliseconds(duration)
    if (span === undefined) faults.push(`${JSON.stringify(duration)} is no duration; write such as '5s'`)
    return span ?? 1
  }
  const spans = {
    retryAfter: (options.retryAfter ?? retries).map(read),
    timeout: read(options.timeout ?? '10s'),
  }
  if (!['whole', 'truncated', 'none'].includes(addresses))
    faults.push(`addresses must be 'whole', 'truncated' or 'none'`)
  if (!Number.isInteger(mostWaiting) || mostWaiting < 1)
    faults.push('mostWaiting is not a whole number from 1')
  if (faults.length > 0) throw configurationError('webhookSink was given options that cannot be used', faults)
  return { url: options.url, mac: hmac(key!), ...spans }
}

function keyIn(secret: string | undefined): Buffer | undefined {
  const [, text] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret ?? '') ?? []
  const key = Buffer.from(text ?? '', 'base64')
  return key.length >= 24 && key.length <= 64 && new Set(key).size >= 12 ? key : undefined
}
