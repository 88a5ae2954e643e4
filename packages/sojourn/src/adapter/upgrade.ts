// WebSockets on Node: the same stages before the handshake as before any request. A handshake is a GET that every page of
// the world may send with our cookies, and that no CORS holds back, so its origin is judged as that of an unsafe request
// (RFC 6455 §10.2). Whoever is refused gets a problem document in place of 101, and the connection is closed.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor, guard, type Needs } from '../http/guard.ts'
import { readHttpOptions, type HttpOptions } from '../http/options.ts'
import { openExchange, runOwnStages, runStages } from '../http/stages.ts'
import { isHandshake, type Reply } from '../http/view.ts'
import { nodeView } from './shared-node.ts'
import { endRaw } from './shared-raw.ts'

export interface UpgradeOptions extends HttpOptions {
  /** What the caller must be. Default: signed in. `false` lets visitors in too. */
  readonly needs?: Needs | false
}

/** A handshake that may go on. */
export interface Upgrade<Claims, Data> {
  readonly exchange: Exchange<Claims, Data>
  /** Header lines for the answer 101, such as those of cookies that were refreshed; to leave them out harms nobody. */
  readonly headers: readonly string[]
}

/**
 * Makes the function to call in `server.on('upgrade', …)`, before whatever library does the handshake. Resolves to
 * undefined where the request was refused and answered. Never rejects.
 */
export function sojournUpgrade<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { needs = {}, ...options }: UpgradeOptions = {},
): (request: IncomingMessage, socket: Duplex) => Promise<Upgrade<Claims, Data> | undefined> {
  const settings = readHttpOptions(options, sojourn.settings)
  const check = needs === false ? undefined : guard(needs)
  return async (request, socket) => {
    const view = nodeView(request)
    const reply = headerLines()
    let exchange: Exchange<Claims, Data> | undefined
    // While we ask, nobody else listens.
    const ignore = (): void => {}
    socket.on('error', ignore)
    try {
      if (!isHandshake(view)) {
        throw new SojournError('request_malformed', {
          detail: 'Only an upgrade to WebSocket is served here.',
        })
      }
      exchange = openExchange(sojourn, settings, view, reply)
      await runStages(exchange)
      await runOwnStages(exchange)
      check?.(exchange)
      return { exchange, headers: reply.lines() }
    } catch (error) {
      tellFailure(sojourn, error)
      endRaw(socket, answerFor(error, exchange))
      return undefined
    } finally {
      // From here on it is the library's.
      if (!socket.writableEnded) socket.off('error', ignore)
    }
  }
}

function headerLines(): Reply & { lines(): readonly string[] } {
  const headers = new Map<string, string>()
  let cookies: readonly string[] = []
  return {
    isCommitted: () => false,
    setHeader: (name, value) => void headers.set(name, value),
    getCookies: () => cookies,
    setCookies: (all) => {
      cookies = all
    },
    lines: () => [
      ...[...headers].map(([name, value]) => `${name}: ${value}`),
      ...cookies.map((line) => `Set-Cookie: ${line}`),
    ],
  }
}
