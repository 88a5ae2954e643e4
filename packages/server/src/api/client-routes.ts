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
]
