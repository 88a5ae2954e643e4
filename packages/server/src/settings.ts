// What the server is told: flags, then SOJOURN_* variables, then sojourn.config.{ts,js,json}, then defaults. All faults
// are found at once, and secrets are never taken from flags, where the list of processes would show them.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { Algorithm, PolicyInput, Duration } from 'sojourn'

/** Everything that can be set, by its name in the configuration file. */
export interface RawSettings {
  readonly port?: number | string
  readonly host?: string
  readonly store?: string
  readonly issuer?: string
  readonly audience?: string
  readonly environment?: string
  readonly secrets?: string
  readonly apiKey?: string
  readonly accessLifetime?: string
  readonly overlap?: string
  readonly idle?: string
  readonly absolute?: string
  readonly algorithm?: string
  readonly limit?: number | string
  readonly onLimit?: string
  readonly trustedProxies?: string
  readonly home?: string
  readonly logLevel?: string
}

export interface ServerSettings {
  readonly port: number
  readonly host: string
  readonly store: string
  readonly issuer: string
  readonly audience: string
  readonly environment: string
  /** Absent when they are to be made on first start. */
  readonly secrets: readonly string[] | undefined
  readonly apiKey: string | undefined
  readonly policy: PolicyInput
  readonly algorithm: Algorithm
  readonly trustedProxies: readonly string[]
  /** The folder of files that the server makes for itself. */
  readonly home: string
  readonly logLevel: string
}

/** The environment variable of each setting. */
export const variables: Readonly<Record<keyof RawSettings, string>> = {
  port: 'SOJOURN_PORT',
  host: 'SOJOURN_HOST',
  store: 'SOJOURN_STORE',
  issuer: 'SOJOURN_ISSUER',
  audience: 'SOJOURN_AUDIENCE',
  environment: 'SOJOURN_ENVIRONMENT',
  secrets: 'SOJOURN_SECRETS',
  apiKey: 'SOJOURN_API_KEY',
  accessLifetime: 'SOJOURN_ACCESS_LIFETIME',
  overlap: 'SOJOURN_OVERLAP',
  idle: 'SOJOURN_IDLE',
  absolute: 'SOJOURN_ABSOLUTE',
  algorithm: 'SOJOURN_ALGORITHM',
  limit: 'SOJOURN_LIMIT',
  onLimit: 'SOJOURN_ON_LIMIT',
  trustedProxies: 'SOJOURN_TRUSTED_PROXIES',
  home: 'SOJOURN_HOME',
  logLevel: 'SOJOURN_LOG_LEVEL',
}

/** Settings cannot be used. `faults` has one sentence for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`The settings cannot be used:${faults.map((fault) => `\n  - ${fault}`).join('')}`)
    this.faults = faults
  }
}

/** Puts the sources together, the first that says something winning. */
export function mergeSettings(...sources: readonly RawSettings[]): RawSettings {
  const names = Object.keys(variables) as (keyof RawSettings)[]
  const found = names.map((name) => [name, sources.map((source) => source[name]).find(isSaid)] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined))
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== ''
}

export function settingsFromEnvironment(environment: NodeJS.ProcessEnv): RawSettings {
  const names = Object.keys(variables) as (keyof RawSettings)[]
  return Object.fromEntries(names.map((name) => [name, environment[variables[name]]]))
}

/** What a sojourn.config file in this folder exports as its default; nothing where there is none. */
export async function settingsFromFile(folder: string): Promise<RawSettings> {
  const path = ['sojourn.config.ts', 'sojourn.config.js', 'sojourn.config.json']
    .map((name) => join(folder, name))
    .find(existsSync)
  if (path === undefined) return {}
  const options = path.endsWith('.json') ? { with: { type: 'json' } } : {}
  const { default: settings } = (await import(pathToFileURL(path).href, options)) as { default?: unknown }
  if (typeof settings !== 'object' || settings === null)
    throw new SettingsError([`${path} has no default export with settings`])
  const unknown = Object.keys(settings).filter((name) => !Object.hasOwn(variables, name))
  if (unknown.length > 0)
    throw new SettingsError(unknown.map((name) => `${path} has ${name}, which is no setting`))
  return settings
}

const algorithms: readonly string[] = ['ES256', 'EdDSA', 'RS256', 'PS256', 'HS256']

/** Reads the settings; throws one SettingsError with every fault. */
export function readSettings(raw: RawSettings, nodeEnvironment: string | undefined): ServerSettings {
  const faults: string[] = []
  const port = Number(raw.port ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push(`${variables.port} is not a port: ${raw.port}`)
  const environment = raw.environment ?? (nodeEnvironment || 'development')
  const home = resolve(raw.home ?? '.sojourn')
  const issuer = raw.issuer ?? `http://localhost:${port}`
  if (environment === 'production' && raw.issuer === undefined) {
    faults.push(`${variables.issuer} is missing: in production, say the public https URL`)
  }
  const algorithm = raw.algorithm ?? 'ES256'
  if (!algorithms.includes(algorithm))
    faults.push(`${variables.algorithm} is ${algorithm}; choose ${algorithms.join(', ')}`)
  const settings: ServerSettings = {
    port,
    host: raw.host ?? '127.0.0.1',
    store: raw.store ?? `sqlite:${join(home, 'sojourn.db')}`,
    issuer,
    audience: raw.audience ?? issuer,
    environment,
    secrets: raw.secrets?.split(',').map((secret) => secret.trim()),
    apiKey: raw.apiKey,
    policy: readPolicySettings(raw, faults),
    algorithm: algorithm as Algorithm,
    trustedProxies: raw.trustedProxies?.split(',').map((range) => range.trim()) ?? [],
    home,
    logLevel: raw.logLevel ?? 'info',
  }
  if (!['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].includes(settings.logLevel)) {
    faults.push(
      `${variables.logLevel} is ${settings.logLevel}; choose fatal, error, warn, info, debug, trace or silent`,
    )
  }
  if (settings.apiKey !== undefined && settings.apiKey.length < 32) {
    faults.push(`${variables.apiKey} is shorter than 32 characters`)
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return settings
}

function readPolicySettings(raw: RawSettings, faults: string[]): PolicyInput {
  const lifetimes = {
    ...(raw.idle === undefined ? {} : { idle: raw.idle as Duration }),
    ...(raw.absolute === undefined ? {} : { absolute: raw.absolute as Duration }),
    ...(raw.accessLifetime === undefined ? {} : { access: raw.accessLifetime as Duration }),
  }
  const count = raw.limit === undefined ? undefined : Number(raw.limit)
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    faults.push(`${variables.limit} is not a whole number from 1`)
  const onLimit = raw.onLimit ?? 'evict'
  if (onLimit !== 'evict' && onLimit !== 'refuse')
    faults.push(`${variables.onLimit} is ${onLimit}; choose evict or refuse`)
  // One set of numbers for all profiles: a server that needs more says so in its configuration file.
  const each =
    Object.keys(lifetimes).length === 0 ? {} : { cookie: lifetimes, bearer: lifetimes, remember: lifetimes }
  return {
    ...each,
    ...(raw.overlap === undefined ? {} : { overlap: raw.overlap as Duration }),
    ...(count === undefined ? {} : { limit: { count, onLimit: onLimit as 'evict' | 'refuse' } }),
  }
}
