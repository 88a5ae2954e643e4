// Where a browser registers a key of its device, and where it refreshes the short-lived cookie with proofs by that key
// (Device Bound Session Credentials). What a status means is not what it means elsewhere: 403 asks for a proof, any other
// 4xx ends the binding in the browser, and 5xx makes it wait ("Send request"). So 401 is never said here, 403 only with a
// challenge that can be met, and a session that is over is told by `continue: false`.
//
// The bound cookie is the access cookie, which a bound session keeps no longer than its token lives.

import { SojournError, type ErrorCode } from '../core/errors.ts'
import type { Issued } from '../core/issued.ts'
import { readSessionToken } from '../core/session-token.ts'
import { devicePaths, setChallenge, stringIn } from './dbsc.ts'
import type { Exchange } from './exchange.ts'
import { limitRate } from './stages.ts'
import type { Answer } from './view.ts'

/** Where a site says which of its origins may register (only for `dbsc.site`). */
export const wellKnownPath = '/.well-known/device-bound-sessions'

/** `POST /session/dbsc/register`: binds the session of the cookie to the key in the proof. */
export async function registerDevice<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  const { sojourn, settings } = exchange
  const { sessionToken, sessionId, proof } = await read(exchange)
  return settled(sessionId, async () => {
    const issued = await sojourn.dbsc.bind(sessionToken, proof, settings.dbsc?.algorithms ?? [])
    return instructions(exchange, issued)
  })
}

/** `POST /session/dbsc/refresh`: new cookies for a proof by the key of the session. */
export async function refreshDevice<Claims, Data>(exchange: Exchange<Claims, Data>): Promise<Answer> {
  const { sojourn, settings, view } = exchange
  const { sessionToken, sessionId, proof } = await read(exchange)
  const legacyName = settings.dbsc?.legacyNames ? 'sec-session-id' : undefined
  // No page can set a header of this name, so nobody but the browser itself has asked.
  if (stringIn(view, { name: 'sec-secure-session-id', legacyName }) !== sessionId)
    throw new SojournError('device_proof_invalid', {
      detail:
        'Sec-Secure-Session-Id must be a structured field string that names the session of the cookies.',
    })
  return settled(sessionId, async () => {
    try {
      return instructions(exchange, await sojourn.dbsc.refresh(sessionToken, proof, exchange.presence()))
    } catch (error) {
      if (error instanceof SojournError && error.code === 'device_challenge_required')
        setChallenge(exchange, sessionId)
      throw error
    }
  })
}

async function read<Claims, Data>(
  exchange: Exchange<Claims, Data>,
): Promise<{ sessionToken: string; sessionId: string; proof: string | undefined }> {
  const { carried, sojourn, settings, view, reply } = exchange
  // Whether somebody is signed in is nothing for a page of another origin to learn.
  reply.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  reply.setHeader('X-Frame-Options', 'DENY')
  if (carried.session === undefined) throw new SojournError('credentials_missing')
  const presented = readSessionToken(carried.session, sojourn.settings.keys)
  if (!presented)
    throw new SojournError('credentials_missing', { detail: 'The session cookie is none of ours.' })
  await limitRate(exchange, presented.sessionId)
  const legacyName = settings.dbsc?.legacyNames ? 'sec-session-response' : undefined
  const proof = stringIn(view, { name: 'secure-session-response', legacyName })
  return { sessionToken: carried.session, sessionId: presented.sessionId, proof }
}

const over: ReadonlySet<ErrorCode> = new Set([
  'token_malformed',
  'session_unknown',
  'session_expired',
  'session_reused',
  'session_bound',
])

async function settled(sessionId: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SojournError)) throw error
    // The answer to a step-up is on its way: nothing is over, and an empty body changes nothing.
    if (error.code === 'session_superseded') return { status: 200, headers: noStore, body: '' }
    if (!over.has(error.code)) throw error
    return json({ session_identifier: sessionId, continue: false })
  }
}

// What the session is, and the cookie that it stands on ("JSON Session Instruction Format").
function instructions<Claims, Data>(exchange: Exchange<Claims, Data>, issued: Issued<Claims, Data>): Answer {
  const { settings, jar } = exchange
  const { prefix = '', dbsc } = settings
  exchange.deliver(issued)
  setChallenge(exchange, issued.session.id)
  const [pair = '', ...attributes] = jar.set('access', '').split('; ')
  return json({
    session_identifier: issued.session.id,
    refresh_url: prefix + devicePaths.refresh,
    scope: {
      ...(dbsc?.site ? { origin: `https://${dbsc.site.domain}` } : {}),
      include_site: dbsc?.site !== undefined,
      scope_specification: (dbsc?.exclude ?? []).map((path) => ({ type: 'exclude', domain: '*', path })),
    },
    credentials: [{ type: 'cookie', name: pair.slice(0, -1), attributes: attributes.join('; ') }],
  })
}

/** `GET /.well-known/device-bound-sessions`. */
export function siteAnswer({ origins }: { readonly origins: readonly string[] }): Answer {
  return json({ registering_origins: origins })
}

const noStore = [['Cache-Control', 'no-store']] as const

function json(value: unknown): Answer {
  return {
    status: 200,
    headers: [['Content-Type', 'application/json'], ...noStore],
    body: JSON.stringify(value),
  }
}
