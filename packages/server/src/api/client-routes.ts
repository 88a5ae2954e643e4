// The routes of clients, as the document describes them. They are the library's own (http-api.md): the chain of stages
// and the checks of their input are there.

import { z } from 'zod'

import type { Description } from './operation.ts'
import * as shape from './schemas.ts'

const group = 'Clients'
const idempotencyKey = { 'Idempotency-Key': 'A retry with the same key is given the same tokens.' }
const proof = { DPoP: 'A proof of RFC 9449, for a session that is bound to a key.' }

const refusedTokens = [
  'token_malformed',
  'session_unknown',
  'session_expired',
  'session_reused',
  'session_superseded',
] as const

/** What a browser that speaks DBSC is told of its session. */
const deviceSession = z
  .union([
    z.object({
      session_identifier: z.string(),
      refresh_url: z.string(),
      scope: z.object({
        origin: z.string().optional(),
        include_site: z.boolean(),
        scope_specification: z.array(
          z.object({ type: z.literal('exclude'), domain: z.string(), path: z.string() }),
        ),
      }),
      credentials: z.array(z.object({ type: z.literal('cookie'), name: z.string(), attributes: z.string() })),
    }),
    z.object({ session_identifier: z.string(), continue: z.literal(false) }),
  ])
  .meta({
    id: 'DeviceSession',
    description: 'Session instructions of DBSC; `continue: false` says that the session is over.',
  })

const deviceProof = 'A structured field string: a JWS of type `dbsc+jwt` whose `jti` is the challenge.'
const deviceRefusals = [
  'credentials_ambiguous',
  'credentials_missing',
  'device_challenge_required',
  'device_proof_invalid',
  'https_required',
  'not_found',
] as const

/** In the order in which a client meets them. */
export const clientRoutes: readonly Description[] = [
  {
    id: 'showOwnSession',
    method: 'GET',
    path: '/session',
    group,
    summary: 'Who is signed in',
    details: 'A browser whose access token has run out gets new cookies with the answer.',
    needs: 'session',
    answers: {
      200: { means: 'The session of the caller.', schema: z.object({ session: shape.ownSession }) },
    },
  },
  {
    id: 'refresh',
    method: 'POST',
    path: '/session/refresh',
    group,
    summary: 'Exchange the session token for its successor',
    details: 'An app sends its refresh token; a browser sends no body, and gets cookies.',
    needs: 'session',
    headers: { ...idempotencyKey, ...proof },
    body: z.strictObject({ refreshToken: shape.sessionToken.optional() }),
    answers: {
      200: {
        means: 'New tokens for an app.',
        schema: z.object({ ...shape.tokens, session: shape.ownSession }),
      },
      204: { means: 'New cookies for a browser.' },
    },
    refusals: [
      'credentials_missing',
      ...refusedTokens,
      'session_bound',
      'dpop_proof_invalid',
      'dpop_nonce_required',
    ],
  },
  {
    id: 'signOut',
    method: 'POST',
    path: '/session/logout',
    group,
    summary: 'Sign out here, elsewhere or everywhere',
    needs: 'session',
    body: z.strictObject({
      scope: z.enum(['this', 'others', 'all']).optional().meta({ description: 'Default: `this`.' }),
    }),
    answers: { 204: { means: 'Signed out, now or before.' } },
  },
  {
    id: 'listDevices',
    method: 'GET',
    path: '/session/devices',
    group,
    summary: 'The sessions of the caller',
    needs: 'session',
    answers: { 200: { means: 'All of them.', schema: z.object({ items: z.array(shape.session) }) } },
  },
  {
    id: 'endDevice',
    method: 'DELETE',
    path: '/session/devices/{id}',
    group,
    summary: 'End another session of the caller',
    needs: 'session',
    parameters: { id: 'The id of a session of the caller.' },
    answers: { 204: { means: 'It has ended.' } },
    refusals: ['not_found', 'fresh_sign_in_required'],
  },
  {
    id: 'csrfToken',
    method: 'GET',
    path: '/session/csrf',
    group,
    summary: 'A CSRF token',
    details: 'For `X-CSRF-Token` on every POST, PATCH and DELETE that a browser sends with cookies.',
    needs: 'session',
    answers: { 200: { means: 'Also for a visitor.', schema: z.object({ csrfToken: z.string() }) } },
  },
  {
    id: 'registerDevice',
    method: 'POST',
    path: '/session/dbsc/register',
    group,
    summary: 'A browser binds its session to a key of its device',
    details:
      'Device Bound Session Credentials, where `SOJOURN_DBSC` is on; `not_found` otherwise. The browser itself asks, after a sign-in whose answer had `Secure-Session-Registration`.',
    needs: 'cookies',
    headers: {
      'Secure-Session-Response': {
        means: `${deviceProof} It has the public key in its header, as \`jwk\`.`,
        example: '"eyJhbGciOiJFUzI1NiJ9.e30.c2ln"',
      },
    },
    answers: {
      200: {
        means: 'The session is bound, or over.',
        schema: deviceSession,
        headers: { 'Secure-Session-Challenge': 'The challenge for the next refresh.' },
      },
    },
    refusals: deviceRefusals,
  },
  {
    id: 'refreshDevice',
    method: 'POST',
    path: '/session/dbsc/refresh',
    group,
    summary: 'New cookies for a proof by the key of the device',
    details:
      'Where `SOJOURN_DBSC` is on. The browser itself asks, before a request whose access cookie has run out; a 403 brings the challenge to sign.',
    needs: 'cookies',
    headers: {
      'Sec-Secure-Session-Id': {
        means: 'The id of the session of the cookies, as a structured field string.',
        example: '"UTR4xKgVs1rX0aJ5m8cQ2wZt6yBnE3hP"',
      },
      'Secure-Session-Response': `${deviceProof} Without it the answer is a challenge.`,
    },
    answers: {
      200: {
        means: 'New cookies; or the session is over.',
        schema: deviceSession,
        headers: { 'Secure-Session-Challenge': 'The challenge for the refresh after this one.' },
      },
    },
    refusals: deviceRefusals,
  },
]
