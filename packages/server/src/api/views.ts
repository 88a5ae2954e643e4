// How things look in answers of the backend routes.

import type { Facts, Issued, KeyInfo, Session } from 'sojourn'
import { credentialCookies, registrationOffer, viewOf } from 'sojourn/fetch'

import type { Services } from './context.ts'

/** An instant of ours as RFC 3339 writes it; null where there is none. */
export function shownAt(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

/** Everything that a client needs, once. */
export function issuedView({ sojourn, http }: Services, issued: Issued<Facts, Facts>): unknown {
  const { session } = issued
  const { clock, issuer, policy } = sojourn.settings
  const now = clock()
  const jar = issuer.startsWith('https:') ? http.settings.secureJar : http.settings.plainJar
  const isOffered = issued.outcome === 'created' && issuer.startsWith('https:')
  const offer = isOffered ? registrationOffer(sojourn, http.settings, session) : undefined
  const until = (at: number): number => Math.max(0, Math.floor((at - now) / 1000))
  return {
    session: viewOf(session, policy),
    accessToken: issued.accessToken,
    tokenType: issued.tokenType,
    expiresIn: until(issued.access.expiresAt),
    refreshToken: issued.sessionToken,
    refreshExpiresIn: until(issued.expiresAt),
    csrfToken: sojourn.csrf.issue(session.id),
    ...(offer === undefined ? {} : { secureSessionRegistration: offer }),
    setCookie: session.profile === 'cookie' ? credentialCookies(issued, jar, now) : [],
  }
}

/** A session with what only the application may see. */
export function wholeView({ sojourn }: Services, session: Session<Facts, Facts>): unknown {
  const { data, tenant = null, version } = session
  return { ...viewOf(session, sojourn.settings.policy), tenant, data, version }
}

export function keyView({ kid, algorithm, phase, activeFrom, retiresAt, goneAt }: KeyInfo): unknown {
  return {
    kid,
    algorithm,
    phase,
    activeFrom: shownAt(activeFrom),
    retiresAt: shownAt(retiresAt),
    goneAt: shownAt(goneAt),
  }
}
