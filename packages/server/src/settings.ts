// What the server is told, read into what it works with. A value that is no good adds a sentence to `faults`, and its
// default takes its place, so that reading goes on and all faults are found at once.

import { join, resolve } from 'node:path'

import type { Algorithm, Duration, PolicyInput, RetentionOptions, RiskOptions } from 'sojourn'
import type { AddressPrivacy, TrailRetentionOptions } from 'sojourn/audit'
import type { Durability } from 'sojourn/sqlite'
import { normalOrigin } from 'sojourn/fetch'

import { partySettings, readParties, type Parties } from './logout/parties.ts'
import type { Limits } from './ops/limits.ts'
import type { TlsFiles } from './ops/tls.ts'
import type { Said, SaidSettings } from './settings-sources.ts'
import { rowOf, type SettingName } from './settings-table.ts'
import { hasPassword, readStoreUrl, type StoreLocation } from './store-url.ts'

export interface ServerSettings {
  readonly port: number
  readonly host: string
  readonly store: StoreLocation
  /** Absent: http://localhost and the port, which is known once the server listens. */
  readonly issuer: string | undefined
  /** Absent: the issuer. */
  readonly audience: string | undefined
  readonly environment: string
  /** Absent when they are to be made on first start. */
  readonly secrets: readonly string[] | undefined
  /** Absent: the data of sessions is kept as it is. */
  readonly encryption: DataEncryption | undefined
  readonly apiKey: string | undefined
  readonly policy: PolicyInput
  /** Absent: only what changes within a session is noted. */
  readonly risk: RiskOptions | undefined
  readonly algorithm: Algorithm
  readonly dpop: 'off' | 'on' | 'required'
  readonly dbsc: boolean
  readonly trustedProxies: readonly string[]
  /** Where a browser signs in; forward-auth answers 401 without it. */
  readonly signInUrl: URL | undefined
  /** Origins to which the sign-in may lead back. Absent: that of the issuer. */
  readonly returnOrigins: readonly string[] | undefined
  /** Whom to believe, and whom to tell, that a session is over. */
  readonly parties: Parties
  /** How long verifiers may keep a status list; undefined where there are none. */
  readonly statusList: Duration | undefined
  readonly audit: boolean
  /** Absent: on the database of the sessions. */
  readonly auditFile?: AuditFile
  readonly auditKeep: Duration
  readonly auditAddresses: AddressPrivacy
  /** What is kept for a shorter time than the rest: in sessions, and `people` in the trail only. */
  readonly retention: TrailRetentionOptions
  /** The folder of files that the server makes for itself. */
  readonly home: string
  readonly logLevel: string
  readonly workers: number
  /** Absent where there is no listener of its own. */
  readonly management: { readonly host: string; readonly port: number } | undefined
  /** Where `/dashboard` is; absent where it is nowhere. */
  readonly dashboard: 'main' | 'management' | undefined
  /** Absent where the server speaks plain HTTP. */
  readonly tls: TlsFiles | undefined
  /** In milliseconds. */
  readonly requestTimeout: number
  readonly limits: Limits
}

/** How the data of sessions is encrypted. */
export interface DataEncryption {
  /** Newest first. */
  readonly secrets: readonly string[]
  readonly plain: 'read' | 'refuse'
}

/** Settings cannot be used. `faults` has one sentence for each. */
/** Where the audit trail is kept in files. */
export interface AuditFile {
  readonly path: string
  readonly durability: Durability
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`The settings cannot be used:${faults.map((fault) => `\n  - ${fault}`).join('')}`)
    this.faults = faults
  }
}

/** Where a person can change a setting: where it was said, or else its variable. */
export function placeOf(said: SaidSettings, name: SettingName): string {
  return said[name]?.by ?? rowOf(name).variable
}

const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256', 'HS256'] as const
const logLevels = ['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'] as const

