// One POST to a receiver: within its time, without following it elsewhere, and reading no more of the answer than is asked
// for.

import type { Milliseconds } from '../core/time.ts'
import { isLoopbackHost } from '../core/options.ts'

export interface Posting {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeout: Milliseconds
  /** How many characters of the answer to read. Default: none. */
  readonly read?: number
}

/** What the receiver answered, or why there is no answer. Never rejects. */
export async function post({
  url,
  headers,
  body,
  timeout,
  read = 0,
}: Posting): Promise<
  | { readonly status: number; readonly text: string }
  | { readonly status?: undefined; readonly reason: string }
> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    const text = read === 0 ? '' : await beginningOf(response, read)
    if (read === 0) await response.body?.cancel()
    return { status: response.status, text }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { reason: cause instanceof Error ? cause.message || cause.name : 'no answer' }
  }
}

async function beginningOf(response: Response, length: number): Promise<string> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true })
    if (text.length >= length) await reader?.cancel()
  }
  return text.slice(0, length)
}

/** What is wrong with the address of a receiver; plain HTTP is for this machine only. */
export function receiverFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return 'is not an https URL, nor http to this machine'
  if (url.username || url.password) return 'has a user or a password; receivers check the signature'
  return undefined
}
