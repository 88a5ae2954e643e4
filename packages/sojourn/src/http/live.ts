// A session on which something open stands, as an application holds it: who it is at this moment, and word when it is over.

import type { Access } from '../core/access-token.ts'
import type { OverReason } from '../core/live.ts'
import type { Sojourn } from '../core/sojourn.ts'

/** What the other end is told when a session is over. */
export interface Over {
  /** A WebSocket close code: 4401 where the session has ended, 1013 (try again later) where nobody can tell. */
  readonly code: 4401 | 1013
  readonly reason: OverReason
}

/** What is used of a WebSocket: of the web's own kind, and of `ws`. */
export interface ClosableSocket {
  close(code: number, reason: string): void
  addEventListener(type: 'close', listener: () => void): void
}

export class LiveSession<Claims, Data> {
  readonly #aborter = new AbortController()
  readonly #unwatch: () => void
  #session: Access<Claims>

  constructor(sojourn: Sojourn<Claims, Data>, session: Access<Claims>) {
    this.#session = session
    this.#unwatch = sojourn.watch(session, {
      over: (reason) => this.#aborter.abort({ code: reason === 'unverifiable' ? 1013 : 4401, reason }),
      changed: ({ claims, claimsVersion }) => {
        this.#session = { ...this.#session, claims, claimsVersion }
      },
    })
  }

  /** Whose it is, with the claims of this moment. */
  get session(): Access<Claims> {
    return this.#session
  }

  /** Aborted when the session is over; its `reason` is an `Over`. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  /** Calls a listener when the session is over, at once if it is. */
  whenOver(listener: (over: Over) => void): void {
    const tell = (): void => listener(this.signal.reason as Over)
    if (this.signal.aborted) tell()
    else this.signal.addEventListener('abort', tell, { once: true })
  }

  /** Closes a WebSocket with the code when the session is over, and lets go when it is closed by others. */
  closes(socket: ClosableSocket): void {
    this.whenOver(({ code, reason }) => socket.close(code, reason))
    socket.addEventListener('close', () => this.release())
  }

  /** Lets go: call it when the connection is closed. */
  release(): void {
    this.#unwatch()
  }
}

/** The last event of a stream of server-sent events, which has no close code: `session-ended`, with the code as data. */
export function lastEvent(over: Over): string {
  return `event: session-ended\ndata: ${JSON.stringify(over)}\n\n`
}
