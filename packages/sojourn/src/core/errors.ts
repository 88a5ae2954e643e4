// Every way of saying no, in one table. A new way is one row here and one in docs/errors.md; a test compares the two.

/** What each code means to HTTP (RFC 9110), to OAuth (RFC 6749 §5.2, RFC 6750 §3.1), and to the person who reads it. */
interface Row {
  readonly status: number
  readonly title: string
  readonly help: string
  readonly oauth?: string
}

const rows = {
  // What is presented
  token_malformed: {
    status: 401,
    title: 'The session token is malformed',
    help: 'Present the session token exactly as it was issued, or sign in.',
    oauth: 'invalid_grant',
  },
  session_unknown: {
    status: 401,
    title: 'There is no such session',
    help: 'It has ended or never existed. Sign in.',
    oauth: 'invalid_grant',
  },
  session_expired: {
    status: 401,
    title: 'The session has expired',
    help: 'Sign in again.',
    oauth: 'invalid_grant',
  },
  session_reused: {
    status: 401,
    title: 'The session token had been used before',
    help: 'A copy of it is in use, so the session was ended for everybody. Sign in again.',
    oauth: 'invalid_grant',
  },
  session_superseded: {
    status: 401,
    title: 'The session token was replaced by a step-up',
    help: 'Use the credentials that the step-up handed out.',
    oauth: 'invalid_grant',
  },
  session_bound: {
    status: 401,
    title: 'The session is bound to a key',
    help: 'Send a proof by that key: a DPoP proof, or let the browser refresh its device bound session.',
    oauth: 'invalid_grant',
  },
  device_proof_invalid: {
    status: 400,
    title: 'The proof of the device is not accepted',
    help: 'Make a new one with the key of this device.',
  },
  device_challenge_required: {
    status: 403,
    title: 'The device has to prove itself',
    help: 'Sign the challenge in Secure-Session-Challenge, and ask again.',
  },
  dpop_proof_invalid: {
    status: 401,
    title: 'The DPoP proof is not accepted',
    help: 'Make a new one for this request.',
    oauth: 'invalid_dpop_proof',
  },
  dpop_nonce_required: {
    status: 401,
    title: 'The DPoP proof needs a nonce',
    help: 'Repeat the request with a proof that has the nonce in the DPoP-Nonce header of this answer.',
    oauth: 'use_dpop_nonce',
  },
  token_rejected: {
    status: 401,
    title: 'The access token is not accepted',
    help: 'Refresh it, or sign in.',
    oauth: 'invalid_token',
  },
  sign_in_required: { status: 401, title: 'Sign in first', help: 'This needs a session.' },
  fresh_sign_in_required: {
    status: 401,
    title: 'Confirm that it is you',
    help: 'This needs a recent sign-in: authenticate again, then repeat the request.',
    oauth: 'insufficient_user_authentication',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    help: 'The session does not have what this needs.',
    oauth: 'insufficient_scope',
  },
  credentials_ambiguous: {
    status: 400,
    title: 'The credentials are ambiguous',
    help: 'Send each credential once, and in one way only.',
    oauth: 'invalid_request',
  },
  credentials_missing: {
    status: 400,
    title: 'No session token was given',
    help: 'Send the session cookie, or a JSON body with refreshToken.',
    oauth: 'invalid_request',
  },
  api_key_required: {
    status: 401,
    title: 'An API key is needed',
    help: 'Send Authorization: Bearer and an API key.',
    oauth: 'invalid_token',
  },
  // What is asked for
  session_limit: {
    status: 409,
    title: 'Too many sessions',
    help: 'End one of the listed sessions, then sign in again.',
  },
  version_conflict: {
    status: 412,
    title: 'The session was changed by somebody else',
    help: 'Read it again and repeat the change.',
  },
  claims_invalid: {
    status: 422,
    title: 'The claims or data are not valid',
    help: 'Correct what the detail names.',
  },
  members_unknown: {
    status: 422,
    title: 'The body is not what this operation takes',
    help: 'Correct the members that the detail names.',
    oauth: 'invalid_request',
  },
  body_malformed: {
    status: 400,
    title: 'The body is not valid JSON',
    help: 'Send one JSON object in UTF-8.',
    oauth: 'invalid_request',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'Send at most 64 KiB.',
    oauth: 'invalid_request',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    help: 'Send it again, and faster.',
    oauth: 'invalid_request',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    help: 'Send fewer or shorter cookies and headers.',
    oauth: 'invalid_request',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The media type is not supported',
    help: 'Send application/json.',
    oauth: 'invalid_request',
  },
  request_malformed: {
    status: 400,
    title: 'The request is malformed',
    help: 'Correct what the detail names.',
    oauth: 'invalid_request',
  },
  not_found: { status: 404, title: 'There is nothing here', help: 'Check the address.' },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    help: 'Use one of the methods in the Allow header.',
  },
  // What keeps a request from being served
  https_required: {
    status: 403,
    title: 'HTTPS is required',
    help: 'Use https. Behind a proxy, list it in trustedProxies and let it send X-Forwarded-Proto.',
  },
  host_unknown: {
    status: 421,
    title: 'The host is not served here',
    help: 'Use a host that the configuration lists.',
  },
  csrf_rejected: {
    status: 403,
    title: 'The request may be forged',
    help: 'Send it from the application itself, with its CSRF token in X-CSRF-Token.',
  },
  rate_limited: { status: 429, title: 'Too many requests', help: 'Wait as long as Retry-After says.' },
  store_unavailable: {
    status: 503,
    title: 'The session store is not available',
    help: 'Take nothing for done. Try again after Retry-After seconds.',
    oauth: 'temporarily_unavailable',
  },
  data_locked: {
    status: 503,
    title: 'The data of the session cannot be decrypted here',
    help: 'No secret in encryption.secrets opens its key. Give this node the secrets that the others have; nothing was ended.',
    oauth: 'temporarily_unavailable',
  },
  verification_unavailable: {
    status: 503,
    title: 'Sessions cannot be verified right now',
    help: 'The revocation feed is interrupted. Try again after Retry-After seconds.',
    oauth: 'temporarily_unavailable',
  },
  internal: {
    status: 500,
    title: 'Something went wrong',
    help: 'It is our fault and was logged.',
    oauth: 'server_error',
  },
  // What the programmer did
  config_invalid: {
    status: 500,
    title: 'The configuration is not valid',
    help: 'Correct every fault that the message lists.',
  },
  headers_sent: {
    status: 500,
    title: 'The response has already begun',
    help: 'Sign in, sign out or step up before the first byte of the response is sent.',
  },
} as const

