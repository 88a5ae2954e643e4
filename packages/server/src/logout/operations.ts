// The addresses at which others say that a session is over.

import { SojournError } from 'sojourn'
import { responseOf } from 'sojourn/fetch'
import type { Receiver } from 'sojourn/logout'
import { nodeView } from 'sojourn/node'
import { z } from 'zod'

import type { Request } from '../api/context.ts'
import type { Operation } from '../api/operation.ts'
import { OAuthFailure, failureFor } from '../oauth/failure.ts'
import { formType } from '../oauth/form.ts'

/** OpenID Connect Back-Channel Logout 1.0: the `backchannel_logout_uri` of this server. */
export const receiveLogout: Operation = {
  id: 'backchannelLogout',
  method: 'POST',
  path: '/oauth/backchannel-logout',
  group: 'OAuth',
  summary: 'Hear that an identity provider has signed somebody out',
  details:
    'OpenID Connect Back-Channel Logout 1.0, from the providers in `identityProviders`. Ends the sessions that were signed in with this `idp`.',
  needs: 'nothing',
  body: z.object({ logout_token: z.string().meta({ examples: ['eyJ…'] }) }),
  bodyTypes: [formType],
  failures: 'oauth',
  answers: { 200: { means: 'The sessions are over, or there were none.' } },
  serve: async ({ receivers }, request) =>
    receivers.logouts
      ? received(receivers.logouts, request)
      : failureFor(new OAuthFailure('invalid_request', 'No identity provider is trusted here.'))!,
}

/** RFC 8935: where security events are pushed to. */
export const receiveEvent: Operation = {
  id: 'securityEvent',
  method: 'POST',
  path: '/security-events',
  group: 'OAuth',
  summary: 'Hear that a session was revoked elsewhere',
  details:
    'A `session-revoked` of CAEP 1.0, pushed as RFC 8935 has it, from the transmitters in `eventTransmitters`. Other events are acknowledged, and nothing is made of them.',
  needs: 'nothing',
  text: { mediaType: 'application/secevent+jwt', means: 'A security event token (RFC 8417).' },
  answers: {
    202: { means: 'It was heard, now or before.' },
    400: {
      means: 'It is not accepted (RFC 8935 §2.4).',
      schema: z.object({ err: z.string(), description: z.string() }),
    },
  },
  refusals: ['body_too_large', 'not_found', 'verification_unavailable'],
  serve: async ({ receivers }, request) => {
    if (!receivers.events)
      throw new SojournError('not_found', { detail: 'No transmitter of security events is trusted here.' })
    return received(receivers.events, request)
  },
}

async function received(receiver: Receiver, request: Request): Promise<Response> {
  const answer = await receiver.handle(nodeView(request.env.incoming))
  if (answer.status === 400) request.set('hasBadCredentials', true)
  return responseOf(answer, request.req.method)
}