/** Reads the settings; every fault is added to `faults`, and the result is only to be used if there is none. */
export function readSettings(
  said: SaidSettings,
  nodeEnvironment: string | undefined,
  faults: string[],
): ServerSettings {
  const read = new Reader(said, faults)
  const home = resolve(read.text('home') ?? '.sojourn')
  const environment = read.text('environment') ?? (nodeEnvironment || 'development')
  const management = readManagement(read)
  return {
    port: read.integer('port', 0, 65_535) ?? 3000,
    host: read.text('host') ?? '127.0.0.1',
    store: readStore(read, placeOf(said, 'store'), `sqlite:${join(home, 'sojourn.db')}`),
    issuer: read.text('issuer'),
    audience: read.text('audience'),
    environment,
    secrets: read.list('secrets'),
    encryption: readEncryption(read),
    apiKey: readApiKey(read),
    policy: readPolicy(read),
    risk: readRisk(read),
    algorithm: read.choice('algorithm', algorithms),
    dpop: read.choice('dpop', ['off', 'on', 'required']),
    dbsc: read.choice('dbsc', ['off', 'on']) === 'on',
    trustedProxies: read.list('trustedProxies') ?? [],
    signInUrl: readSignInUrl(read),
    returnOrigins: readOrigins(read),
    parties: readParties((name, count) => read.words(name, count, partySettings[name])),
    statusList: read.text('statusList') === 'off' ? undefined : read.duration('statusList'),
    ...readAudit(read),
    auditKeep: read.duration('auditKeep') ?? '366d',
    auditAddresses: read.choice('auditAddresses', ['truncated', 'hashed', 'whole', 'none']),
    retention: readRetention(read),
    home,
    logLevel: read.choice('logLevel', logLevels),
    workers: read.integer('workers', 1, 64) ?? 1,
    management,
    dashboard: readDashboard(read, environment, management !== undefined),
    tls: readTlsFiles(read),
    requestTimeout: (read.integer('requestTimeout', 1, 600) ?? 30) * 1000,
    limits: {
      refreshesPerMinute: read.integer('refreshesPerMinute', 1, 1_000_000) ?? 600,
      badCredentialsPerMinute: read.integer('badCredentialsPerMinute', 1, 1_000_000) ?? 60,
    },
  }
}

class Reader {
  readonly #said: SaidSettings
  readonly #faults: string[]

  constructor(said: SaidSettings, faults: string[]) {
    this.#said = said
    this.#faults = faults
  }

  fault(name: SettingName, fault: string): void {
    this.#faults.push(`${placeOf(this.#said, name)} ${fault}`)
  }

  text(name: SettingName): string | undefined {
    const said: Said | undefined = this.#said[name]
    if (said === undefined) return undefined
    const { value } = said
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
    this.fault(name, 'must be text')
    return undefined
  }

  /** Parts between commas; a configuration file may also write an array. */
  list(name: SettingName): readonly string[] | undefined {
    const value = this.#said[name]?.value
    const parts = Array.isArray(value) ? (value as unknown[]) : this.text(name)?.split(',')
    const texts = parts?.map((part) => (typeof part === 'string' ? part.trim() : ''))
    if (!texts?.includes('')) return texts
    this.fault(name, 'has a part that is empty or no text')
    return undefined
  }

  /** Parts between commas, each of so many words. */
  words(name: SettingName, count: number, meaning: string): readonly (readonly string[])[] {
    const parts = (this.list(name) ?? []).map((part) => part.split(/\s+/))
    const wrong = parts.find((part) => part.length !== count)
    if (wrong)
      this.fault(name, `has ${JSON.stringify(wrong.join(' '))}; write ${meaning}, separated by spaces`)
    return parts.filter((part) => part.length === count)
  }

  integer(name: SettingName, least: number, most: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    this.fault(name, `is ${JSON.stringify(text)}; write a whole number from ${least} to ${most}`)
    return undefined
  }

  /** One of these, the first by default. */
  choice<T extends string>(name: SettingName, choices: readonly [T, ...T[]]): T {
    const text = this.text(name)
    const chosen = choices.find((choice) => choice === (text ?? choices[0]))
    if (chosen === undefined)
      this.fault(name, `is ${JSON.stringify(text)}; choose one of ${choices.join(', ')}`)
    return chosen ?? choices[0]
  }

  /** What the library judges: digits alone are seconds. */
  duration(name: SettingName): Duration | undefined {
    const text = this.text(name)
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : (text as Duration | undefined)
  }
}

function readAudit(read: Reader): Pick<ServerSettings, 'audit' | 'auditFile'> {
  const text = read.text('audit') ?? 'on'
  if (text === 'on' || text === 'off') return { audit: text === 'on' }
  const [, path, durability = 'process'] = /^file:([^?]+)(?:\?durability=(process|power))?$/.exec(text) ?? []
  if (path !== undefined)
    return { audit: true, auditFile: { path: resolve(path), durability: durability as Durability } }
  read.fault('audit', `is ${JSON.stringify(text)}; write on, off, file:PATH or file:PATH?durability=power`)
  return { audit: true }
}

function readRetention(read: Reader): TrailRetentionOptions {
  const given = {
    addresses: read.duration('keepAddresses'),
    userAgents: read.duration('keepUserAgents'),
    deviceNames: read.duration('keepDeviceNames'),
    people: read.duration('keepPeople'),
  }
  return Object.fromEntries(Object.entries(given).filter(([, span]) => span !== undefined))
}

