// How the OAuth endpoints say no: RFC 6749 §5.2, which is not a problem document. The reasons are those of the library.

import { errors, SojournError } from 'sojourn'

/** What only OAuth has a name for. */
export class OAuthFailure extends Error {
  override readonly name = 'OAuthFailure'
  readonly error: 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope' | 'invalid_request'
  readonly challenge: string | undefined

  constructor(error: OAuthFailure['error'], description: string, challenge?: string) {
    super(description)
    this.error = error
    this.challenge = challenge
  }
}

/** The answer for an error; undefined for one that is not the caller's concern. */
export function failureFor(error: unknown): Response | undefined {
  if (error instanceof OAuthFailure) {
    const { challenge } = error
    const headers = challenge === undefined ? {} : { 'www-authenticate': challenge }
    return failure(error.error === 'invalid_client' ? 401 : 400, error.error, error.message, headers)
  }
  if (!(error instanceof SojournError) || (error.status >= 500 && error.status !== 503)) return undefined
  const { code, status, detail, retryAfter } = error
  // A grant that is no good is a bad request here: a 401 speaks of the client (RFC 6749 §5.2).
  const answered = [413, 429, 503].includes(status) ? status : 400
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return failure(answered, errors[code].oauth ?? 'invalid_request', detail, headers)
}

function failure(
  status: number,
  error: string,
  description: string,
  more: Readonly<Record<string, string>>,
): Response {
  return new Response(JSON.stringify({ error, error_description: printable(description) }), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...more,
    },
  })
}

// The characters that an error_description may have.
function printable(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
