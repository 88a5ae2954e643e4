// What one receiver is to be told: messages wait in memory, as many as fit, are sent a few at a time, and are tried again,
// later and later, until they are taken or given up. Each receiver has an outbox of its own, so that one which hangs keeps
// nobody else waiting. What must outlive the process is in the audit trail.

import { after, systemRandom, type Clock } from '../core/system.ts'
import type { Duration, Instant, Milliseconds } from '../core/time.ts'

/** How an attempt went: no reason where the message was taken. */
export interface Attempt {
  readonly reason?: string
  /** Whether trying again is of no use. */
  readonly isFinal: boolean
}

export interface OutboxOptions<Message> {
  /** One attempt. Must not reject. */
  readonly send: (message: Message, now: Instant) => Promise<Attempt>
  /** How long to wait before each further attempt; then a message is given up. */
  readonly retryAfter: readonly Milliseconds[]
  readonly mostWaiting: number
  readonly clock: Clock
  /** Hears of every attempt that failed, and of messages for which there was no room. */
  readonly failed: (message: Message, reason: string, isGivenUp: boolean) => void
}

export interface Outbox<Message> {
  put(message: Message): void
  /** How many messages have not been taken yet. */
  readonly waiting: number
  /** Waits for the answers under way and ends. Resolves to how many messages were not taken. */
  close(): Promise<number>
}

interface Waiting<Message> {
  readonly message: Message
  attempts: number
  dueAt: Instant
}

/** Five seconds to six hours, in seven. */
export const usualRetries: readonly Duration[] = ['5s', '30s', '2m', '10m', '30m', '2h', '6h']

const mostAtOnce = 4

export function outbox<Message>(options: OutboxOptions<Message>): Outbox<Message> {
  const { send, retryAfter, mostWaiting, clock } = options
  const random = systemRandom()
  const waiting = new Set<Waiting<Message>>()
  const underWay = new Set<Promise<void>>()
  const sending = new Set<Waiting<Message>>()
  let cancel = (): void => {}
  let isClosed = false
  let isPlanned = false

  // Whoever hears of failures adds none of their own.
  function tellFailure(message: Message, reason: string, isGivenUp: boolean): void {
    try {
      options.failed(message, reason, isGivenUp)
    } catch {}
  }

  function settle(one: Waiting<Message>, { reason, isFinal }: Attempt): void {
    sending.delete(one)
    const pause = retryAfter[one.attempts - 1]
    const isGivenUp = isFinal || pause === undefined
    // By chance a little later: what failed together does not come back together.
    if (!isGivenUp) one.dueAt = clock() + pause * (1 + (random(1)[0] ?? 0) / 1024)
    if (reason === undefined || isGivenUp) waiting.delete(one)
    if (reason !== undefined) tellFailure(one.message, reason, isGivenUp)
  }

  function pump(): void {
    cancel()
    if (isClosed) return
    const idle = [...waiting].filter((one) => !sending.has(one)).toSorted((a, b) => a.dueAt - b.dueAt)
    for (const one of idle.filter(({ dueAt }) => dueAt <= clock()).slice(0, mostAtOnce - sending.size)) {
      sending.add(one)
      one.attempts += 1
      const attempt = send(one.message, clock())
        .then((result) => settle(one, result))
        .finally(() => {
          underWay.delete(attempt)
          pump()
        })
      underWay.add(attempt)
    }
    const next = idle.find((one) => !sending.has(one))
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
    put(message) {
      if (isClosed) return
      if (waiting.size >= mostWaiting) return tellFailure(message, 'no room', true)
      waiting.add({ message, attempts: 0, dueAt: clock() })
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
