// The HTTP side of a Sojourn, whole: the ready-made routes and the stages, with every "no" turned into a problem
// document. An adapter calls `handle` and does as it says.

import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from './exchange.ts'
import { tellFailure } from './failure.ts'
import { answerFor } from './guard.ts'
import { readHttpOptions, type HttpOptions, type HttpSettings } from './options.ts'
import { answerRoute } from './routes.ts'
import { openExchange, runOwnStages, runStages, type Checks } from './stages.ts'
import type { Answer, Reply, RequestView } from './view.ts'

/** What to do with a request: answer it, or let the application do so. */
export type Handled<Claims, Data> =
  | {
      readonly kind: 'answer'
      readonly answer: Answer
      /** Why the application was not reached; absent where a ready-made route answers. */
      readonly refusal?: unknown
      /** Absent where the transport or the credentials were refused. */
      readonly exchange?: Exchange<Claims, Data>
    }
  | { readonly kind: 'next'; readonly exchange: Exchange<Claims, Data> }

export interface HttpHandler<Claims, Data> {
  readonly settings: HttpSettings
  /** Never rejects: whatever goes wrong becomes an answer. */
  handle(view: RequestView, reply: Reply): Promise<Handled<Claims, Data>>
  /** The stages alone, for a request that another server answers: no ready-made route takes it. Never rejects. */
  judge(view: RequestView, reply: Reply, checks?: Checks): Promise<Handled<Claims, Data>>
}

/** Makes the HTTP side. Throws one `config_invalid` that lists every fault of the options. */
export function createHandler<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): HttpHandler<Claims, Data> {
  const settings = readHttpOptions(options, sojourn.settings)
  // Without `checks` the ready-made routes come first.
  const take = async (view: RequestView, reply: Reply, checks?: Checks): Promise<Handled<Claims, Data>> => {
    let exchange: Exchange<Claims, Data> | undefined
    let isOurs = checks === undefined
    try {
      exchange = openExchange(sojourn, settings, view, reply)
      const answer = isOurs ? answerRoute(exchange) : undefined
      if (answer) return { kind: 'answer', answer: await answer, exchange }
      isOurs = false
      await runStages(exchange, checks)
      if (settings.stages.length > 0) await runOwnStages(exchange)
      return { kind: 'next', exchange }
    } catch (error) {
      tellFailure(sojourn, error)
      const answer = answerFor(error, exchange)
      return {
        kind: 'answer',
        answer,
        ...(isOurs && exchange ? {} : { refusal: error }),
        ...(exchange ? { exchange } : {}),
      }
    }
  }
  return {
    settings,
    handle: (view, reply) => take(view, reply),
    judge: (view, reply, checks = { csrfToken: true }) => take(view, reply, checks),
  }
}
