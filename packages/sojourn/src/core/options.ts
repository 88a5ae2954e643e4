// What a caller may configure, and the reading of it: every fault is found at construction and all are told at once.

import { publicAlgorithms, type Algorithm } from './algorithms.ts'
import { readEncryption, type EncryptionOptions, type EncryptionSettings } from './data-options.ts'
import { readDpopOptions, type DpopOptions, type DpopSettings } from './dpop/options.ts'
import { configurationError } from './errors.ts'
import { isFeed, localFeed, type Feed } from './feed.ts'
import type { Listener } from './events.ts'
import type { KeySchedule } from './key-ring.ts'
import { formFaults } from './option-faults.ts'
import { readPolicy, type Policy, type PolicyInput } from './policy.ts'
import { readRetention, type Retention, type RetentionOptions } from './retention.ts'
import { readRisk, type RiskOptions, type RiskSettings } from './risk-options.ts'
import type { FactsOptions } from './schema.ts'
import { deriveKeys, type DerivedKeys } from './secrets.ts'
import type { Store } from './store.ts'
import { systemClock, systemRandom, type Clock, type Random } from './system.ts'
import { milliseconds, type Duration, type Milliseconds } from './time.ts'

/** What to do with access tokens while the feed is interrupted for longer than allowed. */
export type OnInterruptedFeed =
  /** Ask the store on every request. */
  | 'strict'
  /** Refuse with 503. */
  | 'closed'
  /** Go on: a logout elsewhere takes effect when the access token expires. */
  | 'open'

/** The configuration of a Sojourn. Four settings are needed; the rest is right for the open internet. */
export interface SojournOptions<Claims, Data> extends FactsOptions<Claims, Data> {
  /** Who issues the tokens: the public URL of the application, `https://…` without query or fragment. */
  readonly issuer: string
  /** Whom access tokens are for (RFC 9068 §3). Default: the issuer. */
  readonly audience?: string
  /** The `client_id` in access tokens (RFC 9068 §2.2). Default: the audience. */
  readonly clientId?: string
  /** Secrets of at least 32 random bytes in base64url, the newest first. Older ones go on being accepted. */
  readonly secrets: readonly (string | undefined)[]
  readonly store: Store
  /** Encrypts the `data` of sessions in the store: see docs/guides/data-encryption.md. Default: off. */
  readonly encryption?: EncryptionOptions | undefined
  /** Default: the store itself where it has a feed, otherwise one that reaches this process only. */
  readonly feed?: Feed
  /** Separates the credentials of environments from each other. Default: `NODE_ENV`, or `development`. */
  readonly environment?: string
  readonly policy?: PolicyInput
  /**
   * What is made of risk notes; see docs/guides/risk.md. Default: what changes within a session is noted, and sign-ins are not
   * compared with the person's other sessions.
   */
  readonly risk?: RiskOptions
  /**
   * How long facts about devices stay in sessions that live on; needs a sweeper (`startSweeper`). Default: as long as the
   * session.
   */
  readonly retention?: RetentionOptions
  /** Signs access tokens. Default: `HS256`, which only this application can verify. */
  readonly algorithm?: Algorithm
  /**
   * Status lists, for verifiers that hear of no revocations; see docs/guides/status-list.md. A verifier may keep one for `ttl`
   * (default: 1 minute; 10 seconds to 1 hour); `url` is where they are (default: `/status-lists` at the issuer). Not with
   * HS256. Default: none.
   */
  readonly statusList?: { readonly ttl?: Duration; readonly url?: string }
  /** The life of key pairs. Default: 30 days, published 1 hour before; at least 2 minutes. */
  readonly keys?: { readonly rotateEvery?: Duration; readonly publishBefore?: Duration }
  /** Binds bearer sessions to keys of their clients (RFC 9449): see docs/guides/dpop.md. Default: off. */
  readonly dpop?: DpopOptions
  /** How far clocks of nodes may differ. Default: 10 seconds; at most 2 minutes. */
  readonly clockTolerance?: Duration
  /** Default: `strict`. */
  readonly onInterruptedFeed?: OnInterruptedFeed
  /** How long the feed may be silent before it counts as interrupted. Default: 10 seconds. */
  readonly feedPatience?: Duration
  /** Access tokens that a node remembers having verified, and subjects whose data keys it remembers. Default: 10,000. */
  readonly cacheSize?: number
  /** Hear what happens: see docs/events.md. */
  readonly listeners?: readonly Listener[]
  /** For tests. Default: the clock and the randomness of the system. */
  readonly clock?: Clock
  readonly random?: Random
}

