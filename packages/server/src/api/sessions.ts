// The backend operations about sessions (http-api.md): for the application's own server, after it has checked the
// password, the passkey or whatever it uses.

import type { Facts, Session, SignIn } from 'sojourn'
import { SojournError } from 'sojourn'
import { viewOf } from 'sojourn/fetch'
import { z } from 'zod'

import { empty, json, type Services } from './context.ts'
import { entityTag, matches } from './if-match.ts'
import { mergePatch } from './merge-patch.ts'
import { noSuchSession, operation } from './operation.ts'
import * as shape from './schemas.ts'
import { issuedView, wholeView } from './views.ts'

const group = 'Sessions'
const idParameter = { id: 'The id of a session.' }

/** Signs a subject in and hands out everything that its client needs. */
export const createSession = operation({
  id: 'createSession',
  method: 'POST',
  path: '/v1/sessions',
  group,
  summary: 'Sign a subject in',
  details: 'Call it once you have checked who it is. Every sign-in is a new session with a new id.',
  needs: 'manage',
  body: z.strictObject({
    subject: shape.name.meta({ description: 'Your name for the person.', examples: ['ada'] }),
    claims: shape.claims.optional(),
    data: shape.data.optional(),
    profile: z.enum(['cookie', 'bearer']).optional().meta({
      description:
        'How the client carries its credentials: a browser in cookies (default), an app by itself.',
    }),
    remember: z.boolean().optional().meta({ description: 'The person asked to stay signed in.' }),
    amr: shape.amr.optional(),
    acr: shape.acr.optional(),
    jkt: shape.jkt.optional(),
    tenant: shape.name.optional(),
    device: z
      .strictObject({
        label: z.string().max(512).optional(),
        userAgent: z.string().max(4096).optional(),
        ip: z.string().max(64).optional(),
        kind: z.string().max(32).optional(),
      })
      .optional()
      .meta({ description: 'What is known of the device, for the person’s own list.' }),
    knownDevice: z.boolean().optional().meta({
      description: 'Whether the person has used this device before, where you know: a new one is noted.',
    }),
    idp: z
      .strictObject({
        issuer: shape.name.meta({ examples: ['https://idp.example'] }),
        sid: shape.name.optional(),
        subject: shape.name.optional(),
      })
      .refine(({ sid, subject }) => sid !== undefined || subject !== undefined, 'must have sid or subject')
      .optional()
      .meta({
        description:
          'The identity provider that has signed the person in, with `sid` and `sub` of its ID token: when it signs them out, the session ends.',
      }),
    replaces: shape.sessionToken.optional().meta({
      description: 'The session token that the visitor had before, whatever it is worth: its session ends.',
    }),
  }),
  answers: { 201: { means: 'Signed in.', schema: shape.issued } },
  refusals: ['claims_invalid', 'session_limit', 'session_unknown'],
  work: async ({ services, body }) =>
    json(201, issuedView(services, await services.sojourn.create(body as SignIn<Facts, Facts>))),
})

/** The live sessions of a subject, the newest first; or those of a tenant, in the order of the store. */
export const listSessions = operation({
  id: 'listSessions',
  method: 'GET',
  path: '/v1/sessions',
  group,
  summary: 'List live sessions',
  details:
    'Of a subject, the newest first; or of a whole tenant, in no particular order, which reads through the store.',
  needs: 'read',
  query: z.strictObject({
    subject: shape.name.optional(),
    tenant: shape.name.optional(),
    cursor: shape.cursor,
    limit: shape.limit,
  }),
  answers: {
    200: { means: 'One page.', schema: z.object({ items: z.array(shape.session), next: shape.next }) },
  },
  work: async ({ services, query: { subject, tenant, cursor, limit } }) => {
    if (subject !== undefined) return json(200, await listOf(services, subject, { tenant, cursor, limit }))
    if (tenant === undefined)
      throw new SojournError('request_malformed', { detail: 'Say whose: ?subject=, ?tenant= or both.' })
    const page = await services.sojourn.browse({ tenant, limit, ...(cursor === undefined ? {} : { cursor }) })
    const { policy } = services.sojourn.settings
    return json(200, { items: page.items.map((session) => viewOf(session, policy)), next: page.next ?? null })
  },
})

interface Narrowing {
  readonly tenant: string | undefined
  readonly cursor: string | undefined
  readonly limit: number
}

async function listOf(
  { sojourn }: Services,
  subject: string,
  { tenant, cursor, limit }: Narrowing,
): Promise<unknown> {
  const sessions = (await sojourn.list(subject))
    .filter((session) => tenant === undefined || session.tenant === tenant)
    .map((session) => ({ session, place: placeOf(session) }))
    .sort((a, b) => (a.place < b.place ? 1 : -1))
    .filter(({ place }) => cursor === undefined || place < cursor)
  const page = sessions.slice(0, limit)
  return {
    items: page.map(({ session }) => viewOf(session, sojourn.settings.policy)),
    next: sessions.length > limit ? (page.at(-1)?.place ?? null) : null,
  }
}

// Where a session stands in the list: it never changes, so that nothing is seen twice while others come and go.
function placeOf({ createdAt, id }: Session): string {
  return `${createdAt.toString(36).padStart(9, '0')}-${id}`
}

const whole = z.object({ session: shape.wholeSession })

