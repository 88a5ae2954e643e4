// The Redis store passes the suite on a real server and on a real cluster, with both clients.

import { afterAll, describe, it } from 'vitest'

import { redisStore } from '../../src/redis.ts'
import { storeSuite, type OpenedStore } from '../../src/testing.ts'
import { hasRedis, startCluster, startRedis, type RedisServer } from '../support/redis.ts'
import { libraries, openClient, openClusterClient, type OpenedClient } from './redis-clients.ts'

if (hasRedis) await suites()
else it.skip('R208 needs redis-server', () => {})

async function suites(): Promise<void> {
  const server = await startRedis()
  const cluster = await startCluster()
  const ports = cluster.primaries.map(({ port }) => port)
  const clients: OpenedClient[] = []
  for (const library of libraries) {
    const single = await openClient(library, server.port)
    const spread = await openClusterClient(library, ports)
    clients.push(single, spread)
    const onOne = (): Promise<OpenedStore> => emptied(single, [server])
    const onCluster = (): Promise<OpenedStore> => emptied(spread, cluster.primaries)
    await storeSuite(`R208 Redis store, ${library}`, onOne, { describe, it })
    await storeSuite(`R208 Redis store, ${library}, cluster`, onCluster, { describe, it })
  }
  afterAll(async () => {
    for (const client of clients) await client.close()
    await Promise.all([server.close(), cluster.close()])
  })
}

async function emptied({ client }: OpenedClient, servers: readonly RedisServer[]): Promise<OpenedStore> {
  await Promise.all(servers.map(({ command }) => command('FLUSHALL')))
  return { store: redisStore({ client }), close: async () => {} }
}