/** The configuration as the engine uses it. */
export interface Settings<Claims, Data> {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly environment: string
  readonly keys: readonly DerivedKeys[]
  readonly store: Store
  /** Absent: data is kept as it is. */
  readonly encryption: EncryptionSettings | undefined
  readonly feed: Feed
  readonly policy: Policy
  readonly risk: RiskSettings
  readonly retention: Retention
  readonly algorithm: Algorithm
  readonly schedule: KeySchedule
  /** `ttl` and `url` of status lists; undefined where there are none. */
  readonly statusList: { readonly ttl: Milliseconds; readonly url: string } | undefined
  /** Absent: no proof is taken. */
  readonly dpop: DpopSettings | undefined
  readonly clockTolerance: Milliseconds
  readonly onInterruptedFeed: OnInterruptedFeed
  readonly feedPatience: Milliseconds
  readonly cacheSize: number
  readonly facts: FactsOptions<Claims, Data>
  readonly listeners: readonly Listener[]
  readonly clock: Clock
  readonly random: Random
}

/** Reads the options; throws one `config_invalid` that lists every fault. */
export function readOptions<Claims, Data>(options: SojournOptions<Claims, Data>): Settings<Claims, Data> {
  const faults = [...formFaults({ ...options })]
  const issuer = options.issuer ?? ''
  const fault = issuerFault(issuer)
  if (fault) faults.unshift(`issuer ${fault}`)
  const environment = options.environment ?? environmentName()
  const policy = readPolicy(options.policy ?? {}, faults)
  const audience = options.audience ?? issuer
  const span = (
    name: string,
    value: Duration | undefined,
    fallback: Duration,
    most: Duration,
  ): Milliseconds => {
    const read = milliseconds(value ?? fallback)
    if (read === undefined) faults.push(`${name} is ${JSON.stringify(value)}; write a duration such as '5m'`)
    else if (read > milliseconds(most)!) faults.push(`${name} is longer than ${most}`)
    return read ?? milliseconds(fallback)!
  }
  const settings: Settings<Claims, Data> = {
    issuer,
    audience,
    clientId: options.clientId ?? audience,
    environment,
    keys: deriveKeys(options.secrets ?? [], issuer, environment, faults),
    store: options.store,
    encryption:
      options.encryption &&
      readEncryption(
        options.encryption,
        { store: options.store, issuer, environment, others: options.secrets },
        faults,
      ),
    feed: options.feed ?? feedOf(options.store) ?? localFeed(),
    policy,
    risk: readRisk(options.risk, faults),
    retention: readRetention(options.retention, faults),
    algorithm: options.algorithm ?? 'HS256',
    schedule: {
      rotateEvery: span('keys.rotateEvery', options.keys?.rotateEvery, '30d', '366d'),
      publishBefore: span('keys.publishBefore', options.keys?.publishBefore, '1h', '30d'),
      retireAfter: Math.max(policy.cookie.access, policy.bearer.access, policy.remember.access) + 60_000,
    },
    dpop: options.dpop && readDpopOptions(options.dpop, faults),
    statusList: options.statusList && {
      ttl: span('statusList.ttl', options.statusList.ttl, '1m', '1h'),
      url: (options.statusList.url ?? `${issuer.replace(/\/$/, '')}/status-lists`).replace(/\/$/, ''),
    },
    clockTolerance: span('clockTolerance', options.clockTolerance, '10s', '2m'),
    onInterruptedFeed: options.onInterruptedFeed ?? 'strict',
    feedPatience: span('feedPatience', options.feedPatience, '10s', '1h'),
    cacheSize: options.cacheSize ?? 10_000,
    facts: factsOf(options),
    listeners: options.listeners ?? [],
    clock: options.clock ?? systemClock(),
    random: options.random ?? systemRandom(),
  }
  checkRest(settings, faults)
  if (faults.length > 0)
    throw configurationError('createSojourn was given a configuration that cannot be used', faults)
  return settings
}

