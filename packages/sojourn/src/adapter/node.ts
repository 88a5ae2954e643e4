// Plain node:http: wraps a request listener, which gets the exchange as its third argument.

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor } from '../http/guard.ts'
import { createHandler, type Handled } from '../http/handler.ts'
import type { HttpOptions } from '../http/options.ts'
import { nodeReply, nodeView, sendAnswer } from './shared-node.ts'

/** The application's part: what it throws as a SojournError is answered, anything else is a 500 without details. */
export type NodeListener<Claims, Data> = (
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange<Claims, Data>,
) => void | Promise<void>

/** A listener for `http.createServer` with the whole chain before `listener`. */
export function sojournNode<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  listener: NodeListener<Claims, Data>,
  options: HttpOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const handler = createHandler(sojourn, options)
  return (request, response) => {
    const go = async (handled: Handled<Claims, Data>): Promise<void> => {
      if (handled.kind === 'answer') return sendAnswer(response, handled.answer)
      try {
        await listener(request, response, handled.exchange)
      } catch (error) {
        tellFailure(sojourn, error)
        if (response.headersSent) response.destroy()
        else sendAnswer(response, answerFor(error, handled.exchange))
      }
    }
    const handled = handler.handle(nodeView(request), nodeReply(response))
    void (handled instanceof Promise ? handled.then(go) : go(handled))
  }
}
