// Server-sent events (WHATWG HTML §9.2): streams that are counted, end when the server stops, and are cut when their
// reader does not keep up. Whoever was cut comes back with the number of the last event that it has seen.

import { SojournError } from 'sojourn'

export interface Stream {
  /** Sends a message; ends the stream if too many are waiting for their reader already. */
  send(name: string, data: unknown, id?: number): void
  /** Keeps proxies from taking the stream for dead. */
  beat(): void
  end(): void
}

export interface Streams {
  /** A response that stays open. `begin` starts what sends, and gives what stops it. */
  open(method: string, begin: (stream: Stream) => () => void): Response
  /** Ends them all, and opens no further ones: the server stops. */
  close(): void
}

// Messages that wait for a reader who has stopped reading.
const mostWaiting = 1024

export function serverSentStreams(most: number): Streams {
  const running = new Set<() => void>()
  let isClosed = false
  return {
    open(method, begin) {
      // A client that comes back while the server stops would keep it from doing so.
      if (isClosed)
        throw new SojournError('store_unavailable', { detail: 'The server stops.', retryAfter: 1 })
      if (running.size >= most) throw new SojournError('rate_limited', { retryAfter: 5 })
      return new Response(method === 'HEAD' ? null : streamOf(begin, running), {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
      })
    },
    close() {
      isClosed = true
      for (const end of running) end()
    },
  }
}

function streamOf(begin: (stream: Stream) => () => void, running: Set<() => void>): ReadableStream {
  let leave = (): void => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (): void => {
          if (!running.has(end)) return
          leave()
          controller.close()
        }
        const write = (text: string): void => {
          if (!running.has(end)) return
          if ((controller.desiredSize ?? 0) <= 0) end()
          else controller.enqueue(Buffer.from(text))
        }
        running.add(end)
        write('retry: 1000\n\n')
        let stop = (): void => {}
        leave = () => {
          running.delete(end)
          stop()
        }
        stop = begin({
          send: (name, data, id) => write(message(name, data, id)),
          beat: () => write(':\n\n'),
          end,
        })
        // It may have ended while it began.
        if (!running.has(end)) stop()
      },
      cancel: () => leave(),
    },
    new CountQueuingStrategy({ highWaterMark: mostWaiting }),
  )
}

function message(name: string, data: unknown, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

/** The number of the last event that a client has seen, as it says; undefined if it says none. */
export function lastEventId(header: string | undefined): number | undefined {
  const id = header !== undefined && /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN
  return Number.isSafeInteger(id) ? id : undefined
}
