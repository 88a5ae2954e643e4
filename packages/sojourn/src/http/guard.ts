// Stage "guard": what a route demands of its caller. It runs after the others, at the route, and reads nothing but what
// they have found out.

import { SojournError } from '../core/errors.ts'
import { isFresh } from '../core/session.ts'
import { milliseconds, type Duration } from '../core/time.ts'
import type { Exchange } from './exchange.ts'
import { problemFor } from './problem.ts'
import type { Answer } from './view.ts'

/** What a route demands. Everything that is given must hold. */
export interface Needs {
  /** One of these in the claim `role`, or among those in `roles`. */
  readonly role?: string | readonly string[]
  /** How recently its person must have proved who they are. */
  readonly freshWithin?: Duration
  /** One of these authentication context classes. */
  readonly acr?: string | readonly string[]
  /** A session without a subject will do. Default: false. */
  readonly anonymous?: boolean
}

/** A guard, with its needs read once. Throws RangeError for a duration that is none. */
export function guard(
  needs: Needs = {},
): <Claims, Data>(exchange: Exchange<Claims, Data> | undefined) => void {
  const freshWithin = needs.freshWithin === undefined ? undefined : milliseconds(needs.freshWithin)
  if (needs.freshWithin !== undefined && freshWithin === undefined) {
    throw new RangeError(`freshWithin is ${JSON.stringify(needs.freshWithin)}; write a duration such as '5m'`)
  }
  const roles = needs.role === undefined ? undefined : [needs.role].flat()
  const classes = needs.acr === undefined ? undefined : [needs.acr].flat()
  return (exchange) => {
    const session = exchange?.session
    if (!exchange || !session) throw exchange?.noSession() ?? new SojournError('sign_in_required')
    if (session.subject === undefined && !needs.anonymous) throw new SojournError('sign_in_required')
    if (freshWithin !== undefined && !isFresh(session.authenticatedAt, exchange.now, freshWithin)) {
      throw new SojournError('fresh_sign_in_required', { members: { maxAge: freshWithin / 1000 } })
    }
    if (classes && !classes.includes(session.acr ?? '')) {
      throw new SojournError('fresh_sign_in_required', { members: { acr: classes } })
    }
    if (roles && !rolesIn(session.claims).some((role) => roles.includes(role)))
      throw new SojournError('forbidden')
  }
}

function rolesIn(claims: unknown): readonly string[] {
  const { role, roles } = claims as { role?: unknown; roles?: unknown }
  return [role, roles].flat().filter((name) => typeof name === 'string')
}

/** The answer for an error that a route or a stage has thrown. */
export function answerFor<Claims, Data>(
  error: unknown,
  exchange: Exchange<Claims, Data> | undefined,
): Answer {
  const { bearer, session, isBound } = exchange?.carried ?? {}
  const { dpop } = exchange?.sojourn.settings ?? {}
  const { maxAge, acr } = error instanceof SojournError ? error.members : {}
  return problemFor(error, {
    hasCredentials: bearer !== undefined || session !== undefined,
    ...(dpop ? { dpop: { algorithms: dpop.algorithms, isUsed: isBound === true } } : {}),
    ...(typeof maxAge === 'number' ? { maxAge } : {}),
    ...(Array.isArray(acr) ? { acrValues: acr.map(String) } : {}),
  })
}
