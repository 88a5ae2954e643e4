// The backend operations about the API keys in the store: looking at them, and taking one back. There is none that makes
// one: a stolen key could make others that outlive it, so that is done by a command, where the store is.

import { SojournError } from 'sojourn'
import { z } from 'zod'

import type { ApiKeyInfo } from '../apikeys/stored-api-keys.ts'
import { empty, json } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'
import { shownAt } from './views.ts'

const group = 'API keys'

const apiKey = z.object({
  id: z.string().meta({ description: 'Its public name; it opens nothing.' }),
  name: z.string(),
  role: z.enum(['manage', 'read']),
  createdAt: shape.instant,
  lastUsedAt: shape.instant.nullable().meta({ description: 'To the hour; null if it was never used.' }),
  expiresAt: shape.instant.nullable(),
})

/** The keys that are good. */
export const listApiKeys = operation({
  id: 'listApiKeys',
  method: 'GET',
  path: '/v1/apikeys',
  group,
  summary: 'List the API keys',
  details:
    'Those in the store that are good, the oldest first; never a key itself. The key of `SOJOURN_API_KEY` is not in the store.',
  needs: 'read',
  answers: { 200: { means: 'What is known of each.', schema: z.object({ items: z.array(apiKey) }) } },
  work: async ({ services }) => json(200, { items: (await services.apiKeys.list()).map(view) }),
})

/** Takes a key back. */
export const revokeApiKey = operation({
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/v1/apikeys/{apiKeyId}',
  group,
  summary: 'Revoke an API key',
  details: 'No server of the store takes it any more, and whoever signed in to the dashboard with it is out.',
  needs: 'manage',
  parameters: { apiKeyId: 'The public name of the key.' },
  answers: { 204: { means: 'It is revoked.' } },
  refusals: ['not_found'],
  // An id with a slip in it must not look like a key that was taken back.
  work: async ({ services, parameter }) => {
    if (await services.apiKeys.revoke(parameter('apiKeyId'))) return empty()
    throw new SojournError('not_found', { detail: 'There is no API key of that id in the store.' })
  },
})

function view({ createdAt, lastUsedAt, expiresAt, ...rest }: ApiKeyInfo): object {
  return {
    ...rest,
    createdAt: shownAt(createdAt),
    lastUsedAt: shownAt(lastUsedAt),
    expiresAt: shownAt(expiresAt),
  }
}
