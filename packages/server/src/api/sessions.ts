// The backend routes about sessions (http-api.md): for the application's own server, after it has checked the password,
// the passkey or whatever it uses.

import type { Session, SignIn, Facts } from 'sojourn'
import { SojournError } from 'sojourn'
import { credentialCookies, viewOf } from 'sojourn/fetch'

import { empty, json, requireRole, type Request, type Services } from './context.ts'
import { readInput, readListing, signInSchema } from './input.ts'

/** `POST /v1/sessions`: signs a subject in and hands out everything that its client needs. */
export async function createSession(services: Services, request: Request): Promise<Response> {
  requireRole(services, request, 'manage')
  const { sojourn, http } = services
  const input = await readInput(request, signInSchema)
  const issued = await sojourn.create(input as SignIn<Facts, Facts>)
  const { session } = issued
  const now = sojourn.settings.clock()
  const jar = sojourn.settings.issuer.startsWith('https:') ? http.settings.secureJar : http.settings.plainJar
  return json(201, {
    session: viewOf(session, sojourn.settings.policy),
    accessToken: issued.accessToken,
    tokenType: 'Bearer',
    expiresIn: Math.max(0, Math.floor((issued.access.expiresAt - now) / 1000)),
    refreshToken: issued.sessionToken,
    refreshExpiresIn: Math.max(0, Math.floor((issued.expiresAt - now) / 1000)),
    csrfToken: sojourn.csrf.issue(session.id),
    setCookie: session.profile === 'cookie' ? credentialCookies(issued, jar, now) : [],
  })
}

/** `GET /v1/sessions?subject=`: the live sessions of a subject, the newest first. */
export async function listSessions(services: Services, request: Request): Promise<Response> {
  requireRole(services, request, 'read')
  const { subject, tenant, cursor, limit } = readListing(request)
  const sessions = (await services.sojourn.list(subject))
    .filter((session) => tenant === undefined || session.tenant === tenant)
    .map((session) => ({ session, place: placeOf(session) }))
    .sort((a, b) => (a.place < b.place ? 1 : -1))
    .filter(({ place }) => cursor === undefined || place < cursor)
  const page = sessions.slice(0, limit)
  const { policy } = services.sojourn.settings
  return json(200, {
    items: page.map(({ session }) => viewOf(session, policy)),
    next: sessions.length > limit ? (page.at(-1)?.place ?? null) : null,
  })
}

// Where a session stands in the list: it never changes, so that nothing is seen twice while others come and go.
function placeOf({ createdAt, id }: Session): string {
  return `${createdAt.toString(36).padStart(9, '0')}-${id}`
}

/** `GET /v1/sessions/{id}`: one live session, with its `data`. */
export async function showSession(services: Services, request: Request): Promise<Response> {
  requireRole(services, request, 'read')
  const session = await services.sojourn.find(request.req.param('id') ?? '')
  if (!session) throw new SojournError('not_found', { detail: 'There is no live session of that id.' })
  return json(200, withData(services, session))
}

function withData({ sojourn }: Services, session: Session<Facts, Facts>): unknown {
  return {
    session: { ...viewOf(session, sojourn.settings.policy), data: session.data, version: session.version },
  }
}

/** `DELETE /v1/sessions/{id}`: ends it; 204 also if it had ended before. */
export async function endSession(services: Services, request: Request): Promise<Response> {
  requireRole(services, request, 'manage')
  await services.sojourn.revoke(request.req.param('id') ?? '')
  return empty()
}

/** `DELETE /v1/subjects/{subject}/sessions?except={id}`: signs a subject out everywhere. */
export async function endSessionsOf(services: Services, request: Request): Promise<Response> {
  requireRole(services, request, 'manage')
  const revoked = await services.sojourn.revokeAll(
    request.req.param('subject') ?? '',
    request.req.query('except'),
  )
  return json(200, { revoked: revoked.length })
}
