// Forward-auth as the document describes it. It is not in the table of routes, because it answers whatever method the proxy
// asks with; the document has GET, which is what a proxy asks with that states the original method in a header.

import { z } from 'zod'

import type { Description } from '../api/operation.ts'
import { path } from './original.ts'

const wish = (value: string, description: string): z.ZodType =>
  z.literal(value).optional().meta({ description })

export const forwardAuthDescription: Description = {
  id: 'forwardAuth',
  method: 'GET',
  path,
  group: 'Proxies',
  summary: 'Ask whether the caller of a request is signed in',
  details:
    'For a proxy that is on the list of trusted ones, which passes on all headers of the original request. Any method will do. A proxy that cannot state the original request in headers asks with its method, and with its target behind the path: `/forward-auth/orders?page=2`.',
  needs: 'session',
  headers: {
    'X-Forwarded-Method': { means: 'The method of the original request.', example: 'GET' },
    'X-Forwarded-Uri': { means: 'Its path and query.', example: '/orders?page=2' },
    'X-CSRF-Token': 'That of the original request: whatever changes something needs it beside cookies.',
  },
  query: z.strictObject({
    cookies: wish('numbered', 'For cookies in `X-Session-Cookie-1` to `-3` instead of `Set-Cookie`.'),
    redirect: wish('401', 'For a 401 with a `Location` instead of a 302.'),
    csrf: wish('origin', 'Where the application has CSRF tokens of its own: the origin has to do.'),
  }),
  answers: {
    200: {
      means: 'Signed in. The headers are for the application, in place of those that the client has sent.',
      headers: {
        'X-Session-Subject': 'The subject, percent-encoded where it has to be.',
        'X-Session-Id': 'The id of the session.',
        'X-Session-Claims': 'The claims: JSON in base64url.',
        Authorization: '`Bearer` and an access token.',
      },
    },
    302: {
      means: 'Not signed in: a browser that goes to a page is sent to the sign-in page, if there is one.',
      headers: { Location: 'The sign-in page, with the address to come back to in `return_to`.' },
    },
  },
  refusals: ['forbidden', 'host_unknown'],
}
