// What one address may do in a minute, so that trying tokens and keys is slow and nobody keeps the server busy with
// refreshing. It counts in this process. Good credentials are never refused for bad ones of others at the same address.

import { SojournError } from 'sojourn'
import { clientAddress, problemFor, responseOf, tokenBuckets, type RateLimiter } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'

import type { Request, Services } from '../api/context.ts'
import { failureFor } from '../oauth/failure.ts'
import { networkOf } from './network.ts'

export interface Limits {
  readonly refreshesPerMinute: number
  readonly badCredentialsPerMinute: number
}

export interface AddressLimits {
  /** Before the work: a refusal where this is one refresh too many. */
  before(request: Request): Promise<Response | undefined>
  /** After it: puts a refusal to wait in the place of one refusal too many. */
  after(request: Request): Promise<void>
}

const refreshing: ReadonlySet<string> = new Set(['/session/refresh', '/oauth/token'])

export function addressLimits(
  { http, sojourn }: Pick<Services, 'http' | 'sojourn'>,
  { refreshesPerMinute, badCredentialsPerMinute }: Limits,
): AddressLimits {
  const refreshes = tokenBuckets({ requests: refreshesPerMinute, per: '1m' })
  const bad = tokenBuckets({ requests: badCredentialsPerMinute, per: '1m' })

  async function refusal(limiter: RateLimiter, request: Request, why: string): Promise<Response | undefined> {
    const now = sojourn.settings.clock()
    const address = clientAddress(nodeView(request.env.incoming), http.settings.transport)
    const decision = await limiter.take(address === undefined ? 'unknown' : networkOf(address), now)
    if (decision.allowed) return undefined
    sojourn.tell({ type: 'rate.limited', level: 'warning', at: now })
    const error = new SojournError('rate_limited', { detail: why, retryAfter: decision.retryAfter })
    const isOAuth = request.req.path.startsWith('/oauth/')
    return (isOAuth ? failureFor(error) : undefined) ?? responseOf(problemFor(error), request.req.method)
  }

  return {
    before: async (request) =>
      request.req.method === 'POST' && refreshing.has(request.req.path)
        ? refusal(refreshes, request, 'Too many refreshes from this address.')
        : undefined,
    async after(request) {
      if (!isRefusedCredential(request)) return
      const waiting = await refusal(bad, request, 'Too many credentials from this address were refused.')
      if (waiting) request.res = waiting
    },
  }
}

// A challenge with an error is for credentials that were shown in a header (RFC 6750 §3.1). To refresh is to show some,
// or the answer is another one; and at OAuth's own endpoint a grant that is no good is a 400.
function isRefusedCredential(request: Request): boolean {
  if (request.get('hasBadCredentials') === true) return true
  const challenge = request.res.headers.get('www-authenticate') ?? ''
  return request.res.status === 401 && (challenge.includes('error=') || refreshing.has(request.req.path))
}