export type ErrorCode = keyof typeof rows

/** The whole table, for documents and for answers. */
export const errors: Readonly<Record<ErrorCode, Row>> = rows

export interface ErrorDetails extends ErrorOptions {
  /** What exactly is wrong, in words that hold no secret. Default: the help text of the code. */
  readonly detail?: string
  /** Further public members of the answer (RFC 9457 §3.2), such as the sessions of a `session_limit`. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Seconds after which to try again. */
  readonly retryAfter?: number
}

/** The one error that Sojourn throws. `code` is stable and documented; the message says what to do. */
export class SojournError extends Error {
  override readonly name = 'SojournError'
  readonly code: ErrorCode
  readonly status: number
  readonly detail: string
  readonly members: Readonly<Record<string, unknown>>
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const row = errors[code]
    super(`${row.title}. ${details.detail ?? row.help}`, 'cause' in details ? { cause: details.cause } : {})
    this.code = code
    this.status = row.status
    this.detail = details.detail ?? row.help
    this.members = details.members ?? {}
    this.retryAfter = details.retryAfter
  }
}

/** The error for a configuration: all its faults at once, in the message and for themselves in `members.faults`. */
export function configurationError(what: string, faults: readonly string[]): SojournError {
  const list = faults.map((fault) => `\n  - ${fault}`).join('')
  return new SojournError('config_invalid', { detail: `${what}:${list}`, members: { faults } })
}
