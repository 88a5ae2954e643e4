// Telling others that a session has ended: a listener to events, with an outbox for each of them. What is sent is signed
// when it is sent, by the key that signs access tokens at that moment, and by then the Sojourn has to be known: it is
// given with `start`, and what happens before waits. What waits is kept in the store of that Sojourn, so that it outlives
// the process: another node, or the next process, sends it.

import { encode } from '../core/base64url.ts'
import { configurationError } from '../core/errors.ts'
import type { Listener, SojournEvent } from '../core/events.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { systemClock, systemRandom, type Clock } from '../core/system.ts'
import { milliseconds, type Duration, type Instant, type Milliseconds } from '../core/time.ts'
import { ownerOf } from '../core/session-token.ts'
import { outbox, usualRetries, type Attempt } from '../audit/outbox.ts'
import { receiverFault } from '../audit/post.ts'
import { Shelf } from '../audit/shelf.ts'

/** What senders have in common. */
export interface SenderOptions {
  /** How long to wait before each further attempt; then it is given up. Default: 5 seconds to 6 hours, in seven. */
  readonly retryAfter?: readonly Duration[]
  /** How long a receiver may take to answer. Default: 10 seconds. */
  readonly timeout?: Duration
  /** How many sessions' ends may wait for each receiver. Default: 1,000. */
  readonly mostWaiting?: number
  /** Hears of every attempt that failed, and of what was let go. */
  readonly onFailure?: (failure: DeliveryFailure) => void
  /** For tests. Default: the clock of the system. */
  readonly clock?: Clock
}

export interface DeliveryFailure {
  /** Who should have been told: its audience. */
  readonly to: string
  readonly sessionId: string
  /** What the receiver answered or the network said; `no room` where too many waited. */
  readonly reason: string
  /** Whether it is not tried again. */
  readonly isGivenUp: boolean
}

export interface Sender {
  /** Goes into the `listeners` of the Sojourn. */
  readonly listener: Listener
  /**
   * Begins to send what that Sojourn tells, and what was left in its store by a process that has ended. Throws `config_invalid` where it signs with HS256, which nobody can
   * verify.
   */
  start<Claims, Data>(sojourn: Sojourn<Claims, Data>): void
  /** How much has not been taken yet, by all receivers together, of what this process looks after. */
  readonly waiting: number
  /** Tries all that is due, once: for a process that is about to end. Resolves when each has been answered, or has failed. */
  flush(): Promise<void>
  /**
   * Waits for the answers under way and ends. Resolves to how much was not taken: it stays in the store, for another node
   * or the next process.
   */
  close(): Promise<number>
}

/** Whom to tell. */
export interface Addressee {
  readonly audience: string
  readonly url: string
}

type SessionEnded = Extract<SojournEvent, { readonly type: 'session.ended' }>
/** What receivers are told of it. */
type Ended = Pick<SessionEnded, 'sessionId' | 'subject' | 'reason' | 'at'>

/** One end of a session for one receiver. */
export interface Notification {
  /** The same for all attempts. */
  readonly id: string
  readonly event: Ended
  /** When it was first sent. */
  sentAt?: Instant
}

/** What one attempt is given. */
export interface Sending {
  readonly issuer: string
  readonly notification: Notification
  readonly now: Instant
  readonly timeout: Milliseconds
  readonly sign: Sojourn['keys']['sign']
  /** A new random name. */
  readonly newId: () => string
}

/** Makes a sender. Throws one `config_invalid` that lists every fault. */
export function sender<To extends Addressee>(
  what: string,
  to: readonly To[],
  options: SenderOptions,
  attempt: (to: To, sending: Sending) => Promise<Attempt>,
): Sender {
  const { mostWaiting = 1000, clock = systemClock() } = options
  const { retryAfter, timeout } = read(what, to, options)
  const random = systemRandom()
  const newId = (): string => encode(random(18))
  let started: Pick<Sojourn, 'settings' | 'keys'> | undefined
  const early: Ended[] = []
  const boxes = to.map((one) => ({ one, box: outbox(boxOf(one)) }))

  function boxOf(one: To): Parameters<typeof outbox<Notification>>[0] {
    return {
      timeout,
      retryAfter,
      mostWaiting,
      clock,
      send: async (notification, now) => {
        const { settings, keys } = started!
        const { issuer } = settings
        try {
          return await attempt(one, {
            issuer,
            notification,
            now,
            timeout,
            newId,
            sign: (typ, claims) => keys.sign(typ, claims),
          })
        } catch (error) {
          return { reason: error instanceof Error ? error.message : 'it could not be signed', isFinal: false }
        }
      },
      failed: ({ event }, reason, isGivenUp) =>
        options.onFailure?.({ to: one.audience, sessionId: event.sessionId, reason, isGivenUp }),
    }
  }

  // What is kept of an event is what is told.
  function put({ sessionId, subject, reason, at }: Ended): void {
    const event = { sessionId, ...(subject === undefined ? {} : { subject }), reason, at }
    for (const { box } of boxes) box.put({ id: newId(), event })
  }

  return {
    listener(event) {
      if (event.type !== 'session.ended') return
      if (started) put(event)
      else if (early.length < mostWaiting) early.push(event)
    },
    start(sojourn) {
      if (sojourn.settings.algorithm === 'HS256')
        throw configurationError(`${what} cannot sign what others verify`, [
          `algorithm is HS256, whose key is ours alone; choose another, such as 'ES256'`,
        ])
      started = sojourn as unknown as Sojourn
      const { store, issuer, environment, clockTolerance: tolerance } = sojourn.settings
      for (const { one, box } of boxes) {
        const owner = ownerOf(`${what} ${environment} ${issuer}`, `${one.audience} ${one.url}`)
        box.keepOn(new Shelf({ store, owner, tolerance }))
      }
      for (const event of early.splice(0)) put(event)
    },
    get waiting() {
      return early.length + sum(boxes.map(({ box }) => box.waiting))
    },
    async flush() {
      await Promise.all(boxes.map(({ box }) => box.flush()))
    },
    async close() {
      const left = await Promise.all(boxes.map(({ box }) => box.close()))
      return early.length + sum(left)
    },
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function read(
  what: string,
  to: readonly Addressee[],
  { retryAfter = usualRetries, timeout = '10s', mostWaiting = 1 }: SenderOptions,
): { readonly retryAfter: readonly Milliseconds[]; readonly timeout: Milliseconds } {
  const faults = to.flatMap(({ audience, url }, index) => {
    const wrong = receiverFault(url)
    return [
      ...(typeof audience === 'string' && audience !== '' ? [] : [`[${index}] has no name for its audience`]),
      ...(wrong === undefined ? [] : [`[${index}].url ${wrong}`]),
    ]
  })
  const span = (duration: Duration): Milliseconds => {
    const known = milliseconds(duration)
    if (known === undefined) faults.push(`${JSON.stringify(duration)} is no duration; write such as '5s'`)
    return known ?? 1
  }
  const spans = { retryAfter: retryAfter.map(span), timeout: span(timeout) }
  if (!Number.isInteger(mostWaiting) || mostWaiting < 1)
    faults.push('mostWaiting is not a whole number from 1')
  if (faults.length > 0) throw configurationError(`${what} was given options that cannot be used`, faults)
  return spans
}
