// What one receiver is to be told: messages wait, as many as fit, are sent a few at a time, and are tried again, later and
// later, until they are taken or given up. Each receiver has an outbox of its own, so that one which hangs keeps nobody
// else waiting.
//
// They wait in memory, and where there is a shelf in the store as well: then what a process leaves behind when it ends is
// sent by another, or by the next. Whoever is about to send says so on the shelf first (shelf.ts). A store that fails keeps
// nobody from being told: what could not be noted is sent from memory.

import { after, systemRandom, type Clock } from '../core/system.ts'
import type { Duration, Instant, Milliseconds } from '../core/time.ts'
import type { Shelf, Shelved } from './shelf.ts'

/** How an attempt went: no reason where the message was taken. */
export interface Attempt {
  readonly reason?: string
  /** Whether trying again is of no use. */
  readonly isFinal: boolean
}

export interface OutboxOptions<Message> {
  /** One attempt. Must not reject. */
  readonly send: (message: Message, now: Instant) => Promise<Attempt>
  /** How long an attempt takes at most. */
  readonly timeout: Milliseconds
  /** How long to wait before each further attempt; then a message is given up. */
  readonly retryAfter: readonly Milliseconds[]
  readonly mostWaiting: number
  readonly clock: Clock
  /** Hears of every attempt that failed, and of messages for which there was no room. */
  readonly failed: (message: Message, reason: string, isGivenUp: boolean) => void
}

export interface Outbox<Message extends { readonly id: string }> {
  put(message: Message): void
  /** Keeps what waits on this shelf from now on, and sends what others have left there: now, and again and again. */
  keepOn(shelf: Shelf<Message>): void
  /** How many messages have not been taken yet, of those that are here. */
  readonly waiting: number
  /** Tries all that is due, once. Resolves when each has been answered, or has failed. */
  flush(): Promise<void>
  /** Waits for the answers under way and ends. Resolves to how many messages were not taken; on a shelf they stay. */
  close(): Promise<number>
}

interface Waiting<Message> {
  message: Message
  attempts: number
  dueAt: Instant
  shelved: Shelved<Message> | undefined
  /** What is being written about it. */
  writing: Promise<void>
}

/** Five seconds to six hours, in seven. */
export const usualRetries: readonly Duration[] = ['5s', '30s', '2m', '10m', '30m', '2h', '6h']

const mostAtOnce = 4
// How long a node that was about to send is left alone beyond what that takes.
const grace = 30_000
// How often to look for what others have left, how much of it to take at once, and when to look again if there is more.
const lookEvery = 60_000
const mostTaken = 32
const lookSoon = 1000
// How long what waits is kept for a process that is away.
const keptFor = 24 * 3_600_000

