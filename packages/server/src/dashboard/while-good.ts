// A stream of events that ends with the session that has opened it, and with the API key behind that session.

import { holderBehind, type Caller, type Dashboard } from './engine.ts'

// How soon a key that was taken back ends its streams; nothing announces it.
const lookEvery = 2000

/** The response, cut off when its caller may not read on. */
export function whileGood(response: Response, dashboard: Dashboard, caller: Caller): Response {
  if (!response.body) return response
  const live = caller.live()
  const over = new AbortController()
  live.whenOver(() => over.abort())
  const look = async (): Promise<void> => {
    // A store that does not answer is asked again.
    const isGood = await holderBehind(dashboard, caller).then(
      () => true,
      (error: unknown) => (error as { readonly code?: unknown }).code === 'store_unavailable',
    )
    if (!isGood) over.abort()
  }
  const timer = setInterval(() => void look(), lookEvery)
  const body = cutBy(response.body, over.signal, () => {
    clearInterval(timer)
    live.release()
  })
  return new Response(body, { status: response.status, headers: response.headers })
}

function cutBy(
  source: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  done: () => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  const cut = new Promise<{ readonly done: true; readonly value?: undefined }>((resolve) => {
    const end = (): void => resolve({ done: true })
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const read = await Promise.race([reader.read(), cut])
      if (!read.done) return controller.enqueue(read.value)
      done()
      controller.close()
      await reader.cancel()
    },
    async cancel(reason) {
      done()
      await reader.cancel(reason)
    },
  })
}
