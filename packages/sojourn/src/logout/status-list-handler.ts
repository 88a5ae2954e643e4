// Serving status lists (draft-ietf-oauth-status-list-20 §8): public, to be kept by whoever fetches one for as long as it
// says, and answered in a few bytes to whoever has it already.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { fetchView, responseOf } from '../adapter/shared-fetch.ts'
import { nodeView, sendAnswer } from '../adapter/shared-node.ts'
import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { tellFailure } from '../http/failure.ts'
import { problemFor } from '../http/problem.ts'
import { pathOf, type Answer, type RequestView } from '../http/view.ts'

/** The same route for every framework: the name of the list is what follows the last slash of the path. */
export interface StatusListHandler {
  readonly fetch: (request: Request) => Promise<Response>
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly handle: (view: RequestView) => Promise<Answer>
}

/** Serves the lists of a Sojourn with `statusList`; mount it where `statusList.url` leads. */
export function statusListHandler<Claims, Data>(sojourn: Sojourn<Claims, Data>): StatusListHandler {
  async function answer(view: RequestView): Promise<Answer> {
    if (view.method !== 'GET' && view.method !== 'HEAD') throw new SojournError('method_not_allowed')
    const name = pathOf(view.target).split('/').at(-1) ?? ''
    const list = await sojourn.statusList(name)
    if (!list) throw new SojournError('not_found', { detail: 'There is no status list of that name.' })
    const { token, etag, maxAge } = list
    const headers: Answer['headers'] = [
      ['Cache-Control', `public, max-age=${maxAge}`],
      ['ETag', etag],
      // A verifier may be a page (§8.1).
      ['Access-Control-Allow-Origin', '*'],
    ]
    if (isKnown(view.header('if-none-match'), etag)) return { status: 304, headers, body: '' }
    return { status: 200, headers: [['Content-Type', 'application/statuslist+jwt'], ...headers], body: token }
  }

  async function handle(view: RequestView): Promise<Answer> {
    try {
      return await answer(view)
    } catch (error) {
      tellFailure(sojourn, error)
      const refusal = problemFor(error)
      return refusal.status === 405
        ? { ...refusal, headers: [...refusal.headers, ['Allow', 'GET, HEAD']] }
        : refusal
    }
  }

  return {
    handle,
    fetch: async (request) => {
      const told = await handle(fetchView(request))
      // A Response of this status has no body, not even an empty one.
      return responseOf(told, told.status === 304 ? 'HEAD' : request.method)
    },
    node: async (request, response) => sendAnswer(response, await handle(nodeView(request))),
  }
}

// A weak comparison (RFC 9110 §13.1.2), of every tag that is named.
function isKnown(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false
  return field.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
}
