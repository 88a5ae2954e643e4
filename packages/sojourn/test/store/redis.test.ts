// The Redis store passes the suite on a real server and on a real cluster, with both clients.

import { createClient } from 'redis'
import { afterAll } from 'vitest'

import { redisStore, type RedisClient } from '../../src/redis.ts'
import { storeSuite } from '../../src/testing.ts'
import { hasRedis, startCluster, startRedis, type RedisServer } from '../support/redis.ts'
import { runnerWhere } from '../support/suite-runner.ts'
import { libraries, openClient, openClusterClient, type OpenedClient } from './redis-clients.ts'

interface Place {
  readonly name: string
  readonly client: RedisClient
  readonly servers: readonly RedisServer[]
}

const clients: OpenedClient[] = []
const closings: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const client of clients) await client.close()
  await Promise.all(closings.map((close) => close()))
})

const nowhere: Place = { name: '', client: createClient(), servers: [] }

for (const { name, client, servers } of hasRedis ? await places() : [nowhere]) {
  const open = async (): Promise<{ store: ReturnType<typeof redisStore>; close(): Promise<void> }> => {
    await Promise.all(servers.map(({ command }) => command('FLUSHALL')))
    return { store: redisStore({ client }), close: async () => {} }
  }
  await storeSuite(`R208 Redis store${name}`, open, runnerWhere(hasRedis))
}

async function places(): Promise<Place[]> {
  const server = await startRedis()
  const cluster = await startCluster()
  closings.push(server.close, cluster.close)
  const ports = cluster.primaries.map(({ port }) => port)
  const opening = libraries.map(async (library) => {
    const single = await openClient(library, server.port)
    const spread = await openClusterClient(library, ports)
    clients.push(single, spread)
    return [
      { name: `, ${library}`, client: single.client, servers: [server] },
      { name: `, ${library}, cluster`, client: spread.client, servers: cluster.primaries },
    ]
  })
  return (await Promise.all(opening)).flat()
}
