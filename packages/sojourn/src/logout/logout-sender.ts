// Sending back-channel logouts (OpenID Connect Back-Channel Logout 1.0 §2.5): every application that people sign in to with
// our sessions hears of each one that ends.

import { post } from '../audit/post.ts'
import { logoutClaims } from './logout-token.ts'
import { sender, type Sender, type SenderOptions } from './sender.ts'

/** An application that is to be told. */
export interface RelyingParty {
  /** Its name: the `aud` of its logout tokens. */
  readonly clientId: string
  /** Its `backchannel_logout_uri`: https, or http to this machine. A redirect counts as a failure. */
  readonly url: string
}

export interface LogoutSenderOptions extends SenderOptions {
  readonly relyingParties: readonly RelyingParty[]
}

/**
 * Posts a logout token, good for two minutes, to each relying party when a session ends, and tries again until it is
 * answered 200 or 204. Each attempt has a token of its own: one that has expired, or that a receiver has seen before it
 * failed, would be refused. Throws one `config_invalid` that lists every fault.
 */
export function logoutSender({ relyingParties, ...options }: LogoutSenderOptions): Sender {
  const to = relyingParties.map(({ clientId, url }) => ({ audience: clientId, url }))
  return sender('logoutSender', to, options, async ({ audience, url }, sending) => {
    const { issuer, notification, now, timeout, sign, newId } = sending
    const { sessionId, subject } = notification.event
    const claims = logoutClaims({ issuer, audience, id: newId(), sessionId, subject, now })
    const form = new URLSearchParams({ logout_token: await sign('logout+jwt', claims) })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await post({ url, headers, body: form.toString(), timeout })
    if (answer.status === undefined) return { reason: answer.reason, isFinal: false }
    if (answer.status === 200 || answer.status === 204) return { isFinal: true }
    // 400 says as well that the logout failed over there (§2.8), so it is tried again. Only 410 is for good.
    return { reason: `HTTP ${answer.status}`, isFinal: answer.status === 410 }
  })
}