export function outbox<Message extends { readonly id: string }>(
  options: OutboxOptions<Message>,
): Outbox<Message> {
  const { send, timeout, retryAfter, mostWaiting, clock } = options
  const random = systemRandom()
  const hold = timeout + grace
  const horizon = retryAfter.reduce((sum, pause) => sum + pause * 1.01 + hold, hold) + keptFor
  const waiting = new Set<Waiting<Message>>()
  const underWay = new Set<Promise<void>>()
  const sending = new Set<Waiting<Message>>()
  let shelf: Shelf<Message> | undefined
  let cancel = (): void => {}
  let stopLooking = (): void => {}
  let looking: Promise<void> | undefined
  let isClosed = false
  let isPlanned = false

  // Whoever hears of failures adds none of their own.
  function tellFailure(message: Message, reason: string, isGivenUp: boolean): void {
    try {
      options.failed(message, reason, isGivenUp)
    } catch {}
  }

  /** Notes something on the shelf; resolves to false only where another node has taken the message over. */
  async function note(
    one: Waiting<Message>,
    facts: Partial<Pick<Shelved<Message>, 'attempts' | 'dueAt' | 'message'>>,
  ): Promise<boolean> {
    await one.writing
    if (!shelf || !one.shelved) return true
    try {
      one.shelved = await shelf.update(one.shelved, facts)
      return one.shelved !== undefined
    } catch {
      return true
    }
  }

  function add(one: Waiting<Message>): void {
    waiting.add(one)
    if (!shelf || one.shelved) return
    const now = clock()
    one.writing = shelf.add(one.message, now + hold, now + horizon).then(
      (shelved) => void (one.shelved = shelved),
      () => tellFailure(one.message, 'the store cannot keep it, so it waits in memory', false),
    )
  }

  /** Whether it is this node's to send, until an attempt has had its time. */
  async function isOurs(one: Waiting<Message>): Promise<boolean> {
    await one.writing
    const now = clock()
    if (!one.shelved || one.shelved.dueAt >= now + timeout) return true
    return note(one, { dueAt: now + hold })
  }

  async function attempt(one: Waiting<Message>): Promise<void> {
    if (!(await isOurs(one))) return void waiting.delete(one)
    one.attempts += 1
    const { reason, isFinal } = await send(one.message, clock())
    const pause = retryAfter[one.attempts - 1]
    const isGivenUp = isFinal || pause === undefined
    if (reason !== undefined) tellFailure(one.message, reason, isGivenUp)
    if (isGivenUp || reason === undefined) {
      waiting.delete(one)
      await one.writing
      // If that fails it is sent once more, by whoever finds it.
      if (one.shelved) await shelf?.drop(one.shelved).catch(() => {})
      return
    }
    // By chance a little later: what failed together does not come back together.
    one.dueAt = clock() + pause * (1 + (random(1)[0] ?? 0) / 1024)
    const { message, attempts, dueAt } = one
    if (!(await note(one, { message, attempts, dueAt }))) waiting.delete(one)
  }

  function pump(): void {
    cancel()
    if (isClosed) return
    const idle = [...waiting].filter((one) => !sending.has(one)).toSorted((a, b) => a.dueAt - b.dueAt)
    for (const one of idle.filter(({ dueAt }) => dueAt <= clock()).slice(0, mostAtOnce - sending.size)) {
      sending.add(one)
      const trying = attempt(one).finally(() => {
        sending.delete(one)
        underWay.delete(trying)
        pump()
      })
      underWay.add(trying)
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

  // Takes over what is overdue, as much as there is room for. Resolves to when to look again.
  async function look(place: Shelf<Message>): Promise<Milliseconds> {
    const ours = new Set([...waiting].map(({ message }) => message.id))
    const left = (await place.overdue(clock())).filter(({ message }) => !ours.has(message.id))
    const taken = left.slice(0, Math.max(0, Math.min(mostTaken, mostWaiting - waiting.size)))
    for (const one of taken) {
      if (isClosed) break
      const shelved = await place.update(one, { dueAt: clock() + hold })
      if (!shelved) continue
      const { message, attempts } = shelved
      waiting.add({ message, attempts, dueAt: clock(), shelved, writing: Promise.resolve() })
      plan()
    }
    return taken.length < left.length && taken.length > 0 ? lookSoon : lookEvery
  }

  function lookAgain(place: Shelf<Message>): void {
    // While the store is down there is nothing to be found; the next look comes as planned.
    looking = look(place)
      .catch(() => lookEvery)
      .then((pause) => {
        // By chance a little later: nodes that started together do not stay together.
        const span = pause * (1 + (random(1)[0] ?? 0) / 1024)
        if (!isClosed) stopLooking = after(span, () => lookAgain(place))
      })
  }

  return {
    put(message) {
      if (isClosed) return
      if (waiting.size >= mostWaiting) return tellFailure(message, 'no room', true)
      add({ message, attempts: 0, dueAt: clock(), shelved: undefined, writing: Promise.resolve() })
      plan()
    },
    keepOn(place) {
      if (isClosed || shelf) return
      shelf = place
      for (const one of waiting) add(one)
      lookAgain(place)
    },
    get waiting() {
      return waiting.size
    },
    async flush() {
      pump()
      while (underWay.size > 0) await Promise.all(underWay)
    },
    async close() {
      isClosed = true
      cancel()
      stopLooking()
      await looking
      await Promise.all(underWay)
      // Others need not wait until this node would have had its time.
      const held = [...waiting].filter(({ shelved, dueAt }) => shelved?.dueAt !== dueAt)
      await Promise.all(held.map((one) => note(one, { dueAt: one.dueAt })))
      return waiting.size
    },
  }
}
