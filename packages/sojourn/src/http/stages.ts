// The chain that every request goes through, in this order:
//
//   transport → identify → origin → authenticate → csrf → rateLimit → stages of one's own → (guard) → the application
//
// Each stage is small and can end the exchange by throwing a SojournError, which becomes a problem document. The origin
// of an unsafe request is judged before authentication, so that a forged one does not even cause a refresh. What is
// presented and no good makes a visitor of the caller, with the reason at hand for the guard; a store that does not
// answer never does: that is a 503.

import { SojournError, type ErrorCode } from '../core/errors.ts'
import { readSessionToken } from '../core/session-token.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { noteSkipped } from './dbsc.ts'
import { bindingFault, isBound } from './dpop.ts'
import { Exchange } from './exchange.ts'
import { identify, type Carried } from './credentials.ts'
import { isSafe, originFault } from './origin.ts'
import type { HttpSettings, Stage } from './options.ts'
import type { RateDecision } from './rate-limit.ts'
import { transportOf } from './transport.ts'
import { isHandshake, type Reply, type RequestView } from './view.ts'

/** What may be left out of the stages. */
export interface Checks {
  /** False where the application behind asks for a CSRF token of its own: then the origin has to do here. */
  readonly csrfToken: boolean
}

const allChecks: Checks = { csrfToken: true }

/** Takes an opened exchange through the other stages; a promise where one waits. Throws, or rejects with, the SojournError that ended it. */
export function runStages<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  { csrfToken }: Checks = allChecks,
): void | Promise<void> {
  const isUnsafe = !isSafe(exchange.view.method)
  // No policy of same origin holds a page of another site back from opening a WebSocket with the visitor's cookies
  // (RFC 6455 §10.2). A page can send no token along, so the origin has to do.
  if (isUnsafe || isHandshake(exchange.view)) checkOrigin(exchange)
  const needsToken = isUnsafe && csrfToken
  if (isKnown(exchange)) return runAuthenticated(exchange, needsToken)
  return authenticate(exchange).then(() => runAuthenticated(exchange, needsToken))
}

function runAuthenticated<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  needsToken: boolean,
): void | Promise<void> {
  // What a person sees is kept by no cache; a page that may be says so itself, later.
  if (exchange.session) exchange.reply.setHeader('Cache-Control', 'no-store')
  if (needsToken) checkCsrfToken(exchange, csrfBinding(exchange))
  return exchange.session && limitRate(exchange, exchange.session.sessionId)
}

/** Takes it through those of the application's own, which stand before its routes and not before ours. */
export async function runOwnStages<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<void> {
  for (const stage of exchange.settings.stages) await stage(exchange as unknown as Parameters<Stage>[0])
}

/** The stages that look at nothing but the request: transport and identify. */
export function openExchange<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  settings: HttpSettings,
  view: RequestView,
  reply: Reply,
): Exchange<Claims, Data> {
  const now = sojourn.settings.clock()
  const transport = transportOf(view, settings.transport)
  const jar = transport.isSecure ? settings.secureJar : settings.plainJar
  const carried = identify(view, jar, sojourn)
  const exchange = new Exchange({ sojourn, settings, view, reply, now, transport, carried })
  if (carried.duplicates.length > 0) noteDuplicates(exchange)
  if (settings.dbsc) noteSkipped(exchange)
  return exchange
}

function noteDuplicates<Claims, Data>(exchange: Exchange<Claims, Data>): void {
  const { carried, sojourn, now } = exchange
  for (const kind of carried.duplicates) {
    sojourn.tell({ type: 'cookie.duplicate', level: 'warning', at: now, cookie: kind })
    exchange.clearFormerCookie(kind)
  }
}

// ---------------------------------------------------------------------------------------------- origin and csrf

function carriesCookies({ session, access }: Carried): boolean {
  return session !== undefined || access !== undefined
}

/** Refuses an unsafe request that another site's page has sent. */
export function checkOrigin<Claims, Data>(exchange: Exchange<Claims, Data>): void {
  const { carried, settings, transport, view } = exchange
  // A bearer token is not added by the browser, so a request with one cannot be forged by another page.
  if (carried.bearer !== undefined && !carriesCookies(carried)) return
  const fault = originFault(view, transport, settings.trustedOrigins, carriesCookies(carried))
  if (fault) throw forged(exchange, fault)
}

// What the CSRF token of a request must be bound to; undefined when it needs none.
function csrfBinding<Claims, Data>({
  session,
  carried,
  settings,
}: Exchange<Claims, Data>): string | undefined {
  if (carried.bearer !== undefined) return undefined
  if (session) return session.sessionId
  return settings.visitors === 'token' ? `visitor ${carried.visitor ?? ''}` : undefined
}

