// What a production server refuses to start with, unless it is told that this is meant.

import { placeOf, type ServerSettings } from './settings.ts'
import type { SaidSettings } from './settings-sources.ts'

/** What the operator has said is meant, and whether the demo is. */
export interface Allowances {
  readonly allowGeneratedSecrets: boolean
  readonly allowHttp: boolean
  readonly allowMemoryStore: boolean
  readonly isDemo: boolean
}

/** The reasons not to start; none outside of production. */
export function productionFaults(
  settings: ServerSettings,
  said: SaidSettings,
  { allowGeneratedSecrets, allowHttp, allowMemoryStore, isDemo }: Allowances,
): readonly string[] {
  if (settings.environment !== 'production') return []
  const { issuer, secrets, apiKey, trustedProxies, store, tls } = settings
  const reasons: readonly (readonly [applies: boolean, reason: string])[] = [
    [isDemo, '--demo signs anybody in: it is not for production'],
    [said.issuer === undefined, 'SOJOURN_ISSUER is missing: say the public https URL'],
    [
      !allowGeneratedSecrets && secrets === undefined,
      'SOJOURN_SECRETS is missing: make one with `sojourn keys generate-secret`, or pass --allow-generated-secrets',
    ],
    [
      !allowGeneratedSecrets && apiKey === undefined,
      'SOJOURN_API_KEY is missing: make one with `sojourn keys generate-api-key`, or pass --allow-generated-secrets',
    ],
    [
      // Plain http anywhere else is refused by the library, whatever is allowed.
      !allowHttp && /^http:\/\/(localhost|127\.|\[::1\])/.test(issuer ?? ''),
      `${placeOf(said, 'issuer')} names this machine: say the public https URL, or pass --allow-http`,
    ],
    [
      !allowHttp && !tls && trustedProxies.length === 0,
      'this server speaks plain HTTP: put it behind a proxy that speaks TLS and name that in SOJOURN_TRUSTED_PROXIES, give it a certificate in SOJOURN_TLS_CERT, or pass --allow-http',
    ],
    [
      !allowMemoryStore && said.store !== undefined && store.kind === 'memory',
      `${placeOf(said, 'store')} is a store that forgets everybody at a restart: choose another, or pass --allow-memory-store`,
    ],
  ]
  return reasons.flatMap(([applies, reason]) => (applies ? [reason] : []))
}
