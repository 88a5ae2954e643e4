// Saying no over HTTP: a problem document (RFC 9457) that says what to do, and the challenge that a 401 owes its client
// (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1, RFC 9470). Nothing of the cause, the stack or the request is in it.

import { errors, SojournError, type ErrorCode } from '../core/errors.ts'
import type { Answer } from './view.ts'

/** What a challenge adds: how recent the sign-in must be, in seconds, and which classes of proof would do. */
export interface Challenge {
  readonly hasCredentials: boolean
  readonly maxAge?: number
  readonly acrValues?: readonly string[]
  /** Where DPoP is on: the algorithms of proofs, and whether the client has used its scheme. */
  readonly dpop?: { readonly algorithms: readonly string[]; readonly isUsed: boolean }
}

/** The `type` of a problem: a stable name for what docs/errors.md explains. */
export function problemType(code: ErrorCode): string {
  return `urn:sojourn:error:${code}`
}

/** The answer for an error. Anything that is not a SojournError becomes `internal`. */
export function problemFor(error: unknown, challenge: Challenge = { hasCredentials: false }): Answer {
  const known = error instanceof SojournError ? error : new SojournError('internal')
  const { code, status, members, retryAfter } = known
  const isOurs = status < 500 || status === 503
  const headers: [string, string][] = [
    ['Content-Type', 'application/problem+json; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ]
  if (status === 401) headers.push(['WWW-Authenticate', challengeFor(known, challenge)])
  if (retryAfter !== undefined) headers.push(['Retry-After', String(retryAfter)])
  if (code === 'csrf_rejected') headers.push(['Vary', 'Sec-Fetch-Site, Origin, Cookie'])
  const body = {
    type: problemType(code),
    title: errors[code].title,
    status,
    detail: isOurs ? known.detail : errors[code].help,
    code,
    ...(isOurs ? members : {}),
  }
  return { status, headers, body: JSON.stringify(body) }
}

// Only characters that cannot end the quoted string (RFC 6750 §3): all of it is our own text, but for the classes.
function challengeFor(error: SojournError, challenge: Challenge): string {
  const row = errors[error.code]
  const { dpop } = challenge
  const isOfProof = row.oauth === 'invalid_dpop_proof' || row.oauth === 'use_dpop_nonce'
  if (!dpop && !isOfProof) return bearerChallenge(error, challenge)
  // RFC 9449 §7.1: which algorithms a proof may have.
  const algorithms = dpop ? [`algs="${dpop.algorithms.join(' ')}"`] : []
  if (isOfProof)
    return dpopChallenge([`error="${row.oauth}"`, `error_description="${row.title}"`, ...algorithms])
  const bearer = bearerChallenge(error, challenge)
  // The scheme that the client has used says what is wrong, and the other one only that there is one.
  if (dpop?.isUsed) return dpopChallenge([bearer.replace(/^Bearer ?/, ''), ...algorithms])
  return `${bearer}, ${dpopChallenge(algorithms)}`
}

function dpopChallenge(parameters: readonly string[]): string {
  return `DPoP ${parameters.filter((parameter) => parameter !== '').join(', ')}`
}

function bearerChallenge(error: SojournError, { hasCredentials, maxAge, acrValues = [] }: Challenge): string {
  const row = errors[error.code]
  if (error.code === 'fresh_sign_in_required') {
    const classes = acrValues.filter((value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)).join(' ')
    return [
      'Bearer error="insufficient_user_authentication"',
      `error_description="${row.title}"`,
      ...(classes === '' ? [] : [`acr_values="${classes}"`]),
      ...(maxAge === undefined ? [] : [`max_age="${maxAge}"`]),
    ].join(', ')
  }
  if (!hasCredentials || row.oauth === undefined) return 'Bearer'
  return `Bearer error="invalid_token", error_description="${row.title}"`
}
