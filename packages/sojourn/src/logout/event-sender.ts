// Sending security events: a `session-revoked` of CAEP 1.0 for each session that ends, pushed as RFC 8935 has it.

import { parseStrictly } from '../core/strict-json.ts'
import { post } from '../audit/post.ts'
import { eventClaims } from './event-token.ts'
import { sender, type Sender, type SenderOptions } from './sender.ts'
import { isObject } from './trusted-issuers.ts'

/** Who is to be told. */
export interface EventReceiverAddress {
  /** The `aud` of its events. */
  readonly audience: string
  /** Where to push: https, or http to this machine. A redirect counts as a failure. */
  readonly url: string
  /** The value of the Authorization header, where the receiver asks for one. */
  readonly authorization?: string
}

export interface EventSenderOptions extends SenderOptions {
  readonly receivers: readonly EventReceiverAddress[]
}

/**
 * Pushes an event to each receiver when a session ends, and tries again until it is acknowledged with 202. All attempts
 * carry the same event, by its `jti`. What a receiver refuses with 400 is given up, unless it does not know our key yet.
 * Throws one `config_invalid` that lists every fault.
 */
export function eventSender({ receivers, ...options }: EventSenderOptions): Sender {
  return sender('eventSender', receivers, options, async ({ audience, url, authorization }, sending) => {
    const { issuer, notification, now, timeout, sign } = sending
    const { id, event } = notification
    notification.sentAt ??= now
    const { sessionId, subject, reason, at } = event
    const claims = { issuer, audience, id, sessionId, subject, reason, at, now: notification.sentAt }
    const headers = {
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    }
    const body = await sign('secevent+jwt', eventClaims(claims))
    const answer = await post({ url, headers, body, timeout, read: longestError })
    if (answer.status === undefined) return { reason: answer.reason, isFinal: false }
    if (answer.status === 202) return { isFinal: true }
    if (answer.status !== 400) return { reason: `HTTP ${answer.status}`, isFinal: answer.status === 410 }
    const err = errorIn(answer.text)
    return { reason: `HTTP 400 ${err}`.trim(), isFinal: err !== 'invalid_key' && err !== '' }
  })
}

const longestError = 4096

// A code of RFC 8935 §2.4; empty where the answer has none. What else a receiver writes is not for our logs.
function errorIn(text: string): string {
  const value = parseStrictly(text)
  const err = isObject(value) ? value['err'] : undefined
  return typeof err === 'string' && /^[a-z_]{1,40}$/.test(err) ? err : ''
}
