// Receiving back-channel logouts (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8): the identity provider posts a
// logout token, and the sessions that came from it are over, on every node, before it is answered.

import { errors, SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Answer, RequestBody } from '../http/view.ts'
import { judgeLogoutToken } from './logout-token.ts'
import { jsonAnswer, receiver, textOf, type Receiver } from './receiver.ts'
import { takenTokens } from './taken-tokens.ts'
import { trustedIssuers, type ReceiverOptions, type TrustedIssuer } from './trusted-issuers.ts'

export interface LogoutReceiverOptions extends ReceiverOptions {
  /** The identity providers whose logouts are believed. */
  readonly providers: readonly TrustedIssuer[]
}

/**
 * The route for `backchannel_logout_uri`. Answers 200 once the sessions are over, also where there were none; 400 to
 * whatever is not a logout token of a trusted provider, and ends nothing; 503 while the store or the keys cannot be
 * reached. Throws `config_invalid` for options that cannot be used.
 */
export function logoutReceiver<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { providers, fetch }: LogoutReceiverOptions,
): Receiver {
  const trusted = trustedIssuers('logoutReceiver', providers, fetch)
  const taken = takenTokens(sojourn, 'logout token')

  function reject(reason: string): SojournError {
    const at = sojourn.settings.clock()
    sojourn.tell({ type: 'token.rejected', level: 'warning', at, token: 'logout', reason })
    return new SojournError('request_malformed', { detail: `The logout token is not accepted: ${reason}.` })
  }

  async function accept(body: RequestBody): Promise<Answer> {
    const token = tokenIn(body)
    if (token === undefined)
      throw new SojournError('request_malformed', { detail: 'Send one logout_token in a form.' })
    const { clock, clockTolerance } = sojourn.settings
    const now = clock()
    const opened = await trusted.open(token, 'logout+jwt', now)
    if (!opened.ok) throw reject(opened.reason)
    const { claims, from } = opened
    const verdict = judgeLogoutToken(claims, { audience: from.audience, tolerance: clockTolerance }, now)
    if (!verdict.ok) throw reject(verdict.reason)
    const { id, sid, subject, goodUntil } = verdict
    const isFirst = await taken.once({ issuer: from.issuer, id, goodUntil }, () =>
      sojourn.revokeSignedInBy({
        issuer: from.issuer,
        ...(sid === undefined ? {} : { sid }),
        ...(subject === undefined ? {} : { subject }),
      }),
    )
    if (!isFirst) throw reject('it was used before')
    return done
  }

  return receiver(sojourn, { mediaType: 'application/x-www-form-urlencoded', accept, refuse })
}

// As OAuth has it (§2.8). The media type is part of the request being right, so it has no status of its own.
function refuse({ code, status, detail, retryAfter }: SojournError): Answer {
  const wait: Answer['headers'] = retryAfter === undefined ? [] : [['Retry-After', String(retryAfter)]]
  const said = { error: errors[code].oauth ?? 'invalid_request', error_description: detail }
  return jsonAnswer(status === 415 ? 400 : status, said, wait)
}

const done: Answer = { status: 200, headers: [['Cache-Control', 'no-store']], body: '' }

// Given once, or not at all: of two tokens another reader might take the other.
function tokenIn(body: RequestBody): string | undefined {
  if (body.kind === 'parsed') {
    const { value } = body
    const token: unknown =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === 'logout_token')?.[1]
        : undefined
    return typeof token === 'string' ? token : undefined
  }
  const all = new URLSearchParams(textOf(body) ?? '').getAll('logout_token')
  return all.length === 1 && all[0] !== '' ? all[0] : undefined
}
