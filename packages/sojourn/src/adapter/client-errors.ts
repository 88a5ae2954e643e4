// What Node refuses before there is a request (headers too large, bytes that are not HTTP), answered in the same way as
// everything else: with a problem document.

import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'

import { SojournError } from '../core/errors.ts'
import { problemFor } from '../http/problem.ts'
import { endRaw } from './shared-raw.ts'

/**
 * Answers requests that Node could not parse with a problem document instead of an empty answer. `more` are headers that
 * these answers have too. Gives back the server.
 */
export function answerClientErrors<S extends Server>(
  server: S,
  more: readonly (readonly [name: string, value: string])[] = [],
): S {
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    endRaw(socket, problemFor(refusalFor(error.code)), more)
  })
  return server
}

function refusalFor(code: string | undefined): SojournError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new SojournError('headers_too_large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new SojournError('request_timeout')
    default:
      return new SojournError('request_malformed', { detail: 'The request is not valid HTTP/1.1.' })
  }
}
