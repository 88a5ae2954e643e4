// How a route of the demo is made: the whole chain of the library in front of it, exactly as an application has it.

import { SojournError, type Facts } from 'sojourn'
import { answerFor, FetchReply, responseOf, type Exchange } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'

import type { Request, Services } from '../api/context.ts'

export type Caller = Exchange<Facts, Facts>

type Route = (caller: Caller, request: Request) => Response | Promise<Response>

/** A handler that runs the stages, then the route, and answers what either throws with a problem document. */
export function chained({ http }: Services, route: Route): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method } = request.req
    const reply = new FetchReply()
    const handled = await http.handle(nodeView(request.env.incoming), reply)
    if (handled.kind === 'answer') return reply.onto(responseOf(handled.answer, method))
    const { exchange } = handled
    try {
      return reply.onto(await route(exchange, request))
    } catch (error) {
      return reply.onto(responseOf(answerFor(error, exchange), method))
    }
  }
}

/** The caller's session as its access token tells it; throws the reason why there is none. */
export function signedIn({ session, refusal }: Caller): NonNullable<Caller['session']> {
  if (!session) throw new SojournError(refusal ?? 'sign_in_required')
  return session
}
