// `/status-lists/…`: which access tokens were revoked, for verifiers that hear of no notices.

import { responseOf } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'
import { statusListHandler } from 'sojourn/status-list'
import { z } from 'zod'

import type { Operation } from '../api/operation.ts'

/** draft-ietf-oauth-status-list-20 §8. Public, as the keys are. */
export const showStatusList: Operation = {
  id: 'statusList',
  method: 'GET',
  path: '/status-lists/{name}',
  group: 'OAuth',
  summary: 'A status list of access tokens',
  details:
    'A Status List Token (draft-ietf-oauth-status-list-20), where `statusList` is set. Access tokens name it in `status.status_list.uri`.',
  needs: 'nothing',
  parameters: { name: 'As in the `uri` of an access token.' },
  headers: { 'If-None-Match': 'The ETag of the list that you have: 304 if it is still this one.' },
  answers: {
    200: {
      means: 'The list, as a JWT.',
      schema: z.string(),
      mediaType: 'application/statuslist+jwt',
      headers: { ETag: 'What names this state of it.', 'Cache-Control': 'How long it may be kept.' },
    },
    304: { means: 'You have it.' },
  },
  refusals: ['not_found'],
  serve: async ({ sojourn }, request) => {
    const told = await statusListHandler(sojourn).handle(nodeView(request.env.incoming))
    return responseOf(told, told.status === 304 ? 'HEAD' : request.req.method)
  },
}
