// Handing over the sessions of express-session that were imported (`sojourn sessions import-express`). The old layer is
// gone from the application; what is left of it is the cookie that browsers still have, signed with its secret.

import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { configurationError } from '../core/errors.ts'
import type { RegisteredClaims, RegisteredData } from '../core/register.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor } from '../http/guard.ts'
import { sendAnswer } from './shared-node.ts'

type Given = Exchange<RegisteredClaims, RegisteredData>

export interface AdoptImportedOptions {
  /** The `secret` of express-session, or all of them where it had a list: none that could have signed a cookie may lack. */
  readonly secrets: readonly (string | undefined)[]
  /** Its `name`. Default: `connect.sid`. */
  readonly cookie?: string
  /** Its `cookie.path`: a browser forgets the old cookie only if it is the same. Default: `/`. */
  readonly path?: string
  /** Its `cookie.domain`. Default: none. */
  readonly domain?: string
}

/**
 * Middleware for after `sojournExpress`: whoever has no session, but a cookie of express-session whose session was
 * imported, is signed in with it, once. However many requests come with the old cookie together, they get the same
 * session, on whichever nodes. The old cookie is cleared. Throws `config_invalid` where a secret is missing.
 */
export function adoptImported({
  secrets,
  cookie = 'connect.sid',
  path = '/',
  domain,
}: AdoptImportedOptions): (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void {
  const usable = secrets.flatMap((secret) => (secret ? [secret] : []))
  if (usable.length === 0 || usable.length < secrets.length)
    throw configurationError('adoptImported was given options that cannot be used', [
      'secrets needs every secret of express-session, and none that is empty',
    ])
  const ending = domain === undefined ? '' : `; Domain=${domain}`
  const cleared = `${cookie}=; Path=${path}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly${ending}`

  const adopt = async (exchange: Given, name: string | undefined): Promise<void> => {
    const { isBackground: background } = exchange
    const handing = { background, device: exchange.device() }
    const issued = name === undefined ? undefined : await exchange.sojourn.former.handOver(name, handing)
    if (issued) exchange.deliver(issued)
    // Whatever it was, it is of no more use. Where the store was down we do not know, and the browser keeps it.
    exchange.reply.setCookies([...exchange.reply.getCookies(), cleared])
  }
  return (request, response, next) => {
    const { sojourn: exchange } = request as IncomingMessage & { sojourn?: Given }
    if (!exchange) return next(new Error('adoptImported comes after sojournExpress'))
    const value = exchange.session ? undefined : valueOf(request.headers.cookie ?? '', cookie)
    if (value === undefined) return next()
    adopt(exchange, signedName(value, usable)).then(
      () => next(),
      (error: unknown) => {
        tellFailure(exchange.sojourn, error)
        sendAnswer(response, answerFor(error, exchange))
      },
    )
  }
}

function valueOf(header: string, name: string): string | undefined {
  const pair = header.split(';').find((one) => one.trim().startsWith(`${name}=`))
  return pair?.trim().slice(name.length + 1)
}

const longestValue = 1024

/** The session id in a cookie as express-session signs it: `s:` id `.` HMAC-SHA-256 in base64 without padding. */
function signedName(value: string, secrets: readonly string[]): string | undefined {
  const text = value.length > longestValue ? undefined : decoded(value)
  const [, name, signature] = /^s:(.+)\.([A-Za-z0-9+/]{43})$/.exec(text ?? '') ?? []
  if (name === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature, 'base64')
  const signs = (secret: string): boolean =>
    timingSafeEqual(createHmac('sha256', secret).update(name).digest(), given)
  return secrets.some(signs) ? name : undefined
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
