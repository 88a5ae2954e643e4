// The sessions of the dashboard: a Sojourn of their own beside that of the application, with other keys, other cookies and
// short lives. Whoever signs in shows an API key, and the session is worth what that key is worth, for as long as it is.

import { createSojourn, SojournError, type Facts, type Listener, type Sojourn } from 'sojourn'
import { createHandler, type Exchange, type HttpHandler } from 'sojourn/fetch'

import type { Holder } from '../apikeys/api-keys.ts'
import type { Services } from '../api/context.ts'
import type { Credentials } from '../credentials-file.ts'
import type { ServerSettings } from '../settings.ts'
import { storeApart } from './store-apart.ts'

/** What every route of the dashboard is given. */
export interface Dashboard {
  readonly services: Services
  readonly sojourn: Sojourn
  readonly http: HttpHandler<Facts, Facts>
}

export type Caller = Exchange<Facts, Facts>

export const prefix = '/dashboard'

// Two tabs and a lunch break, but not a night; an operator shows the key again where it matters.
const lifetimes = { idle: '15m', absolute: '8h', access: '2m' } as const
/** How recently the key must have been shown for what cannot be undone. */
export const freshWithin = '5m'

export interface DashboardOptions {
  readonly settings: ServerSettings
  readonly credentials: Credentials
  /** Hear of the sign-ins of operators, as the audit trail does. */
  readonly listeners: readonly Listener[]
}

export function openDashboard(
  services: Services,
  { settings, credentials, listeners }: DashboardOptions,
): Dashboard {
  const { issuer, store } = services.sojourn.settings
  const sojourn = createSojourn({
    // Other keys and other owners than those of the application.
    issuer: `${issuer.replace(/\/$/, '')}${prefix}`,
    secrets: credentials.secrets,
    store: storeApart(store),
    // The management listener speaks plain HTTP on this machine, in production too: one reaches it through a tunnel.
    environment:
      settings.dashboard === 'management' ? `${settings.environment} management` : settings.environment,
    policy: { cookie: lifetimes },
    listeners: [...listeners, ...(services.audit ? [services.audit.listener] : [])],
  })
  const http = createHandler(sojourn, {
    prefix: `${prefix}/session`,
    cookies: {
      names: { session: 'dashboard', access: 'dashboard-access', visitor: 'dashboard-visitor' },
      sameSite: 'strict',
    },
    trustedProxies: settings.trustedProxies,
    // Signing in takes a CSRF token too, so that nobody is signed in by another page.
    visitors: 'token',
    // What the browser keeps of this origin belongs to the application.
    clearSiteData: [],
  })
  return { services, sojourn, http }
}

/** Whose key is behind the session of a caller. A key that is not good any more ends the session. */
export async function holderBehind({ services, sojourn }: Dashboard, caller: Caller): Promise<Holder> {
  const { session } = caller
  if (!session) throw caller.noSession()
  const { key } = session.claims
  const holder = typeof key === 'string' ? await services.apiKeys.holderOfId(key) : undefined
  if (holder) return holder
  await sojourn.revoke(session.sessionId)
  caller.forget()
  throw new SojournError('session_unknown', {
    detail: 'The API key with which you signed in is not good any more. Sign in with another one.',
  })
}
