// The clients that the tests of the Redis store use, opened and closed in one way.

import { Cluster, Redis as IoRedis } from 'ioredis'
import { createClient, createCluster } from 'redis'

import type { RedisClient } from '../../src/redis.ts'

export interface OpenedClient {
  readonly client: RedisClient
  /** A connection of its own for the feed. */
  follower(): Promise<OpenedClient>
  close(): Promise<void>
}

export type Library = 'redis' | 'ioredis'

export const libraries: readonly Library[] = ['redis', 'ioredis']

/** A client for one server. */
export async function openClient(library: Library, port: number): Promise<OpenedClient> {
  const open = (): Promise<OpenedClient> => openClient(library, port)
  if (library === 'redis') {
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 50 } })
    client.on('error', () => {})
    await client.connect()
    return { client, follower: open, close: async () => client.destroy() }
  }
  const client = new IoRedis({ host: '127.0.0.1', port, retryStrategy: () => 50, lazyConnect: true })
  client.on('error', () => {})
  await client.connect()
  return { client, follower: open, close: async () => client.disconnect() }
}

/** A client for a cluster. */
export async function openClusterClient(library: Library, ports: readonly number[]): Promise<OpenedClient> {
  const open = (): Promise<OpenedClient> => openClusterClient(library, ports)
  const addresses = ports.map((port) => ({ host: '127.0.0.1', port }))
  if (library === 'redis') {
    const client = createCluster({ rootNodes: addresses.map((socket) => ({ socket })) })
    client.on('error', () => {})
    await client.connect()
    return { client, follower: open, close: async () => client.destroy() }
  }
  const client = new Cluster(addresses, { lazyConnect: true })
  client.on('error', () => {})
  await client.connect()
  return { client, follower: open, close: async () => client.disconnect() }
}
