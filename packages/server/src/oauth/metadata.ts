// RFC 8414: where the endpoints are, for libraries that find them by themselves.

import { z } from 'zod'

import { json } from '../api/context.ts'
import { operation } from '../api/operation.ts'

const path = '/.well-known/oauth-authorization-server'
const texts = z.array(z.string())
const methods = ['none', 'client_secret_basic', 'client_secret_post']

/** Where the metadata of an issuer with a path is too: the path comes last (RFC 8414 §3.1). Undefined for one without. */
export function insertedPath(issuer: string): string | undefined {
  const { pathname } = new URL(issuer)
  return /^(\/[\w.~-]+)+$/.test(pathname) ? path + pathname : undefined
}

/** Where an endpoint is, as its clients know it. */
export function endpointAt(issuer: string, path: string): string {
  return `${issuer.replace(/\/$/, '')}${path}`
}

export const metadata = operation({
  id: 'oauthMetadata',
  method: 'GET',
  path,
  group: 'OAuth',
  summary: 'Where the OAuth endpoints are',
  details:
    'RFC 8414. Nobody is authorized here: people sign in at your application, so there is no authorization endpoint and no response type.',
  needs: 'nothing',
  answers: {
    200: {
      means: 'The metadata.',
      schema: z.object({
        issuer: z.string(),
        token_endpoint: z.string(),
        jwks_uri: z.string(),
        introspection_endpoint: z.string(),
        revocation_endpoint: z.string(),
        grant_types_supported: texts,
        token_endpoint_auth_methods_supported: texts,
        introspection_endpoint_auth_methods_supported: texts,
        revocation_endpoint_auth_methods_supported: texts,
        dpop_signing_alg_values_supported: texts.optional(),
        service_documentation: z.string(),
        backchannel_logout_supported: z.boolean().optional(),
        backchannel_logout_session_supported: z.boolean().optional(),
      }),
    },
  },
  work: ({ services }) => {
    const { issuer, dpop } = services.sojourn.settings
    const at = (path: string): string => endpointAt(issuer, path)
    const response = json(200, {
      issuer,
      token_endpoint: at('/oauth/token'),
      jwks_uri: at('/.well-known/jwks.json'),
      introspection_endpoint: at('/oauth/introspect'),
      revocation_endpoint: at('/oauth/revoke'),
      grant_types_supported: ['refresh_token'],
      token_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_methods_supported: methods.slice(1),
      revocation_endpoint_auth_methods_supported: methods,
      ...(dpop ? { dpop_signing_alg_values_supported: dpop.algorithms } : {}),
      service_documentation: at('/docs'),
      // Back-Channel Logout 1.0 §2.1. Who is told is in the settings, so nobody registers for it.
      ...(services.tellsLogouts
        ? { backchannel_logout_supported: true, backchannel_logout_session_supported: true }
        : {}),
    })
    response.headers.set('cache-control', 'public, max-age=300')
    return response
  },
})
