// Who is calling, in headers for the application behind the proxy. A header holds ASCII and no line breaks, while a subject
// may be any text: so it is percent-encoded (RFC 3986 §2.1) where it has to be, and `%` always, which makes it safe to
// decode what comes. Claims are JSON in base64url, so that nothing in them can end a header.

import { Buffer } from 'node:buffer'

import { SojournError } from 'sojourn'
import type { Exchange } from 'sojourn/fetch'

type Header = readonly [name: string, value: string]

/** The headers of a caller who is signed in. */
export function identityHeaders<Claims, Data>(exchange: Exchange<Claims, Data>): readonly Header[] {
  const { session, accessToken } = exchange
  if (session?.subject === undefined || accessToken === undefined) throw new SojournError('sign_in_required')
  return [
    ['x-session-subject', encodeSubject(session.subject)],
    ['x-session-id', session.sessionId],
    ['x-session-claims', Buffer.from(JSON.stringify(session.claims)).toString('base64url')],
    ['authorization', `${session.jkt === undefined ? 'Bearer' : 'DPoP'} ${accessToken}`],
  ]
}

// A comma, so that nobody takes one name for a list of two.
function encodeSubject(subject: string): string {
  return subject.replace(/[^\x21-\x7e]+|[%,]+/g, encodeURIComponent)
}

/**
 * Cookies in headers of their own. nginx knows only the first Set-Cookie of a sub-request, or all of them in one line, and
 * Caddy the latter: neither is what a browser takes. There are three kinds of cookies, so three numbers suffice.
 */
export function numberedCookies(cookies: readonly string[]): readonly Header[] {
  return cookies.map((line, index) => [`x-session-cookie-${index + 1}`, line])
}
