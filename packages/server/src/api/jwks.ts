// The public keys, for whoever verifies access tokens by themselves.

import { z } from 'zod'

import { json } from './context.ts'
import { operation } from './operation.ts'

/** RFC 7517 §5: cacheable, because the next key is published long before it signs. */
export const showJwks = operation({
  id: 'jwks',
  method: 'GET',
  path: '/.well-known/jwks.json',
  group: 'OAuth',
  summary: 'The public keys',
  details: 'A JWK set of RFC 7517; empty where the algorithm is HS256.',
  needs: 'nothing',
  answers: {
    200: {
      means: 'The keys that may have signed an access token, and the next one.',
      mediaType: 'application/jwk-set+json',
      schema: z.object({
        keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() })),
      }),
    },
  },
  work: async ({ services }) => {
    const response = json(200, await services.sojourn.keys.jwks())
    response.headers.set('content-type', 'application/jwk-set+json')
    response.headers.set('cache-control', 'public, max-age=300')
    return response
  },
})
