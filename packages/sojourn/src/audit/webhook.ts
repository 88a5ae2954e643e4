// Telling another service what happens, as Standard Webhooks (standardwebhooks.com) has it: each event is a POST that is
// signed with a secret which both sides know, and is tried again, later and later, until it is taken. It is a listener
// like any other: events wait in memory, as many as fit, and nobody's request waits for them. With a `store` they wait there
// as well, and outlive the process.

import { Buffer } from 'node:buffer'

import { encode } from '../core/base64url.ts'
import { hmac, type Mac } from '../core/crypto.ts'
import { configurationError } from '../core/errors.ts'
import type { Listener, SojournEvent } from '../core/events.ts'
import { ownerOf } from '../core/session-token.ts'
import type { Store } from '../core/store.ts'
import { systemClock, systemRandom, timestamp, type Clock } from '../core/system.ts'
import { milliseconds, type Duration, type Instant, type Milliseconds } from '../core/time.ts'
import { outbox, usualRetries, type Attempt } from './outbox.ts'
import { post, receiverFault } from './post.ts'
import { discreet, type AddressPrivacy } from './privacy.ts'
import { Shelf } from './shelf.ts'

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
  /**
   * Keeps what waits, so that it outlives the process: another node with the same URL and secret, or the next process,
   * sends it. Default: memory only.
   */
  readonly store?: Store
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
  /** Waits for the answers under way and ends. Resolves to how many events were not taken; in a `store` they stay. */
  close(): Promise<number>
}

// How far the clocks of nodes may differ, where the store keeps what waits.
const tolerance: Milliseconds = 10_000

interface Message {
  readonly id: string
  readonly type: SojournEvent['type']
  readonly body: string
}

/** Makes a sink. Throws one `config_invalid` that lists every fault. */
export function webhookSink(options: WebhookOptions): WebhookSink {
  const { events, addresses = 'truncated', mostWaiting = 1000, clock = systemClock() } = options
  const { url, mac, retryAfter, timeout } = readOptions(options)
  const random = systemRandom()
  const box = outbox<Message>({
    timeout,
    send: (message, now) => attempt({ url, mac, timeout, now }, message),
    retryAfter,
    mostWaiting,
    clock,
    failed: ({ id, type }, reason, isGivenUp) => options.onFailure?.({ id, type, reason, isGivenUp }),
  })
  if (options.store) {
    // Whoever has another secret signs for other receivers.
    const owner = ownerOf(`webhook ${encode(mac(Buffer.from('outbox', 'utf8')))}`, url)
    box.keepOn(new Shelf({ store: options.store, owner, tolerance }))
  }
  return {
    listener(event) {
      if (!isWanted(event, events)) return
      const body = bodyOf(discreet(event, addresses, mac) as SojournEvent)
      box.put({ id: `msg_${encode(random(18))}`, type: event.type, body })
    },
    get waiting() {
      return box.waiting
    },
    close: () => box.close(),
  }
}

function isWanted({ type }: SojournEvent, events: readonly string[] | undefined): boolean {
  return events === undefined || events.some((one) => type === one || type.startsWith(`${one}.`))
}

function bodyOf({ type, at, ...data }: SojournEvent): string {
  return JSON.stringify({ type, timestamp: timestamp(at), data })
}

interface Sending {
  readonly url: string
  readonly mac: Mac
  readonly timeout: Milliseconds
  readonly now: Instant
}

async function attempt({ url, mac, timeout, now }: Sending, { id, body }: Message): Promise<Attempt> {
  const seconds = String(Math.floor(now / 1000))
  const signed = mac(Buffer.from(`${id}.${seconds}.${body}`, 'utf8'))
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${Buffer.from(signed).toString('base64')}`,
  }
  const answer = await post({ url, headers, body, timeout })
  if (answer.status === undefined) return { reason: answer.reason, isFinal: false }
  if (answer.status >= 200 && answer.status < 300) return { isFinal: true }
  // Gone: the receiver wants no more of it.
  return { reason: `HTTP ${answer.status}`, isFinal: answer.status === 410 }
}

function readOptions(options: WebhookOptions): {
  readonly url: string
  readonly mac: Mac
  readonly retryAfter: readonly Milliseconds[]
  readonly timeout: Milliseconds
} {
  const { secret, addresses = 'truncated', mostWaiting = 1 } = options
  const faults: string[] = []
  const wrong = receiverFault(options.url)
  if (wrong) faults.push(`url ${wrong}`)
  const key = keyIn(secret)
  if (!key) faults.push('secret must be whsec_ and 24 to 64 random bytes in base64')
  const read = (duration: Duration): Milliseconds => {
    const span = milliseconds(duration)
    if (span === undefined) faults.push(`${JSON.stringify(duration)} is no duration; write such as '5s'`)
    return span ?? 1
  }
  const spans = {
    retryAfter: (options.retryAfter ?? usualRetries).map(read),
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
