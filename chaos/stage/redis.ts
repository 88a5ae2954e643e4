// One Redis that has on disk what it has answered (`appendfsync always`).

import { startRedis, until } from '../../packages/sojourn/test/support/redis.ts'
import { pass } from './fault.ts'
import { openLinks } from './links.ts'
import type { Service } from './service.ts'

const redisSettings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always']

export async function redisService(nodes: number): Promise<Service> {
  const server = await startRedis(redisSettings)
  const links = await openLinks(nodes, [server.port])
  const libraries = ['redis', 'ioredis'] as const
  return {
    isInProcess: false,
    addressFor: (node) => ({
      kind: 'redis',
      library: libraries[node % libraries.length]!,
      port: links.portFor(node, server.port),
    }),
    faults: ({ freeze, kill }) => [
      freeze,
      kill,
      ...links.faults,
      {
        name: 'Redis killed',
        weight: 2,
        async run(chance) {
          await server.kill()
          await pass(chance.between(0, 1500))
          await server.start()
          return 'the server'
        },
      },
      {
        name: 'Redis paused',
        weight: 1,
        async run(chance) {
          server.freeze()
          await pass(chance.between(200, 3000))
          server.thaw()
          return 'the server'
        },
      },
    ],
    isWhole: () => until(async () => (await server.command('PING')) === 'PONG'),
    close: async () => {
      await links.close()
      await server.close()
    },
  }
}
