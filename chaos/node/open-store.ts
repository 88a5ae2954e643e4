// Opens the store of a node through the clients that people use, with the settings that the guides recommend.

import { Cluster, Redis as IoRedis } from 'ioredis'
import pg from 'pg'
import postgres from 'postgres'
import { createClient, createCluster } from 'redis'
import { localFeed, type Feed, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { postgresStore, type PostgresStore } from 'sojourn/postgres'
import { redisStore, type RedisClient } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'

import type { Chance } from '../chance.ts'
import type { StoreAddress } from './address.ts'
import { distantStore, wrongStore } from './distant-store.ts'

export interface Opened {
  readonly store: Store
  /** Where the store brings none along. */
  readonly feed?: Feed
}

/** How long is waited for a replica. */
const replicasWithin = 500

export async function openStore(address: StoreAddress, chance: Chance): Promise<Opened> {
  switch (address.kind) {
    case 'memory':
      return {
        store: distantStore(address.isWrong ? wrongStore() : memoryStore(), chance),
        feed: localFeed(),
      }
    case 'sqlite':
      return { store: sqliteStore(address.file) }
    case 'redis':
      return { store: redisStore({ client: await openRedis(address), follower: await openRedis(address) }) }
    case 'redis-cluster': {
      const { waiting: covers } = address
      const replicas = covers === undefined ? {} : { replicas: { count: 1, within: replicasWithin, covers } }
      const [client, follower] = [await openCluster(address), await openCluster(address)]
      return { store: redisStore({ client, follower, ...replicas }) }
    }
    case 'postgres': {
      const store = openPostgres(address)
      await store.migrate()
      return { store }
    }
  }
}

type PostgresAddress = Extract<StoreAddress, { kind: 'postgres' }>
type RedisAddress = Extract<StoreAddress, { kind: 'redis' }>
type ClusterAddress = Extract<StoreAddress, { kind: 'redis-cluster' }>

const host = '127.0.0.1'
// Soon again, however often it fails.
const reconnect = (attempt: number): number => Math.min(400, 20 * 2 ** Math.min(attempt, 5))

async function openRedis({ library, port }: RedisAddress): Promise<RedisClient> {
  if (library === 'redis') {
    const client = createClient({ socket: { host, port, reconnectStrategy: reconnect } })
    client.on('error', () => {})
    return client.connect()
  }
  const client = new IoRedis({ host, port, retryStrategy: reconnect, lazyConnect: true })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function openCluster({ library, ports, map }: ClusterAddress): Promise<RedisClient> {
  if (library === 'redis') {
    const client = createCluster({
      rootNodes: ports.map((port) => ({ socket: { host, port } })),
      defaults: { socket: { reconnectStrategy: reconnect } },
      nodeAddressMap: { ...map },
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const client = new Cluster(
    ports.map((port) => ({ host, port })),
    { natMap: { ...map }, lazyConnect: true, clusterRetryStrategy: reconnect },
  )
  client.on('error', () => {})
  await client.connect()
  return client
}

const connections = 12

function openPostgres({ library, port }: PostgresAddress): PostgresStore {
  const at = { host, port, user: 'postgres', database: 'postgres' }
  if (library === 'pg') {
    const pool = new pg.Pool({ ...at, max: connections, connectionTimeoutMillis: 2000, keepAlive: true })
    pool.on('error', () => {})
    return postgresStore({ client: pool, listener: () => new pg.Client(at) })
  }
  const sql = postgres({
    ...at,
    max: connections,
    connect_timeout: 2,
    fetch_types: false,
    backoff: () => 0.2,
    onnotice: () => {},
  })
  return postgresStore({ client: sql, listener: sql })
}
