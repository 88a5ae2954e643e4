// `fetch` for the application's own server. Whatever goes to its origin carries what the server wants to see (a CSRF token,
// or an access token); to any other origin nothing is added. A refusal that is ours and could be cured is, and the refused
// request is sent once more.

import { background as backgroundHeaders } from './credentials.ts'
import { problemOf } from './problem.ts'
import { replay, type FetchInput, type Replay } from './replay.ts'
import type { SessionKeeper } from './session-keeper.ts'

/** As `fetch` takes it; `background` marks what nobody caused, so that it keeps nobody signed in. */
export interface FetchInit extends RequestInit {
  readonly background?: boolean
}

export class Fetcher {
  readonly #keeper: SessionKeeper

  constructor(keeper: SessionKeeper) {
    this.#keeper = keeper
  }

  async fetch(input: FetchInput, { background = false, ...init }: FetchInit = {}): Promise<Response> {
    this.#keeper.start()
    const call = replay(input, init, this.#keeper.origin)
    if (call.url.origin !== this.#keeper.origin) return this.#keeper.platform.fetch(call.request({}))
    for (let isFirst = true; ; isFirst = false) {
      const epoch = this.#keeper.epoch
      const own = await this.#keeper.headersFor(call.method)
      const response = await this.#keeper.send(
        () => this.#requestOf(call, own, background, init),
        call.isRepeatable,
      )
      const problem = isFirst ? await problemOf(response) : undefined
      if (!problem) return response
      const isCured = await this.#keeper.heed(problem, own, epoch)
      if (!isCured || !call.isRepeatable) return response
      void response.body?.cancel()
    }
  }

  #requestOf(
    call: Replay,
    own: Readonly<Record<string, string>>,
    background: boolean,
    init: RequestInit,
  ): Request {
    const headers = { ...own, ...(background ? backgroundHeaders : {}) }
    const holdsSecret = this.#keeper.dpop !== undefined || Object.keys(own).length > 0
    return call.request(headers, {
      ...(this.#keeper.isBearer || this.#keeper.isSamePage
        ? {}
        : { credentials: init.credentials ?? 'include' }),
      // A redirect to another origin would take our headers along: to such a one it is not followed, or, where the
      // platform cannot tell, none is.
      ...(!holdsSecret
        ? {}
        : this.#keeper.isSamePage
          ? { mode: 'same-origin' }
          : { redirect: init.redirect ?? 'error' }),
    })
  }
}
