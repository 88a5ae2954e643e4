// `GET /demo/events`: the audit events about the caller, live, as server-sent events. A stream shows nothing of anybody
// else, and ends when the session that opened it ends, however that happens.

import { SojournError, type Sojourn } from 'sojourn'

import { signedIn, type Caller } from './chain.ts'
import { deviceLabel } from './device-label.ts'
import type { EventLog, Told } from './event-log.ts'

const mostStreams = 32
const mostHistory = 40
// How soon a session that has run out, which nobody announces, ends its stream.
const lookEvery = 2000

export interface EventStreams {
  open(caller: Caller): Response
  /** Ends them all: the server stops. */
  close(): void
}

export function eventStreams(sojourn: Sojourn, log: EventLog): EventStreams {
  const running = new Set<() => void>()
  let isClosed = false
  return {
    open(caller) {
      const { sessionId, subject } = signedIn(caller)
      // A browser that comes back while the server stops would keep it from doing so.
      if (isClosed)
        throw new SojournError('store_unavailable', { detail: 'The server stops.', retryAfter: 1 })
      if (running.size >= mostStreams) throw new SojournError('rate_limited', { retryAfter: 5 })
      const stream = streamOf({
        log,
        sessionId,
        after: resumeAfter(caller),
        concerns: ({ event }) =>
          ('subject' in event && event.subject === subject) ||
          ('sessionId' in event && event.sessionId === sessionId),
        isLive: async () => (await sojourn.find(sessionId)) !== undefined,
        running,
      })
      return new Response(caller.view.method === 'HEAD' ? null : stream, {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
      })
    },
    close() {
      isClosed = true
      for (const end of running) end()
    },
  }
}

interface StreamOptions {
  readonly log: EventLog
  readonly sessionId: string
  /** The number of the last event that the page has seen. */
  readonly after: number
  readonly concerns: (told: Told) => boolean
  readonly isLive: () => Promise<boolean>
  /** How to end each stream that is running: this one adds itself, and takes itself out. */
  readonly running: Set<() => void>
}

function streamOf({ log, sessionId, after, concerns, isLive, running }: StreamOptions): ReadableStream {
  let leave = (): void => {}
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string): void => controller.enqueue(Buffer.from(text))
      const end = (): void => {
        leave()
        controller.close()
      }
      const over = (reason: string): void => {
        send(message('over', { sessionId, reason }))
        end()
      }
      const show = (told: Told): void => {
        send(toldMessage(told))
        if (told.event.type === 'session.ended' && told.event.sessionId === sessionId) over(told.event.reason)
      }
      const look = async (): Promise<void> => {
        const lives = await isLive()
        if (!running.has(end)) return
        if (lives) send(':\n\n')
        else over('expired')
      }
      const unfollow = log.follow((told) => {
        if (concerns(told)) show(told)
      })
      // A store that does not answer is asked again.
      const timer = setInterval(() => void look().catch(() => {}), lookEvery)
      leave = () => {
        unfollow()
        clearInterval(timer)
        running.delete(end)
      }
      running.add(end)
      send('retry: 1000\n\n')
      // Of the past only what is this session's own: what else went on is not news.
      const past = log
        .since(after)
        .filter(({ event }) => 'sessionId' in event && event.sessionId === sessionId)
      for (const told of past.slice(-mostHistory)) send(toldMessage(told))
      send(message('live', { sessionId }))
    },
    cancel: () => leave(),
  })
}

function resumeAfter({ view }: Caller): number {
  const id = Number(view.header('last-event-id') ?? 0)
  return Number.isSafeInteger(id) ? id : 0
}

function toldMessage({ id, event }: Told): string {
  const device = 'device' in event ? event.device : undefined
  const label = device && { device: deviceLabel(device.label ?? device.userAgent) }
  return message('told', { ...event, ...label, id }, id)
}

function message(name: string, data: unknown, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
