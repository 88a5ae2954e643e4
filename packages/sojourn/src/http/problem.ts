// Saying no over HTTP: a problem document (RFC 9457) that says what to do, and the challenge that a 401 owes its client
// (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9470). Nothing of the cause, the stack or the request is in it.

import { errors, SojournError, type ErrorCode } from '../core/errors.ts'
import type { Answer } from './view.ts'

/** What a challenge adds: the scope that is missing, or how recent the sign-in must be, in seconds. */
export interface Challenge {
  readonly hasCredentials: boolean
  readonly maxAge?: number
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

// Only characters that cannot end the quoted string (RFC 6750 §3): all of it is our own text.
function challengeFor(error: SojournError, { hasCredentials, maxAge }: Challenge): string {
  const oauth = 'oauth' in errors[error.code] ? errors[error.code].oauth : undefined
  if (error.code === 'fresh_sign_in_required') {
    return `Bearer error="insufficient_user_authentication", error_description="${errors[error.code].title}"${maxAge === undefined ? '' : `, max_age="${maxAge}"`}`
  }
  if (!hasCredentials || oauth === undefined) return 'Bearer'
  return `Bearer error="invalid_token", error_description="${errors[error.code].title}"`
}
