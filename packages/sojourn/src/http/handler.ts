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
  /**
   * Never throws or rejects: whatever goes wrong becomes an answer. A promise only where something had to be waited for,
   * which is seldom: not for somebody whose tokens this node has seen before.
   */
  handle(view: RequestView, reply: Reply): Handled<Claims, Data> | Promise<Handled<Claims, Data>>
  /** The stages alone, for a request that another server answers: no ready-made route takes it. Otherwise as `handle`. */
  judge(
    view: RequestView,
    reply: Reply,
    checks?: Checks,
  ): Handled<Claims, Data> | Promise<Handled<Claims, Data>>
}

/** Makes the HTTP side. Throws one `config_invalid` that lists every fault of the options. */
export function createHandler<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: HttpOptions = {},
): HttpHandler<Claims, Data> {
  const settings = readHttpOptions(options, sojourn.settings)
  type Outcome = Handled<Claims, Data>
  const refused = (error: unknown, exchange?: Exchange<Claims, Data>, isOurs = false): Outcome => {
    tellFailure(sojourn, error)
    return {
      kind: 'answer',
      answer: answerFor(error, exchange),
      ...(isOurs ? {} : { refusal: error }),
      ...(exchange ? { exchange } : {}),
    }
  }
  const route = (exchange: Exchange<Claims, Data>): Outcome | Promise<Outcome> | undefined => {
    const answered = (answer: Answer): Outcome => ({ kind: 'answer', answer, exchange })
    try {
      const answer = answerRoute(exchange)
      if (!(answer instanceof Promise)) return answer && answered(answer)
      return answer.then(answered, (error: unknown) => refused(error, exchange, true))
    } catch (error) {
      return refused(error, exchange, true)
    }
  }
  // No async function: what is never waited for would be a promise all the same.
  const pass = (exchange: Exchange<Claims, Data>, checks?: Checks): Outcome | Promise<Outcome> => {
    const next: Outcome = { kind: 'next', exchange }
    const own = settings.stages.length > 0 ? () => runOwnStages(exchange) : undefined
    const running = runStages(exchange, checks)
    const whole = running && own ? running.then(own) : (running ?? own?.())
    return whole
      ? whole.then(
          () => next,
          (error: unknown) => refused(error, exchange),
        )
      : next
  }
  // Without `checks` the ready-made routes come first.
  const take = (view: RequestView, reply: Reply, checks?: Checks): Outcome | Promise<Outcome> => {
    let exchange: Exchange<Claims, Data> | undefined
    try {
      exchange = openExchange(sojourn, settings, view, reply)
      return (checks === undefined ? route(exchange) : undefined) ?? pass(exchange, checks)
    } catch (error) {
      return refused(error, exchange)
    }
  }
  return {
    settings,
    handle: (view, reply) => take(view, reply),
    judge: (view, reply, checks = { csrfToken: true }) => take(view, reply, checks),
  }
}
