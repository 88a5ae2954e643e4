// What a production server refuses to start with, unless it is told that this is meant.

import type { OpenStore } from './open-store.ts'
import type { ServerSettings } from './settings.ts'

/** What the operator has said is meant. */
export interface Allowances {
  readonly allowGeneratedSecrets: boolean
  readonly allowHttp: boolean
  readonly allowMemoryStore: boolean
}

/** The reasons not to start; none outside of production. */
export function productionFaults(
  settings: ServerSettings,
  store: Pick<OpenStore, 'kind'>,
  allowed: Allowances,
  isDemo: boolean,
): readonly string[] {
  if (settings.environment !== 'production') return []
  const faults: string[] = []
  if (isDemo) faults.push('--demo signs anybody in: it is not for production')
  if (!allowed.allowGeneratedSecrets) {
    if (settings.secrets === undefined)
      faults.push('SOJOURN_SECRETS is missing: set it, or pass --allow-generated-secrets')
    if (settings.apiKey === undefined)
      faults.push('SOJOURN_API_KEY is missing: set it, or pass --allow-generated-secrets')
  }
  if (!allowed.allowHttp) {
    if (!settings.issuer.startsWith('https://'))
      faults.push('SOJOURN_ISSUER is not https: change it, or pass --allow-http')
    if (settings.trustedProxies.length === 0) {
      faults.push(
        'this server speaks plain HTTP: put it behind a proxy that speaks TLS and name that in SOJOURN_TRUSTED_PROXIES, or pass --allow-http',
      )
    }
  }
  if (store.kind === 'memory' && !allowed.allowMemoryStore) {
    faults.push(
      'the memory store forgets everybody at a restart: choose another SOJOURN_STORE, or pass --allow-memory-store',
    )
  }
  return faults
}