/** Refuses an unsafe request without the CSRF token of `binding`. */
export function checkCsrfToken<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  binding: string | undefined,
): void {
  if (binding === undefined) return
  const { view, sojourn } = exchange
  const given = view.all('x-csrf-token')
  if (given.length > 1) throw forged(exchange, 'repeated_header')
  const token = given[0] ?? view.formField('csrf_token')
  if (token === undefined) throw forged(exchange, 'token_missing')
  if (!sojourn.csrf.check(token, binding)) throw forged(exchange, 'token')
}

function forged<Claims, Data>(
  { sojourn, now, session }: Exchange<Claims, Data>,
  reason: string,
): SojournError {
  const who = session === undefined ? {} : { sessionId: session.sessionId }
  sojourn.tell({ type: 'csrf.rejected', level: 'warning', at: now, ...who, reason })
  return new SojournError('csrf_rejected', { members: { reason } })
}

// ---------------------------------------------------------------------------------------------- authenticate

/** Finds the caller's session where this node has seen both tokens before and nothing waits: nearly every time. */
function isKnown<Claims, Data>(exchange: Exchange<Claims, Data>): boolean {
  const { carried, sojourn, now, isBackground } = exchange
  const token = carried.bearer ?? carried.access
  const access = token === undefined ? undefined : sojourn.known(token, now, isBackground)
  if (access === undefined || isBound(exchange, access) || !belongsTogether(exchange, access)) return false
  exchange.admit(access)
  return true
}

/** Finds the caller's session by the access token, or by a refresh where that is spent. */
export async function authenticate<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<void> {
  const { carried } = exchange
  const settled = await authenticateByAccessToken(exchange)
  if (!settled && carried.session !== undefined) await refreshInline(exchange, carried.session)
}

/** Resolves to false where a session token may still help: no access token, or a spent one, in cookies. */
export async function authenticateByAccessToken<Claims, Data>(
  exchange: Exchange<Claims, Data>,
): Promise<boolean> {
  const { carried, sojourn, now, isBackground } = exchange
  const token = carried.bearer ?? carried.access
  if (token === undefined) return false
  const known = sojourn.known(token, now, isBackground)
  const result = known
    ? ({ ok: true, access: known } as const)
    : await sojourn.authenticate(token, now, isBackground)
  if (result.ok && belongsTogether(exchange, result.access)) {
    const { access } = result
    const fault = isBound(exchange, access) ? await bindingFault(exchange, token, access) : undefined
    if (fault) exchange.refuse(fault)
    else exchange.admit(access)
    return true
  }
  if (!result.ok && carried.bearer === undefined) return false
  const reason = result.ok ? 'mixed' : result.reason
  sojourn.tell({ type: 'token.rejected', level: 'warning', at: now, token: 'access', reason })
  exchange.refuse(new SojournError('token_rejected'), reason === 'expired' || reason === 'stale')
  return true
}

// Companions that were seen together before need not be compared again.
const companions = new WeakMap<object, string>()

// An access token of one session beside the session token of another: somebody has mixed two jars.
function belongsTogether<Claims, Data>(
  { carried, sojourn }: Exchange<Claims, Data>,
  access: { readonly sessionId: string },
): boolean {
  if (carried.bearer !== undefined || carried.session === undefined) return true
  if (companions.get(access) === carried.session) return true
  const token = readSessionToken(carried.session, sojourn.settings.keys)
  if (token?.sessionId !== access.sessionId) return false
  companions.set(access, carried.session)
  return true
}

const deadEnds: ReadonlySet<ErrorCode> = new Set([
  'token_malformed',
  'session_unknown',
  'session_expired',
  'session_reused',
  'session_superseded',
  'session_bound',
])

// Cookies of a session that has ended are left alone: clearing them could wipe those of a sign-in that was faster.
async function refreshInline<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  sessionToken: string,
): Promise<void> {
  const options = { ...exchange.presence(), profile: 'cookie' } as const
  try {
    exchange.deliver(await exchange.sojourn.refresh(sessionToken, options))
  } catch (error) {
    if (!(error instanceof SojournError) || !deadEnds.has(error.code)) throw error
    exchange.refuse(error)
  }
}

// ---------------------------------------------------------------------------------------------- rate limit

/** Counts a request of a session; refuses it if there were too many. */
export function limitRate<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  sessionId: string,
): void | Promise<void> {
  const taken = exchange.settings.limiter?.take(sessionId, exchange.now)
  if (taken === undefined) return
  // Not every library's promises are of this realm.
  if ('then' in taken)
    return Promise.resolve(taken).then((decision) => heedRate(exchange, sessionId, decision))
  heedRate(exchange, sessionId, taken)
}

function heedRate<Claims, Data>(
  { sojourn, now }: Exchange<Claims, Data>,
  sessionId: string,
  decision: RateDecision,
): void {
  if (decision.allowed) return
  sojourn.tell({ type: 'rate.limited', level: 'warning', at: now, sessionId })
  throw new SojournError('rate_limited', { retryAfter: Math.max(1, Math.ceil(decision.retryAfter)) })
}
