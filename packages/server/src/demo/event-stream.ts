// `GET /demo/events`: the audit events about the caller, live, as server-sent events. A stream shows nothing of anybody
// else, and ends when the session that opened it ends, however that happens.

import { deviceLabel, type Sojourn } from 'sojourn'

import type { EventLog, Told } from '../events/event-log.ts'
import { lastEventId, serverSentStreams, type Stream } from '../events/server-sent.ts'
import { signedIn, type Caller } from './chain.ts'

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
  const streams = serverSentStreams(mostStreams)
  return {
    open(caller) {
      const { sessionId, subject } = signedIn(caller)
      return streams.open(caller.view.method, (stream) =>
        follow(stream, {
          log,
          sessionId,
          after: lastEventId(caller.view.header('last-event-id')) ?? 0,
          concerns: ({ event }) =>
            ('subject' in event && event.subject === subject) ||
            ('sessionId' in event && event.sessionId === sessionId),
          isLive: async () => (await sojourn.find(sessionId)) !== undefined,
        }),
      )
    },
    close: () => streams.close(),
  }
}

interface Following {
  readonly log: EventLog
  readonly sessionId: string
  /** The number of the last event that the page has seen. */
  readonly after: number
  readonly concerns: (told: Told) => boolean
  readonly isLive: () => Promise<boolean>
}

/** Sends what concerns a session, until the function that it returns is called. */
function follow(stream: Stream, { log, sessionId, after, concerns, isLive }: Following): () => void {
  const over = (reason: string): void => {
    stream.send('over', { sessionId, reason })
    stream.end()
  }
  const show = (told: Told): void => {
    stream.send('told', shown(told), told.id)
    if (told.event.type === 'session.ended' && told.event.sessionId === sessionId) over(told.event.reason)
  }
  const look = async (): Promise<void> => {
    if (await isLive()) stream.beat()
    else over('expired')
  }
  const unfollow = log.follow((told) => {
    if (concerns(told)) show(told)
  })
  // A store that does not answer is asked again.
  const timer = setInterval(() => void look().catch(() => {}), lookEvery)
  // Of the past only what is this session's own: what else went on is not news.
  const past = log.since(after).filter(({ event }) => 'sessionId' in event && event.sessionId === sessionId)
  for (const told of past.slice(-mostHistory)) stream.send('told', shown(told), told.id)
  stream.send('live', { sessionId })
  return () => {
    unfollow()
    clearInterval(timer)
  }
}

const nameless = 'A device without a name'

function shown({ id, event }: Told): unknown {
  const device = 'device' in event ? event.device : undefined
  const label = device && { device: device.label ?? deviceLabel(device.userAgent) ?? nameless }
  return { ...event, ...label, id }
}
