// The ready-made routes for clients, under one prefix (http-api.md). Each takes the stages that it needs: a refresh and
// a sign-out must not be preceded by an inline refresh of the very session they are about.

import { rejections } from '../core/access-token.ts'
import { SojournError } from '../core/errors.ts'
import type { Issued } from '../core/issued.ts'
import { isFresh, provedAt, type Session } from '../core/session.ts'
import { readSessionToken } from '../core/session-token.ts'
import type { AccessRefusal } from '../core/verbs/verify.ts'
import { readBody, textMember } from './body.ts'
import { refreshDevice, registerDevice, siteAnswer, wellKnownPath } from './dbsc-routes.ts'
import { bindingFault, isBound } from './dpop.ts'
import type { Exchange, SignOutScope } from './exchange.ts'
import { ownViewOf, secondsUntil, viewOf } from './session-view.ts'
import {
  authenticate,
  authenticateByAccessToken,
  checkCsrfToken,
  checkOrigin,
  limitRate,
  runStages,
} from './stages.ts'
import { pathOf, type Answer } from './view.ts'

/** `id` is the last segment of the path, where the route has one. */
type Route = <Claims, Data>(exchange: Exchange<Claims, Data>, id: string) => Promise<Answer>

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '': { GET: showSession },
  '/refresh': { POST: refresh },
  '/logout': { POST: signOut },
  '/devices': { GET: listDevices },
  '/devices/:id': { DELETE: endDevice },
  '/csrf': { GET: giveCsrfToken },
}

// Where browsers that speak DBSC register and refresh.
const deviceRoutes: typeof routes = {
  '/dbsc/register': { POST: registerDevice },
  '/dbsc/refresh': { POST: refreshDevice },
}

/** The answer of the route at a target; undefined if the target is not under the prefix. */
export function answerRoute<Claims, Data>(
  exchange: Exchange<Claims, Data>,
): Promise<Answer> | Answer | undefined {
  const { prefix, dbsc } = exchange.settings
  const path = pathOf(exchange.view.target)
  if (dbsc?.site && path === wellKnownPath && exchange.view.method === 'GET') return siteAnswer(dbsc.site)
  if (prefix === undefined || !(path === prefix || path.startsWith(`${prefix}/`))) return undefined
  const { name, id } = named(path.slice(prefix.length))
  const table = exchange.settings.dbsc && Object.hasOwn(deviceRoutes, name) ? deviceRoutes : routes
  const methods = Object.hasOwn(table, name) ? table[name] : undefined
  if (!methods) throw new SojournError('not_found')
  const { method } = exchange.view
  const route = Object.hasOwn(methods, method)
    ? methods[method]
    : method === 'HEAD'
      ? methods['GET']
      : undefined
  if (route) return route(exchange, id)
  const allow = [...Object.keys(methods), ...('GET' in methods ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  exchange.reply.setHeader('Allow', allow)
  if (method === 'OPTIONS') return empty(204)
  throw new SojournError('method_not_allowed')
}

function named(rest: string): { name: string; id: string } {
  const device = /^\/devices\/([^/]+)$/.exec(rest)
  return device ? { name: '/devices/:id', id: device[1]! } : { name: rest, id: '' }
}

// ---------------------------------------------------------------------------------------------- the routes

async function showSession<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  const session = await signedIn(exchange)
  const { now, sojourn } = exchange
  return json(200, { session: ownViewOf(session, sojourn.settings.policy, now, true) })
}

async function refresh<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  const { carried, sojourn, view } = exchange
  const body = await readBody(view, ['refreshToken'])
  const refreshToken = textMember(body, 'refreshToken')
  if (refreshToken !== undefined && carried.session !== undefined)
    throw new SojournError('credentials_ambiguous')
  const token = refreshToken ?? carried.session
  if (token === undefined) throw new SojournError('credentials_missing')
  const presented = readSessionToken(token, sojourn.settings.keys)
  if (carried.session !== undefined) {
    checkOrigin(exchange)
    // A token that we did not make needs no proof of where it comes from: it changes nothing.
    checkCsrfToken(exchange, presented?.sessionId)
  }
  if (presented) await limitRate(exchange, presented.sessionId)
  const jkt = presented && refreshToken !== undefined ? await exchange.proveKey() : undefined
  const idempotencyKey = view.header('idempotency-key')
  try {
    const issued = await sojourn.refresh(token, {
      ...exchange.presence(),
      profile: refreshToken === undefined ? 'cookie' : 'bearer',
      ...(jkt === undefined ? {} : { jkt }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    })
    exchange.deliver(issued)
    return refreshToken === undefined ? empty(204) : json(200, bearerCredentials(exchange, issued))
  } catch (error) {
    if (refreshToken === undefined && (await isRefreshedByBrowser(exchange, error))) return empty(204)
    throw error
  }
}

// The browser of a session that is bound to its device refreshes before a request, and not because a script asks: while the
// access cookie is good there is nothing to do.
async function isRefreshedByBrowser<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof SojournError) || error.code !== 'session_bound') return false
  return (await authenticateByAccessToken(exchange)) && exchange.session !== undefined
}

