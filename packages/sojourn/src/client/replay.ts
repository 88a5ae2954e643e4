// A request that may be sent twice. What `fetch` is given is kept, not consumed, so that the second time everything is
// there again. A body that is a stream is gone after the first time: such a request is sent once, and its refusal is the
// caller's.

export type FetchInput = string | URL | Request

export interface Replay {
  readonly url: URL
  readonly method: string
  /** Whether the body is still there for a second time. */
  readonly isRepeatable: boolean
  /** A fresh request with these headers, where the caller has not set them. */
  request(headers: Readonly<Record<string, string>>, changes?: RequestInit): Request
}

export function replay(input: FetchInput, init: RequestInit, base: string | undefined): Replay {
  const isRequest = typeof input === 'object' && 'clone' in input
  const given = isRequest ? input : undefined
  const url = new URL(isRequest ? input.url : input, base)
  return {
    url,
    method: (init.method ?? given?.method ?? 'GET').toUpperCase(),
    isRepeatable: !isStream(init.body),
    request(headers, changes = {}) {
      const merged = new Headers(init.headers ?? given?.headers)
      for (const [name, value] of Object.entries(headers)) if (!merged.has(name)) merged.set(name, value)
      return new Request(given ? given.clone() : url, { ...init, ...changes, headers: merged })
    },
  }
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}
