// `GET /v1/events`: what happens, live, as server-sent events. Whoever comes back with `Last-Event-ID` is told what it
// has missed, as far as this process still knows it; where it does not, a `gap` says so instead of silence.

import { z } from 'zod'

import { lastEventId } from '../events/server-sent.ts'
import { operation } from './operation.ts'

// Sooner than proxies give up on a connection in which nothing happens.
const beatEvery = 15_000

export const followEvents = operation({
  id: 'followEvents',
  method: 'GET',
  path: '/v1/events',
  group: 'Events',
  summary: 'Follow the events',
  details:
    'Server-sent events. The name of each is its type, its data is the event (docs/events.md) with `at` as RFC 3339. `gap` means that events between the last one that you saw and the next are not known here any more.',
  needs: 'read',
  headers: { 'Last-Event-ID': 'The id of the last event that you saw: what came after it is sent first.' },
  query: z.strictObject({
    type: z.string().min(1).max(64).optional().meta({ description: 'Only events of this type.' }),
    subject: z.string().min(1).max(255).optional().meta({ description: 'Only events about this subject.' }),
  }),
  answers: {
    200: { means: 'A stream that stays open.', schema: z.string(), mediaType: 'text/event-stream' },
  },
  work: ({ services: { events, streams }, request, query: { type, subject } }) =>
    streams.open(request.req.method, (stream) => {
      const tell = ({ id, event }: ReturnType<typeof events.since>[number]): void => {
        if (type !== undefined && event.type !== type) return
        if (subject !== undefined && !('subject' in event && event.subject === subject)) return
        stream.send(event.type, { ...event, at: new Date(event.at).toISOString() }, id)
      }
      const after = lastEventId(request.req.header('last-event-id'))
      if (after !== undefined) {
        if (!events.reaches(after)) stream.send('gap', {})
        for (const told of events.since(after)) tell(told)
      }
      const unfollow = events.follow(tell)
      const timer = setInterval(() => stream.beat(), beatEvery)
      return () => {
        unfollow()
        clearInterval(timer)
      }
    }),
})
