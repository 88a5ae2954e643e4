// The endpoints by which standard OAuth libraries refresh, introspect and revoke.

import type { Introspection, Facts, Proven } from 'sojourn'
import { SojournError } from 'sojourn'
import { addressOf, transportOf } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'
import { z } from 'zod'

import { json, type Request, type Services } from '../api/context.ts'
import { authenticateClient } from './client.ts'
import { endpoint } from './endpoint.ts'
import { OAuthFailure } from './failure.ts'
import { endpointAt } from './metadata.ts'

const token = z.string().meta({ description: 'An access token or a session token.', examples: ['eyJ…'] })
const hint = z.string().optional().meta({ description: 'Ignored: a token says itself what it is.' })
const client = {
  client_id: z.string().optional().meta({ description: 'A name; there is no register of clients.' }),
  client_secret: z.string().optional().meta({ description: 'An API key, where none is sent as HTTP Basic.' }),
}
const seconds = z.int().min(0)

/** RFC 6749 §6. For apps: what came in a cookie never goes out in a body. */
export const refreshGrant = endpoint({
  id: 'oauthToken',
  path: '/oauth/token',
  summary: 'Refresh, as OAuth has it',
  details: 'RFC 6749 §6. The refresh token is the session token, and each is good for one refresh.',
  needs: 'nothing',
  headers: {
    'Idempotency-Key': 'A retry with the same key is given the same tokens.',
    DPoP: 'A proof of RFC 9449, for a session that is bound to a key.',
  },
  body: z.object({
    grant_type: z.literal('refresh_token'),
    refresh_token: z.string().meta({ examples: ['sj_…'] }),
    ...client,
  }),
  answers: {
    200: {
      means: 'New tokens.',
      schema: z.object({
        access_token: z.string(),
        token_type: z.enum(['Bearer', 'DPoP']),
        expires_in: seconds,
        refresh_token: z.string(),
        refresh_token_expires_in: seconds,
      }),
    },
  },
  work: async ({ services, request, form }) => {
    const { sojourn } = services
    const transport = requireHttps(services, request)
    const { ip } = transport
    await authenticateClient(services, request, form, { role: 'read', isRequired: false })
    const refreshToken = grantIn(form)
    await limitRate(services, sojourn.idOf(refreshToken))
    const proven = sojourn.idOf(refreshToken) && (await proveKey(services, request, transport))
    const idempotencyKey = request.req.header('idempotency-key')
    const userAgent = request.req.header('user-agent')
    const issued = await sojourn.refresh(refreshToken, {
      profile: 'bearer',
      device: { ...(userAgent === undefined ? {} : { userAgent }), ...(ip === undefined ? {} : { ip }) },
      ...(proven ? { jkt: proven.jkt } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    })
    const now = sojourn.settings.clock()
    const until = (at: number): number => Math.max(0, Math.floor((at - now) / 1000))
    const response = json(200, {
      access_token: issued.accessToken,
      token_type: issued.tokenType,
      expires_in: until(issued.access.expiresAt),
      refresh_token: issued.sessionToken,
      refresh_token_expires_in: until(issued.expiresAt),
    })
    if (proven && proven.nonce !== undefined) response.headers.set('dpop-nonce', proven.nonce)
    return response
  },
})

function grantIn(form: ReadonlyMap<string, string>): string {
  const grant = form.get('grant_type')
  if (grant === undefined) throw new OAuthFailure('invalid_request', 'grant_type is missing.')
  if (grant !== 'refresh_token')
    throw new OAuthFailure('unsupported_grant_type', 'Only refresh_token is granted here.')
  if (form.has('scope')) throw new OAuthFailure('invalid_scope', 'There are no scopes here.')
  return required(form, 'refresh_token')
}

function required(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthFailure('invalid_request', `${name} is missing.`)
  return value
}

function requireHttps({ http }: Services, { env }: Request): ReturnType<typeof transportOf> {
  return transportOf(nodeView(env.incoming), http.settings.transport)
}

// The address as the client knows it: the one that the metadata names, or the one by which the request came.
async function proveKey(
  { sojourn }: Services,
  { env }: Request,
  transport: ReturnType<typeof transportOf>,
): Promise<Proven | undefined> {
  const view = nodeView(env.incoming)
  const proofs = view.all('dpop')
  if (!sojourn.settings.dpop || proofs.length === 0) return undefined
  const targets = [addressOf(view, transport), endpointAt(sojourn.settings.issuer, '/oauth/token')]
  return sojourn.dpop.prove({ proofs, method: view.method, targets })
}

async function limitRate({ http, sojourn }: Services, sessionId: string | undefined): Promise<void> {
  if (sessionId === undefined) return
  const decision = await http.settings.limiter?.take(sessionId, sojourn.settings.clock())
  if (decision?.allowed === false) throw new SojournError('rate_limited', { retryAfter: decision.retryAfter })
}

/** RFC 7662. It asks the store, and changes nothing. */
export const introspect = endpoint({
  id: 'oauthIntrospect',
  path: '/oauth/introspect',
  summary: 'Ask what a token is worth now',
  details: 'RFC 7662, with an API key of any role. Of a token that is no good nothing is told but that.',
  needs: 'read',
  body: z.object({ token, token_type_hint: hint, ...client }),
  answers: {
    200: {
      means: 'What the token is worth.',
      schema: z.union([
        z.strictObject({ active: z.literal(false) }),
        z.looseObject({
          active: z.literal(true),
          iss: z.string(),
          sub: z.string(),
          aud: z.string(),
          client_id: z.string(),
          exp: seconds,
          iat: seconds,
          sid: z.string(),
          auth_time: seconds,
          cnf: z.object({ jkt: z.string() }).optional(),
        }),
      ]),
    },
  },
  work: async ({ services, request, form }) => {
    await authenticateClient(services, request, form, { role: 'read', isRequired: true })
    const known = await services.sojourn.introspect(required(form, 'token'))
    return json(200, known.active ? activeView(services, known) : { active: false })
  },
})

function activeView({ sojourn }: Services, known: Introspection<Facts, Facts> & { active: true }): unknown {
  const { issuer, audience, clientId } = sojourn.settings
  const { session, expiresAt, issuedAt, tokenId, kind } = known
  const numeric = (at: number): number => Math.floor(at / 1000)
  // That of a browser's device is in no token.
  const jkt = session.profile === 'bearer' ? session.jkt : undefined
  return {
    ...session.claims,
    active: true,
    ...(kind === 'access' ? { token_type: jkt === undefined ? 'Bearer' : 'DPoP', jti: tokenId } : {}),
    iss: issuer,
    sub: session.subject ?? session.id,
    aud: audience,
    client_id: clientId,
    exp: numeric(expiresAt),
    iat: numeric(issuedAt),
    sid: session.id,
    // As access tokens have it: a proof that has become doubtful is fresh for nobody.
    auth_time: session.isDoubted ? 0 : numeric(session.authenticatedAt),
    ...(session.amr.length === 0 ? {} : { amr: session.amr }),
    ...(session.acr === undefined ? {} : { acr: session.acr }),
    ...(jkt === undefined ? {} : { cnf: { jkt } }),
  }
}

/** RFC 7009. Whoever holds a token that we made may end its session with it, whatever else it is still worth. */
export const revoke = endpoint({
  id: 'oauthRevoke',
  path: '/oauth/revoke',
  summary: 'End the session of a token',
  details: 'RFC 7009. The answer is the same for a token that is not known.',
  needs: 'nothing',
  body: z.object({ token, token_type_hint: hint, ...client }),
  answers: { 200: { means: 'The session has ended, now or before, or there was none.' } },
  work: async ({ services, request, form }) => {
    const { sojourn } = services
    requireHttps(services, request)
    await authenticateClient(services, request, form, { role: 'read', isRequired: false })
    const presented = required(form, 'token')
    const id = sojourn.idOf(presented) ?? (await sessionOf(services, presented))
    if (id !== undefined) await sojourn.revoke(id, 'signed_out', { kind: 'subject' })
    return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
  },
})

async function sessionOf({ sojourn }: Services, accessToken: string): Promise<string | undefined> {
  const known = await sojourn.introspect(accessToken)
  return known.active ? known.session.id : undefined
}