const shortestPublishBefore = 120_000

function checkRest(settings: Settings<never, never> | Settings<unknown, unknown>, faults: string[]): void {
  const { algorithm, schedule, cacheSize, onInterruptedFeed, facts } = settings as Settings<unknown, unknown>
  if (algorithm !== 'HS256' && !(publicAlgorithms as readonly string[]).includes(algorithm)) {
    faults.push(`algorithm is ${JSON.stringify(algorithm)}; choose HS256, ${publicAlgorithms.join(', ')}`)
  }
  if (schedule.publishBefore * 2 > schedule.rotateEvery) {
    faults.push('keys.publishBefore is more than half of keys.rotateEvery')
  }
  if (schedule.publishBefore < shortestPublishBefore) {
    faults.push('keys.publishBefore is shorter than 2m; other nodes look for new keys once a minute')
  }
  const { statusList } = settings
  if (statusList && algorithm === 'HS256')
    faults.push('statusList needs an algorithm that others can verify, such as ES256')
  if (statusList && statusList.ttl < 10_000) faults.push('statusList.ttl is shorter than 10 seconds')
  const wrongUrl = statusList && issuerFault(statusList.url)
  if (wrongUrl) faults.push(`statusList.url ${wrongUrl}`)
  if (!Number.isInteger(cacheSize) || cacheSize < 1) faults.push('cacheSize is not a whole number from 1')
  if (!['strict', 'closed', 'open'].includes(onInterruptedFeed)) {
    faults.push(`onInterruptedFeed must be 'strict', 'closed' or 'open'`)
  }
  const version = facts.schemaVersion ?? 1
  if (!Number.isInteger(version) || version < 1) faults.push('schemaVersion is not a whole number from 1')
  if (version > 1 && !facts.migrate) faults.push(`schemaVersion is ${version}, but there is no migrate()`)
}

function feedOf(store: unknown): Feed | undefined {
  return typeof store === 'object' && store !== null && isFeed(store) ? store : undefined
}

function factsOf<Claims, Data>(options: FactsOptions<Claims, Data>): FactsOptions<Claims, Data> {
  const { claims, data, schemaVersion, migrate } = options
  return {
    ...(claims === undefined ? {} : { claims }),
    ...(data === undefined ? {} : { data }),
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
    ...(migrate === undefined ? {} : { migrate }),
  }
}

/** What is wrong with an issuer (RFC 8414 §2); plain HTTP is for the loopback interface only. */
export function issuerFault(issuer: string): string | undefined {
  if (typeof issuer !== 'string' || issuer === '')
    return 'is missing; write the public URL of the application'
  // The parser forgives what a comparison of texts does not: white space, and a slash too few.
  const url = URL.canParse(issuer) && /^https?:\/\/[^\s\p{Cc}]+$/u.test(issuer) ? new URL(issuer) : undefined
  if (!url) return 'is not an http(s) URL'
  if (/[?#]/.test(issuer) || url.username || url.password) return 'has a query, a fragment or credentials'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return 'is plain http; use https'
  return undefined
}

/** Whether a host name (without port) can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  )
}

function environmentName(): string {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return process?.env?.['NODE_ENV'] || 'development'
}
