// What the demo puts around the real routes, to show what happens in them: a digest of the session token that an answer
// hands out, the events that the request has caused, and, on request, a wait for a second request, or an answer that
// gets lost on its way.

import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { MiddlewareHandler } from 'hono'
import type { HttpHandler } from 'sojourn/fetch'

import type { Env } from '../api/context.ts'
import type { EventLog } from '../events/event-log.ts'
import { Meetings } from './meetings.ts'
import { digestOf, readSetCookie } from './tokens.ts'

// The headers by which the page asks for its answer to be lost, and for two requests to wait for each other.
const loseAnswerHeader = 'x-demo-lose-answer'
const meetHeader = 'x-demo-meet'

export function observe(
  log: EventLog,
  { settings }: Pick<HttpHandler<never, never>, 'settings'>,
): MiddlewareHandler<Env> {
  const names = new Set([settings.plainJar.names.session, settings.secureJar.names.session])
  const meetings = new Meetings()
  return async (context, next) => {
    const meeting = context.req.header(meetHeader)
    if (meeting !== undefined) await meetings.arrive(meeting)
    const events = await log.during(next)
    const { req, res } = context
    if (req.path.endsWith('/refresh') && req.header(loseAnswerHeader) !== undefined) {
      loseAnswer(context.env)
      context.res = new Response(null, RESPONSE_ALREADY_SENT)
      return
    }
    const handedOut = res.headers
      .getSetCookie()
      .map(readSetCookie)
      .find(({ name, value }) => names.has(name) && value !== '')
    if (handedOut) res.headers.set('x-demo-digest', digestOf(handedOut.value))
    if (events.length > 0) res.headers.set('x-demo-told', events.map(({ type }) => type).join(' '))
  }
}

// The server has done its work. A status line and a piece of the body come first: a connection that closes without a
// byte makes browsers send the request again by themselves, and nothing would be lost.
function loseAnswer({ outgoing }: HttpBindings): void {
  outgoing.writeHead(200, {
    'content-type': 'text/plain',
    'content-length': '1024',
    'cache-control': 'no-store',
  })
  outgoing.write('This answer breaks off', () => outgoing.destroy())
}