/** What of it concerns sessions. */
export function sessionRetention({ retention }: Pick<ServerSettings, 'retention'>): RetentionOptions {
  const { people: _, ...rest } = retention
  return rest
}

function readStore(read: Reader, place: string, fallback: string): StoreLocation {
  const location = readStoreUrl(read.text('store') ?? fallback)
  if (typeof location === 'string') read.fault('store', location)
  else if (hasPassword(location) && place.startsWith('--'))
    read.fault(
      'store',
      `has a password, and a list of processes shows it to everybody: say it in ${rowOf('store').variable}`,
    )
  else return location
  return { kind: 'memory' }
}

function readEncryption(read: Reader): DataEncryption | undefined {
  const secrets = read.list('dataSecrets')
  const plain = read.choice('plainData', ['read', 'refuse'])
  if (secrets) return { secrets, plain }
  if (plain === 'refuse')
    read.fault('plainData', `is refuse, but nothing is encrypted: set ${rowOf('dataSecrets').variable}`)
  return undefined
}

const shortestApiKey = 32

function readApiKey(read: Reader): string | undefined {
  const key = read.text('apiKey')
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,256}$/.test(key))
    read.fault('apiKey', 'must be at most 256 visible ASCII characters without spaces')
  else if (key.length < shortestApiKey)
    read.fault('apiKey', `has ${key.length} characters; at least ${shortestApiKey} are needed`)
  else if (new Set(key).size < 10) read.fault('apiKey', 'is too predictable')
  return key
}

function readSignInUrl(read: Reader): URL | undefined {
  const text = read.text('signInUrl')
  if (text === undefined) return undefined
  const url = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (
    url &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    !url.searchParams.has('return_to')
  )
    return url
  read.fault('signInUrl', 'must be a URL such as https://app.example/sign-in, without #, user or return_to')
  return undefined
}

function readOrigins(read: Reader): readonly string[] | undefined {
  return read.list('returnOrigins')?.map((text) => {
    const origin = normalOrigin(text)
    if (origin === undefined)
      read.fault('returnOrigins', `has ${JSON.stringify(text)}; write origins such as https://app.example`)
    return origin ?? ''
  })
}

function readManagement(read: Reader): ServerSettings['management'] {
  const port = read.integer('managementPort', 0, 65_535)
  const host = read.text('managementHost') ?? '127.0.0.1'
  return port === undefined ? undefined : { host, port }
}

// What administers sessions is not shown to the whole Internet unless somebody wants that.
function readDashboard(
  read: Reader,
  environment: string,
  hasManagement: boolean,
): ServerSettings['dashboard'] {
  const wanted = read.choice('dashboard', ['auto', 'on', 'off'])
  if (wanted === 'off') return undefined
  if (hasManagement) return 'management'
  return wanted === 'on' || environment !== 'production' ? 'main' : undefined
}

function readTlsFiles(read: Reader): TlsFiles | undefined {
  const [cert, key] = [read.text('tlsCert'), read.text('tlsKey')]
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined) read.fault('tlsKey', 'is missing: a certificate is nothing without its key')
  if (key !== undefined) read.fault('tlsCert', 'is missing: a key is nothing without its certificate')
  return undefined
}

function readRisk(read: Reader): RiskOptions | undefined {
  const isAll = read.choice('risk', ['changes', 'all']) === 'all'
  const stepUpAt = read.integer('riskStepUpAt', 1, 100)
  const endAt = read.integer('riskEndAt', 1, 100)
  if (!isAll && stepUpAt === undefined && endAt === undefined) return undefined
  return { ...(stepUpAt === undefined ? {} : { stepUpAt }), ...(endAt === undefined ? {} : { endAt }) }
}

function readPolicy(read: Reader): PolicyInput {
  const given = {
    idle: read.duration('idle'),
    absolute: read.duration('absolute'),
    access: read.duration('accessLifetime'),
  }
  const lifetimes = Object.fromEntries(Object.entries(given).filter(([, span]) => span !== undefined))
  const overlap = read.duration('overlap')
  const count = read.integer('limit', 1, 10_000)
  const onLimit = read.choice('onLimit', ['evict', 'refuse'])
  return {
    // One number for browsers, apps and those who asked to be remembered.
    ...(Object.keys(lifetimes).length === 0
      ? {}
      : { cookie: lifetimes, bearer: lifetimes, remember: lifetimes }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(count === undefined ? {} : { limit: { count, onLimit } }),
  }
}
