// A Redis Cluster: three primaries with a replica each, nothing on disk. A primary that is lost is replaced by its
// replica, which has what had reached it.

import { startCluster, until, type RedisServer } from '../../packages/sojourn/test/support/redis.ts'
import type { Chance } from '../chance.ts'
import { pass, type Fault } from './fault.ts'
import { openLinks } from './links.ts'
import type { Service } from './service.ts'

/** `waiting`: what waits for the replica. */
export async function clusterService(nodes: number, waiting?: 'sign-outs' | 'writes'): Promise<Service> {
  const cluster = await startCluster()
  const servers = [...cluster.primaries, ...cluster.replicas]
  const links = await openLinks(
    nodes,
    servers.map(({ port }) => port),
  )
  const libraries = ['redis', 'ioredis'] as const
  return {
    isInProcess: false,
    addressFor: (node) => ({
      kind: 'redis-cluster',
      library: libraries[node % libraries.length]!,
      ports: servers.map(({ port }) => links.portFor(node, port)),
      map: Object.fromEntries(
        servers.map(({ port }) => [
          `127.0.0.1:${port}`,
          { host: '127.0.0.1', port: links.portFor(node, port) },
        ]),
      ),
      ...(waiting === undefined ? {} : { waiting }),
    }),
    faults: ({ freeze, kill }) => [freeze, kill, ...links.faults, ...failOvers(servers)],
    isWhole: () => until(() => isWhole(servers), 40_000),
    close: async () => {
      await links.close()
      await cluster.close()
    },
  }
}

interface Pair {
  readonly primary: RedisServer
  readonly replica: RedisServer
}

function failOvers(servers: readonly RedisServer[]): readonly Fault[] {
  const failOver = (
    name: string,
    weight: number,
    lose: (pair: Pair, chance: Chance) => Promise<() => Promise<unknown> | void>,
  ): Fault => ({
    name,
    weight,
    async run(chance) {
      const pair = chance.one(await pairsOf(servers))
      const bringBack = await lose(pair, chance)
      await until(async () => (await factsOf(pair.replica)).role === 'master', 40_000)
      await pass(chance.between(0, 500))
      await bringBack()
      await until(() => isWhole(servers), 40_000)
      return `the primary on ${pair.primary.port}`
    },
  })
  return [
    failOver('primary killed', 2, async ({ primary }) => {
      await primary.kill()
      return () => primary.start()
    }),
    failOver('primary paused until it is replaced', 1, async ({ primary }) => {
      primary.freeze()
      return () => primary.thaw()
    }),
    // What it answers meanwhile reaches nobody, and is gone with it.
    failOver('primary cut off from its replica, then killed', 3, async ({ primary, replica }, chance) => {
      await replica.command('CONFIG', 'SET', 'masterauth', 'wrong')
      await replica.command('CLIENT', 'KILL', 'TYPE', 'master')
      await pass(chance.between(400, 1600))
      await primary.kill()
      await replica.command('CONFIG', 'SET', 'masterauth', '')
      return () => primary.start()
    }),
  ]
}

/** Which is whose replica at the moment. */
async function pairsOf(servers: readonly RedisServer[]): Promise<readonly Pair[]> {
  const facts = await Promise.all(servers.map(async (server) => ({ server, ...(await factsOf(server)) })))
  return facts.flatMap(({ server: replica, role, follows }) => {
    const primary = servers.find(({ port }) => role === 'slave' && port === follows)
    return primary ? [{ primary, replica }] : []
  })
}

async function isWhole(servers: readonly RedisServer[]): Promise<boolean> {
  const facts = await Promise.all(servers.map(factsOf))
  const states = await Promise.all(servers.map(({ command }) => command('CLUSTER', 'INFO')))
  return (
    facts.filter(({ role }) => role === 'master').length === 3 &&
    facts.every(({ role, isLinked }) => role === 'master' || isLinked) &&
    states.every((state) => String(state).includes('cluster_state:ok'))
  )
}

async function factsOf({ command }: RedisServer) {
  const info = String(await command('INFO', 'replication'))
  return {
    role: /role:(\w+)/.exec(info)?.[1],
    follows: Number(/master_port:(\d+)/.exec(info)?.[1]),
    isLinked: info.includes('master_link_status:up'),
  }
}