function bearerCredentials<Claims, Data>(
  { now, sojourn }: Exchange<Claims, Data>,
  issued: Issued<Claims, Data>,
): Readonly<Record<string, unknown>> {
  return {
    accessToken: issued.accessToken,
    tokenType: issued.tokenType,
    expiresIn: secondsUntil(issued.access.expiresAt, now),
    refreshToken: issued.sessionToken,
    refreshExpiresIn: secondsUntil(issued.expiresAt, now),
    session: ownViewOf(issued.session, sojourn.settings.policy, now),
  }
}

const scopes: ReadonlySet<string> = new Set(['this', 'others', 'all'])

async function signOut<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  checkOrigin(exchange)
  const scope = textMember(await readBody(exchange.view, ['scope']), 'scope') ?? 'this'
  if (!scopes.has(scope)) {
    throw new SojournError('members_unknown', { detail: `scope must be "this", "others" or "all".` })
  }
  checkCsrfToken(exchange, await signOutBinding(exchange))
  // A bearer client whose access token has run out is not signed out by being told so.
  if (exchange.isLapsed && exchange.carried.bearer !== undefined) throw new SojournError('token_rejected')
  await exchange.signOut(scope as SignOutScope)
  return empty(204)
}

// The session that the cookies name, while it lives. Of one that has ended nothing can be undone, so no proof is needed.
async function signOutBinding<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<string | undefined> {
  const { carried, sojourn } = exchange
  if (carried.bearer !== undefined) {
    await admitToSignOut(exchange, carried.bearer)
    return undefined
  }
  if (carried.session === undefined) {
    await authenticateByAccessToken(exchange)
    return exchange.session?.sessionId
  }
  const presented = readSessionToken(carried.session, sojourn.settings.keys)
  return presented && (await sojourn.find(presented.sessionId))?.id
}

const stillLives: ReadonlySet<AccessRefusal> = new Set([...rejections, 'stale'])

// A token that is only spent ends nothing: were that answered as done, its client would throw away a refresh token that
// lives on. Refused, it refreshes and asks again. And one that is refused because its session is over may be that of a
// sign-out which failed half-way and had no answer: what is left of it is done now.
async function admitToSignOut<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  accessToken: string,
): Promise<void> {
  const { sojourn, now, isBackground } = exchange
  const result = await sojourn.authenticate(accessToken, now, isBackground)
  if (result.access && isBound(exchange, result.access)) {
    const fault = await bindingFault(exchange, accessToken, result.access)
    if (fault) throw fault
  }
  if (result.ok) return exchange.admit(result.access)
  const { reason, access } = result
  sojourn.tell({ type: 'token.rejected', level: 'warning', at: now, token: 'access', reason })
  if (!access || stillLives.has(reason)) throw new SojournError('token_rejected')
  if (await sojourn.find(access.sessionId)) exchange.admit(access)
  else await sojourn.revoke(access.sessionId, 'signed_out')
}

async function listDevices<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  const session = await signedIn(exchange)
  const { policy } = exchange.sojourn.settings
  const sessions = session.subject === undefined ? [session] : await exchange.sojourn.list(session.subject)
  return json(200, { items: sessions.map((one) => viewOf(one, policy, one.id === session.id)) })
}

async function endDevice<Claims, Data>(exchange: Exchange<Claims, Data>, id: string): Promise<Answer> {
  const session = await signedIn(exchange)
  // What cannot be an id is not shown to the store.
  const other = /^[A-Za-z0-9_-]{32}$/.test(id) ? await exchange.sojourn.find(id) : undefined
  // An id that is somebody else's is answered as one that does not exist.
  const isOwn =
    other !== undefined &&
    (other.id === session.id || (other.subject !== undefined && other.subject === session.subject))
  if (!isOwn) throw new SojournError('not_found', { detail: 'You have no session of that id.' })
  if (other.id === session.id) {
    await exchange.signOut('this')
    return empty(204)
  }
  const { freshness } = exchange.settings
  if (!isFresh(provedAt(session), exchange.now, freshness)) {
    throw new SojournError('fresh_sign_in_required', { members: { maxAge: freshness / 1000 } })
  }
  await exchange.sojourn.revoke(other.id, 'signed_out_elsewhere', {
    kind: 'subject',
    session: session.id,
  })
  return empty(204)
}

async function giveCsrfToken<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  await authenticate(exchange)
  return json(200, { csrfToken: exchange.csrfToken() })
}

// ---------------------------------------------------------------------------------------------- shared

async function signedIn<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Session<Claims, Data>> {
  await runStages(exchange)
  const session = await exchange.load()
  if (session) return session
  throw exchange.session ? new SojournError('session_unknown') : exchange.noSession()
}

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Cache-Control', 'no-store'],
    ],
    body: JSON.stringify(value),
  }
}

function empty(status: number): Answer {
  return { status, headers: [['Cache-Control', 'no-store']], body: '' }
}
