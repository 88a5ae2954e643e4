// Stage "identify": which credentials a request carries. A token in the Authorization header, or our cookies;
// never the URL, never the body, never another header. A bearer token takes precedence, and then no cookie counts.

import { longestAccessToken } from '../core/access-token.ts'
import { SojournError } from '../core/errors.ts'
import { readSessionToken } from '../core/session-token.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { valuesByName, type CookieJar, type CookieKind } from './cookies.ts'
import type { RequestView } from './view.ts'

/** What a request carries. */
export interface Carried {
  /** The access token in the Authorization header. */
  readonly bearer?: string
  /** Whether it came with the scheme `DPoP` (RFC 9449 §7.1). */
  readonly isBound?: true
  /** The session token in the cookie. */
  readonly session?: string
  /** The access token in the cookie. */
  readonly access?: string
  /** The cookie of a visitor who has not signed in. */
  readonly visitor?: string
  /** Cookies of ours that came more than once. */
  readonly duplicates: readonly CookieKind[]
}

// More than browsers send for one host, and less than it takes to keep a server busy.
const longestCookieHeader = 65_536
const none: Carried = { duplicates: [] }

/** Reads the credentials; throws `credentials_ambiguous`, `request_malformed` or `headers_too_large`. */
export function identify<Claims, Data>(
  view: RequestView,
  jar: CookieJar,
  sojourn: Sojourn<Claims, Data>,
): Carried {
  const authorization = view.header('authorization')
  const header =
    authorization === undefined
      ? undefined
      : readAuthorization(view, authorization, sojourn.settings.dpop ? dpopShape : bearerShape)
  const cookie = view.header('cookie')
  if (cookie === undefined) return header === undefined ? none : { ...header, duplicates: [] }
  if (cookie.length > longestCookieHeader) throw new SojournError('headers_too_large')
  const { names } = jar
  const values = valuesByName(cookie, [names.session, names.access, names.visitor])
  const [sessions, accesses, visitors] = values as [readonly string[], readonly string[], readonly string[]]
  const session = sessions.length > 1 ? onlySession(sessions, sojourn) : sessions[0]
  const duplicates: CookieKind[] = []
  if (sessions.length > 1) duplicates.push('session')
  if (accesses.length > 1) duplicates.push('access')
  if (visitors.length > 1) duplicates.push('visitor')
  const carried: { -readonly [Name in keyof Carried]: Carried[Name] } = { ...header, duplicates }
  if (session !== undefined && session !== '') carried.session = session
  // Of several, none: the session token gives a new one.
  if (accesses.length === 1 && accesses[0] !== '') carried.access = accesses[0]!
  if (visitors.length === 1 && isVisitor(visitors[0]!, sojourn)) carried.visitor = visitors[0]!
  return carried
}

// A visitor's cookie is one that we made: a value that somebody else has planted is never adopted.
const visitorBinding = 'visitor cookie'

/** The value of a new visitor's cookie. */
export function newVisitor<Claims, Data>(sojourn: Sojourn<Claims, Data>): string {
  return sojourn.csrf.issue(visitorBinding)
}

function isVisitor<Claims, Data>(value: string, sojourn: Sojourn<Claims, Data>): boolean {
  return sojourn.csrf.check(value, visitorBinding)
}

const bearerShape = /^(Bearer)(?: +|$)(.*)$/is
const dpopShape = /^(Bearer|DPoP)(?: +|$)(.*)$/is

// RFC 6750 §2.1, RFC 9449 §7.1. Another scheme is not for us, so it is as if there were none.
function readAuthorization(
  view: RequestView,
  authorization: string,
  shape: RegExp,
): Pick<Carried, 'bearer' | 'isBound'> | undefined {
  const fields = view.all('authorization')
  if (fields.length > 1 && fields.some((field) => shape.test(field))) {
    throw new SojournError('credentials_ambiguous')
  }
  const match = shape.exec(authorization)
  if (!match) return undefined
  const token = match[2]!
  if (token.length > longestAccessToken || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new SojournError('request_malformed', {
      detail: 'Authorization must be "Bearer" and one token (RFC 6750 §2.1).',
    })
  }
  return match[1]!.length === 4 ? { bearer: token, isBound: true } : { bearer: token }
}

// Order proves nothing: a sibling host can put its cookie first. Of several that we made for one session the newest
// counts; if they are of different sessions, somebody is planting one.
function onlySession<Claims, Data>(
  values: readonly string[],
  sojourn: Sojourn<Claims, Data>,
): string | undefined {
  if (values.length > 8) throw new SojournError('credentials_ambiguous')
  const made = values.flatMap((value) => {
    const token = readSessionToken(value, sojourn.settings.keys)
    return token ? [{ value, token }] : []
  })
  if (new Set(made.map(({ token }) => token.sessionId)).size > 1)
    throw new SojournError('credentials_ambiguous')
  return made.toSorted((a, b) => b.token.generation - a.token.generation)[0]?.value
}
