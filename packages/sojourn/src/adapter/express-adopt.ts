// Moving in from another session layer of Express without signing anybody out: both run side by side, and whoever is
// signed in with the old one is signed in with Sojourn at their next request. The old session ends before the new one
// begins, so that it can be adopted only once: a sign-out is not undone by what was there before.

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Issued } from '../core/issued.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { SignIn } from '../core/verbs/create.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor } from '../http/guard.ts'
import { sendAnswer } from './shared-node.ts'

type Given = Exchange<RegisteredClaims, RegisteredData>
type Made = Issued<RegisteredClaims, RegisteredData>

/** The former session of a request. */
export interface Former {
  /** Whose it is, and what to take over. */
  readonly signIn: SignIn<RegisteredClaims, RegisteredData>
  /** Ends it where it is kept, and clears its cookie. */
  end(): Promise<void>
}

export interface AdoptOptions<Request, Response> {
  /** The cookie of the old session layer, such as `connect.sid`. */
  readonly cookie: string
  /** The former session of a request; undefined where nobody is signed in with it. */
  readonly read: (request: Request, response: Response) => Former | undefined
}

// Requests that were sent together come with the same former cookie, and get the same new session.
const together = 10_000

/**
 * Middleware for after `sojournExpress` and the old session layer. Where the old session cannot be ended the request is
 * answered with the error and nothing is adopted.
 */
export function adoptSession<Request extends IncomingMessage, Response extends ServerResponse>({
  cookie,
  read,
}: AdoptOptions<Request, Response>): (
  request: Request,
  response: Response,
  next: (error?: unknown) => void,
) => void {
  const adopted = new Map<string, Promise<Made>>()

  const create = (exchange: Given, former: string, signIn: Former['signIn']): Promise<Made> => {
    const device = { ...exchange.device(), ...signIn.device }
    const making = exchange.sojourn.create({ ...signIn, device })
    adopted.set(former, making)
    const forget = (): void => void adopted.delete(former)
    making.then(() => setTimeout(forget, together).unref(), forget)
    return making
  }
  // Resolves to what was made of the former session, now or a moment ago, and is still there.
  const adopt = async (
    exchange: Given,
    value: string,
    former: Former | undefined,
  ): Promise<Made | undefined> => {
    // Each request ends what it has read itself, or the old layer would write it back when the request is over.
    await former?.end()
    const known = await adopted.get(value)
    if (known) return (await exchange.sojourn.find(known.session.id)) && known
    return former && create(exchange, value, former.signIn)
  }
  return (request, response, next) => {
    const { sojourn: exchange } = request as Request & { sojourn?: Given }
    if (!exchange) return next(new Error('adoptSession comes after sojournExpress'))
    const value = exchange.session ? undefined : valueOf(request.headers.cookie ?? '', cookie)
    if (value === undefined) return next()
    adopt(exchange, value, read(request, response)).then(
      (issued) => {
        if (issued) exchange.deliver(issued)
        next()
      },
      (error: unknown) => {
        tellFailure(exchange.sojourn, error)
        sendAnswer(response, answerFor(error, exchange))
      },
    )
  }
}

function valueOf(header: string, name: string): string | undefined {
  const pair = header.split(';').find((one) => one.trim().startsWith(`${name}=`))
  return pair?.trim().slice(name.length + 1)
}
