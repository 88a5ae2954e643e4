// Receiving security events by push (RFC 8935): of a `session-revoked` of CAEP the sessions are over before it is answered;
// any other event of a trusted transmitter is acknowledged, and nothing is made of it.

import type { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { problemFor } from '../http/problem.ts'
import type { Answer, RequestBody } from '../http/view.ts'
import { judgeEventToken, type EventError } from './event-token.ts'
import { jsonAnswer, receiver, textOf, type Receiver } from './receiver.ts'
import { takenTokens } from './taken-tokens.ts'
import { trustedIssuers, type ReceiverOptions, type TrustedIssuer } from './trusted-issuers.ts'

export interface EventReceiverOptions extends ReceiverOptions {
  /** Whose events are believed. A transmitter speaks for its own sessions and people, and for nobody else's. */
  readonly transmitters: readonly TrustedIssuer[]
}

/**
 * The route to push security events to. Answers 202 once the sessions are over, also to an event that came before; 400 and
 * an error of RFC 8935 §2.4 to whatever is not an event of a trusted transmitter, and ends nothing; 503 while the store or
 * the keys cannot be reached. Throws `config_invalid` for options that cannot be used.
 */
export function eventReceiver<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { transmitters, fetch }: EventReceiverOptions,
): Receiver {
  const trusted = trustedIssuers('eventReceiver', transmitters, fetch)
  const taken = takenTokens(sojourn, 'security event')

  function reject(reason: string, error: EventError): Answer {
    const at = sojourn.settings.clock()
    sojourn.tell({ type: 'token.rejected', level: 'warning', at, token: 'event', reason })
    return refusal(`The security event token is not accepted: ${reason}.`, error)
  }

  async function accept(body: RequestBody): Promise<Answer> {
    const token = textOf(body)
    if (token === undefined || token === '') return refusal('Send one security event token.')
    const { clock, clockTolerance } = sojourn.settings
    const now = clock()
    const opened = await trusted.open(token, 'secevent+jwt', now)
    if (!opened.ok) return reject(opened.reason, opened.error)
    const { claims, from } = opened
    const { issuer, audience } = from
    const verdict = judgeEventToken(claims, { issuer, audience, tolerance: clockTolerance }, now)
    if (!verdict.ok) return reject(verdict.reason, verdict.error)
    const { id, revoked, goodUntil } = verdict
    if (revoked)
      await taken.once({ issuer, id, goodUntil }, () => sojourn.revokeSignedInBy({ issuer, ...revoked }))
    return acknowledged
  }

  return receiver(sojourn, { mediaType: 'application/secevent+jwt', accept, refuse })
}

function refusal(description: string, err: EventError = 'invalid_request'): Answer {
  return jsonAnswer(400, { err, description }, [['Content-Language', 'en']])
}

// RFC 8935 has words for what is wrong with an event. What is wrong with us is said as everywhere here.
function refuse(error: SojournError): Answer {
  return error.status === 415 ? refusal(error.detail) : problemFor(error)
}

const acknowledged: Answer = { status: 202, headers: [['Cache-Control', 'no-store']], body: '' }
