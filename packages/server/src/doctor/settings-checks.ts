// What the settings of a server decide. What they do not decide, such as whether an application sends CSRF tokens, is
// seen at a running one only.

import type { ConfiguredServer } from './settings.ts'
import { spanOf } from './token-checks.ts'
import { fail, notSeen, pass, unless, type Checks, type Finding } from './verdict.ts'

export const settingsChecks: Checks<ConfiguredServer> = {
  https: (seen) => transport(seen),
  plainHttp: (seen) => transport(seen),
  cookieFlags: ({ settings: { issuer } }) =>
    isSecure(issuer) ? pass('an issuer with https: __Host-Http- cookies') : developers,
  hsts: ({ settings: { issuer } }) =>
    isSecure(issuer) ? pass('an issuer with https: every answer says it') : developers,
  dropped({ settings: { issuer, tls, trustedProxies } }) {
    if (!isSecure(issuer)) return developers
    if (tls) return pass('the server speaks TLS itself')
    return trustedProxies.length > 0
      ? pass(`believes ${trustedProxies.join(', ')} that HTTPS was used`)
      : fail('HTTPS ends before the server, and it believes no proxy that it was used')
  },
  tokenExpiry: ({ policy }) =>
    policy
      ? atMost(
          Math.max(policy.cookie.access, policy.bearer.access, policy.remember.access),
          3600,
          'access tokens live',
        )
      : unreadable,
  timeouts({ policy }) {
    if (!policy) return unreadable
    const all = [policy.cookie, policy.bearer, policy.remember]
    const [idle, absolute] = [
      Math.max(...all.map(({ idle }) => idle)),
      Math.max(...all.map(({ absolute }) => absolute)),
    ]
    return absolute > 90 * day
      ? fail(`sessions live up to ${spanOf(absolute / 1000)}`)
      : pass(`idle ${spanOf(idle / 1000)}, absolute ${spanOf(absolute / 1000)} at most`)
  },
  refresh({ policy }) {
    if (!policy) return unreadable
    const never = [policy.cookie, policy.bearer, policy.remember].filter(({ access, idle }) => access >= idle)
    return never.length > 0
      ? fail('access tokens live as long as sessions: nothing is ever refreshed')
      : pass(
          `after ${spanOf(policy.cookie.access / 1000)}, with an overlap of ${spanOf(policy.overlap / 1000)}`,
        )
  },
  storedTokens({ store }) {
    if (store.kind !== 'seen') return store.kind === 'unreachable' ? fail(store.why) : notSeen(store.why)
    if (store.entries === 0) return notSeen('the store has no session yet')
    return store.withTokens > 0
      ? fail(`${store.withTokens} of ${store.entries} entries hold what looks like a token`)
      : pass(`no token in ${store.entries} entries`)
  },
  strongSecrets: (seen) => secretsFinding(seen),
  shortSecrets: (seen) => secretsFinding(seen),
  weakSecrets({ settings: { secrets, encryption, apiKey, store } }) {
    if (!secrets) return notSeen('no secret yet')
    const password = 'password' in store ? store.password : undefined
    const reused = [...secrets, ...(encryption?.secrets ?? [])].filter(
      (secret) => secret === apiKey || secret === password,
    )
    return reused.length > 0
      ? fail('a secret is the API key or the password of the store, too')
      : pass('each is used for one thing')
  },
  sharedSecret({ settings: { environment, secrets }, kept, store }) {
    const other = store.kind === 'seen' && store.owners.find((one) => one !== environment)
    if (other) return fail(`the store has a secret as that of the environment ${JSON.stringify(other)}`)
    if (environment !== 'production' || !secrets) return notSeen('the other environments are elsewhere')
    return secrets.some((secret) => kept?.secrets.includes(secret))
      ? fail('production has the secret that was made here for development')
      : kept
        ? pass('another one than that made here for development')
        : notSeen('the other environments are elsewhere')
  },
  eventsLogged: ({ settings: { audit, auditKeep } }) =>
    audit ? pass(`in the audit trail, for ${auditKeep}`) : fail('SOJOURN_AUDIT is off'),
  eviction({ store, settings }) {
    if (settings.store.kind !== 'redis') return pass('this kind of store lets nothing go by itself')
    if (store.kind === 'seen') return unless(store.findings, 'Redis keeps what it is given')
    return notSeen(store.why)
  },
}

const day = 86_400_000
const unreadable = fail('the lifetimes cannot be used: see above')
const developers = notSeen("a developer's machine: judge the settings of production")

function isSecure(issuer: string | undefined): boolean {
  return issuer !== undefined && /^https:/i.test(issuer)
}

function transport({ settings: { issuer, environment } }: ConfiguredServer): Finding {
  if (isSecure(issuer)) return pass('an issuer with https')
  return environment === 'production' ? fail('the issuer has no https') : developers
}

function atMost(milliseconds: number, seconds: number, what: string): Finding {
  const seen = `${what} ${spanOf(milliseconds / 1000)}`
  return milliseconds > seconds * 1000 ? fail(seen) : pass(seen)
}

function secretsFinding({ settings: { secrets, encryption }, faults }: ConfiguredServer): Finding {
  const own = faults.filter((fault) => /SOJOURN_(DATA_)?SECRETS|\b(secrets|dataSecrets)\b/.test(fault))
  if (own.length > 0) return unless(own, '')
  if (!secrets) return notSeen('made on first start')
  const ofData = encryption ? `, and ${encryption.secrets.length} for data` : '; data is not encrypted'
  return pass(`${secrets.length} of 32 random bytes or more${ofData}`)
}
