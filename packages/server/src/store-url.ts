// What the URL of a store says, before anything is opened. A URL may hold a password, so what a person is told about a
// store is `shown`, which has none, and of a URL that is no good nothing is repeated but its scheme.

import { resolve } from 'node:path'

export interface RedisLocation {
  readonly kind: 'redis'
  readonly isCluster: boolean
  readonly isEncrypted: boolean
  /** One server, or some nodes of a cluster. */
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  readonly database: number
  readonly prefix?: string
  /** For how many replicas a sign-out waits, and how long in milliseconds. */
  readonly replicas?: { readonly count: number; readonly within: number }
  readonly shown: string
}

export interface PostgresLocation {
  readonly kind: 'postgres'
  /** For `pg`, with whatever it has to say about encryption. */
  readonly url: string
  readonly hasPassword: boolean
  readonly schema?: string
  readonly shown: string
}

export type StoreLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | RedisLocation
  | PostgresLocation

const schemes =
  'sqlite:PATH, memory:, redis://HOST, rediss://HOST, redis+cluster://HOST,HOST, rediss+cluster://HOST,HOST or postgres://HOST/DATABASE'

/** The store that a URL names, or what is wrong with the URL. */
export function readStoreUrl(url: string): StoreLocation | string {
  if (url === 'memory:') return { kind: 'memory' }
  // sqlite:relative, sqlite:/absolute and sqlite:///absolute; after two slashes there would be a host.
  const path = /^sqlite:(?:\/\/(?=\/)|(?!\/\/))(.+)$/.exec(url)?.[1]
  if (path !== undefined && !path.startsWith(':memory:')) return { kind: 'sqlite', path: resolve(path) }
  if (url.startsWith('sqlite:')) return 'names no file; write sqlite:PATH'
  if (/^rediss?(\+cluster)?:/.test(url)) return readRedisUrl(url)
  if (/^postgres(ql)?:/.test(url)) return readPostgresUrl(url)
  const scheme = /^[a-z][a-z+.-]{0,30}:/i.exec(url)?.[0] ?? 'no scheme'
  return `has ${scheme} and names no store; write ${schemes}`
}

/** Whether somebody who sees the URL sees a password. */
export function hasPassword(location: StoreLocation): boolean {
  if (location.kind === 'redis') return location.password !== undefined
  return location.kind === 'postgres' && location.hasPassword
}

// ---------------------------------------------------------------------------------------------- Redis

// A cluster has several hosts, which no parser of URLs knows.
const redisForm =
  /^(?<scheme>rediss?)(?<cluster>\+cluster)?:\/\/(?:(?<user>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<database>\d{0,4}))?(?:\?(?<settings>[^#]*))?$/
const knownSettings = ['prefix', 'replicas', 'replicas-within']

function readRedisUrl(url: string): RedisLocation | string {
  const { scheme, cluster, user, hosts, database, settings } = redisForm.exec(url)?.groups ?? {}
  const servers = readServers(hosts ?? '')
  const credentials = readCredentials(user)
  if (scheme === undefined || !credentials || !servers)
    return 'is no URL of Redis; write redis://USER:PASSWORD@HOST:PORT, with %XX for what is special in a URL'
  const isCluster = cluster !== undefined
  if (!isCluster && servers.length > 1) return 'names several servers; write redis+cluster:// for a cluster'
  if (isCluster && Number(database ?? 0) > 0) return 'names a database, and a cluster has only one'
  const more = readRedisSettings(new URLSearchParams(settings))
  if (typeof more === 'string') return more
  const names = servers.map(({ host, port }) => `${host}:${port}`).join(',')
  return {
    kind: 'redis',
    isCluster,
    isEncrypted: scheme === 'rediss',
    servers: servers.map(({ host, port }) => ({ host: host.replace(/^\[(.*)\]$/, '$1'), port })),
    ...credentials,
    database: Number(database ?? 0),
    ...more,
    shown: `${scheme}${cluster ?? ''}://${names}${database ? `/${database}` : ''}`,
  }
}

type Server = RedisLocation['servers'][number]

function readServers(hosts: string): Server[] | undefined {
  const servers = hosts.split(',').map((text) => {
    const [, host, port = '6379'] = /^([\w.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? []
    return host === undefined || Number(port) > 65_535 ? [] : [{ host, port: Number(port) }]
  })
  return servers.every((server) => server.length === 1) ? servers.flat() : undefined
}

function readCredentials(user: string | undefined): { username?: string; password?: string } | undefined {
  const [name = '', ...rest] = (user ?? '').split(':')
  try {
    const username = decodeURIComponent(name)
    const password = decodeURIComponent(rest.join(':'))
    return { ...(username ? { username } : {}), ...(password ? { password } : {}) }
  } catch {
    return undefined
  }
}

function readRedisSettings(settings: URLSearchParams): Pick<RedisLocation, 'prefix' | 'replicas'> | string {
  const unknown = [...settings.keys()].filter((name) => !knownSettings.includes(name))
  if (unknown.length > 0) return `has settings after ? that are not ${knownSettings.join(', ')}`
  const [count, within] = [settings.get('replicas') ?? '0', settings.get('replicas-within') ?? '500']
  if (!/^\d{1,2}$/.test(count) || !/^[1-9]\d{0,4}$/.test(within))
    return 'needs whole numbers after replicas= and replicas-within='
  const prefix = settings.get('prefix')
  return {
    ...(prefix === null ? {} : { prefix }),
    ...(Number(count) === 0 ? {} : { replicas: { count: Number(count), within: Number(within) } }),
  }
}

// ---------------------------------------------------------------------------------------------- PostgreSQL

function readPostgresUrl(text: string): PostgresLocation | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url?.host || url.hash)
    return 'is no URL of PostgreSQL; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for what is special in a URL'
  const schema = url.searchParams.get('schema')
  url.searchParams.delete('schema')
  return {
    kind: 'postgres',
    url: url.href,
    hasPassword: url.password !== '' || url.searchParams.has('password'),
    ...(schema === null ? {} : { schema }),
    shown: `postgres://${url.host}${url.pathname}`,
  }
}