/** One live session, with its `data`. */
export const showSession = operation({
  id: 'showSession',
  method: 'GET',
  path: '/v1/sessions/{id}',
  group,
  summary: 'Show a session with its data',
  needs: 'read',
  parameters: idParameter,
  answers: { 200: { means: 'The session, with its version as ETag.', schema: whole } },
  refusals: ['not_found'],
  work: async ({ services, parameter }) => {
    const session = await services.sojourn.find(parameter('id'))
    if (!session) throw noSuchSession()
    return withTag(services, session)
  },
})

/** Changes claims, data or both by a merge patch. */
export const changeSession = operation({
  id: 'changeSession',
  method: 'PATCH',
  path: '/v1/sessions/{id}',
  group,
  summary: 'Change claims or data',
  details:
    'A JSON Merge Patch (RFC 7396). A change of claims takes effect at once: older access tokens are not accepted any more.',
  needs: 'manage',
  parameters: idParameter,
  headers: { 'If-Match': 'The ETag of what you have seen: without a match nothing is changed.' },
  body: z.strictObject({ claims: shape.patch.optional(), data: shape.patch.optional() }),
  bodyTypes: ['application/merge-patch+json', 'application/json'],
  answers: { 200: { means: 'The session as it is now.', schema: whole } },
  refusals: ['not_found', 'claims_invalid', 'version_conflict'],
  work: async ({ services, request, body, parameter }) => {
    const { sojourn } = services
    const id = parameter('id')
    const condition = request.req.header('if-match')
    const found = await sojourn.find(id)
    if (!found) throw noSuchSession()
    if (!matches(condition, found.version))
      throw new SojournError('version_conflict', { members: { version: found.version } })
    const session = await sojourn
      .update(id, changeBy(body), condition === undefined ? {} : { ifVersion: found.version })
      .catch(asMissing)
    return withTag(services, session)
  },
})

function changeBy({ claims, data }: { claims?: Facts | null | undefined; data?: Facts | null | undefined }): {
  claims?: (facts: Facts) => Facts
  data?: (facts: Facts) => Facts
} {
  return {
    ...(claims === undefined ? {} : { claims: (facts: Facts) => mergePatch(facts, claims) }),
    ...(data === undefined ? {} : { data: (facts: Facts) => mergePatch(facts, data) }),
  }
}

// The id in the path is no credential: that there is none is 404, and not the caller's being signed out.
function asMissing(error: unknown): never {
  throw error instanceof SojournError && error.code === 'session_unknown' ? noSuchSession() : error
}

function withTag(services: Services, session: Session<Facts, Facts>): Response {
  const response = json(200, { session: wholeView(services, session) })
  response.headers.set('etag', entityTag(session.version))
  return response
}

/** Raises what a session is good for, after its person has proved more. */
export const stepUpSession = operation({
  id: 'stepUpSession',
  method: 'POST',
  path: '/v1/sessions/{id}/step-up',
  group,
  summary: 'Raise a session after another proof',
  details:
    'The id stays. The new credentials go to whoever showed the session token and to nobody else: no earlier generation is ever exchanged for them.',
  needs: 'manage',
  parameters: idParameter,
  body: z.strictObject({
    refreshToken: shape.sessionToken,
    amr: shape.amr.refine((methods) => methods.length > 0, 'must name at least one method'),
    acr: shape.acr.optional(),
  }),
  answers: { 200: { means: 'The new credentials.', schema: shape.issued } },
  refusals: [
    'not_found',
    'token_malformed',
    'session_unknown',
    'session_expired',
    'session_reused',
    'session_superseded',
    'claims_invalid',
  ],
  work: async ({ services, body: { refreshToken, amr, acr }, parameter }) => {
    const { sojourn } = services
    const named = sojourn.idOf(refreshToken)
    if (named !== undefined && named !== parameter('id'))
      throw new SojournError('not_found', { detail: 'The session token is not one of that session.' })
    const issued = await sojourn.stepUp(refreshToken, { amr, ...(acr === undefined ? {} : { acr }) })
    return json(200, issuedView(services, issued))
  },
})

/** Ends a session; 204 also if it had ended before. */
export const endSession = operation({
  id: 'endSession',
  method: 'DELETE',
  path: '/v1/sessions/{id}',
  group,
  summary: 'End a session',
  needs: 'manage',
  parameters: idParameter,
  answers: { 204: { means: 'It has ended, now or before.' } },
  work: async ({ services, actor, parameter }) => {
    await services.sojourn.revoke(parameter('id'), 'revoked', actor)
    return empty()
  },
})

/** Signs a subject out everywhere. */
export const endSessionsOf = operation({
  id: 'endSessionsOfSubject',
  method: 'DELETE',
  path: '/v1/subjects/{subject}/sessions',
  group,
  summary: 'Sign a subject out everywhere',
  needs: 'manage',
  parameters: { subject: 'Your name for the person.' },
  query: z.strictObject({
    except: z.string().min(1).max(64).optional().meta({ description: 'The id of a session to spare.' }),
  }),
  answers: {
    200: { means: 'How many have ended.', schema: z.object({ revoked: z.int().min(0) }) },
  },
  work: async ({ services, actor, query, parameter }) => {
    const subject = parameter('subject')
    const revoked = await services.sojourn.revokeAll(subject, query.except, 'revoked', actor)
    return json(200, { revoked: revoked.length })
  },
})
