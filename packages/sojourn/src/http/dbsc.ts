// Device Bound Session Credentials in headers: what a browser is told when its person signs in, and what it tells when it
// could not refresh. A browser that does not speak it ignores all of this, and its session is as any other.

import type { Session } from '../core/session.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Exchange } from './exchange.ts'
import type { HttpSettings } from './options.ts'
import {
  parseItem,
  parseList,
  serializeItem,
  serializeList,
  token,
  type BareItem,
} from './structured-fields.ts'
import type { RequestView } from './view.ts'

/** Where a browser registers and refreshes, under the prefix of the ready-made routes. */
export const devicePaths = { register: '/dbsc/register', refresh: '/dbsc/refresh' } as const

/**
 * Asks the browser of a new session to register a key (`Secure-Session-Registration`). Only at sign-in: whoever has copied
 * the cookies of a session later must not be able to bind it to a key of theirs.
 */
export function offerRegistration<Claims, Data>(
  { settings, reply, transport, sojourn }: Exchange<Claims, Data>,
  session: Session<Claims, Data>,
): void {
  const offer = transport.isSecure ? registrationOffer(sojourn, settings, session) : undefined
  if (offer !== undefined) reply.setHeader('Secure-Session-Registration', offer)
}

/** The value of that header for a new session; undefined where there is none. For an answer that goes out over HTTPS. */
export function registrationOffer<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  { dbsc, prefix }: HttpSettings,
  { id, profile }: Session<Claims, Data>,
): string | undefined {
  if (!dbsc || prefix === undefined || profile !== 'cookie') return undefined
  const challenge = sojourn.dbsc.challenge({ purpose: 'registration', sessionId: id })
  const none = new Map<string, BareItem>()
  const offer = {
    value: dbsc.algorithms.map((name) => ({ value: token(name), parameters: none })),
    parameters: new Map<string, BareItem>([
      ['path', prefix + devicePaths.register],
      ['challenge', challenge],
    ]),
  }
  return serializeList([offer])
}

/** Hands a browser the challenge for its next proof (`Secure-Session-Challenge`). */
export function setChallenge<Claims, Data>(
  { reply, sojourn }: Exchange<Claims, Data>,
  sessionId: string,
): void {
  const value = sojourn.dbsc.challenge({ purpose: 'refresh', sessionId })
  const parameters = new Map<string, BareItem>([['id', sessionId]])
  reply.setHeader('Secure-Session-Challenge', serializeItem({ value, parameters }))
}

const reasons: ReadonlySet<string> = new Set(['unreachable', 'server_error', 'quota_exceeded'])
const mostReasons = 8

/** Tells why a browser has sent a request without the bound cookie (`Secure-Session-Skipped`). It excuses nothing. */
export function noteSkipped<Claims, Data>({ view, sojourn, now }: Exchange<Claims, Data>): void {
  const lines = view.all('secure-session-skipped')
  if (lines.length === 0) return
  for (const { value, parameters } of (parseList(lines) ?? []).slice(0, mostReasons)) {
    if (typeof value !== 'object' || !('kind' in value) || value.kind !== 'token') continue
    if (!reasons.has(value.value)) continue
    const id = parameters.get('session_identifier')
    const named = typeof id === 'string' && /^[\w-]{32}$/.test(id) ? { sessionId: id } : {}
    sojourn.tell({ type: 'binding.skipped', level: 'info', at: now, ...named, reason: value.value })
  }
}

/** A request header that is one string; undefined if it is missing or something else. Its parameters do not matter. */
export function stringIn(
  view: RequestView,
  { name, legacyName }: { readonly name: string; readonly legacyName: string | undefined },
): string | undefined {
  const lines = view.all(name)
  const used = lines.length === 0 && legacyName !== undefined ? view.all(legacyName) : lines
  const value = used.length === 1 ? parseItem(used)?.value : undefined
  return typeof value === 'string' ? value : undefined
}
