// One PostgreSQL, as it comes: what it has answered is on disk. It is restarted as an administrator does, and as a
// crash does.

import { startPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { pass, type Fault } from './fault.ts'
import { openLinks } from './links.ts'
import type { Service } from './service.ts'

export async function postgresService(nodes: number): Promise<Service> {
  const server = await startPostgres()
  const links = await openLinks(nodes, [server.port])
  const libraries = ['pg', 'postgres'] as const
  const fault = (name: string, run: Fault['run']): Fault => ({ name, weight: 1.5, run })
  return {
    isInProcess: false,
    addressFor: (node) => ({
      kind: 'postgres',
      library: libraries[node % libraries.length]!,
      port: links.portFor(node, server.port),
    }),
    faults: ({ freeze, kill }) => [
      freeze,
      kill,
      ...links.faults,
      fault('PostgreSQL restarted (fast)', async () => {
        await server.restart('fast')
        return 'the server'
      }),
      fault('PostgreSQL crashed and restarted (immediate)', async () => {
        await server.restart('immediate')
        return 'the server'
      }),
      fault('PostgreSQL away', async (chance) => {
        await server.stop()
        await pass(chance.between(300, 2000))
        await server.start()
        return 'the server'
      }),
    ],
    isWhole: async () => {},
    close: async () => {
      await links.close()
      await server.remove()
    },
  }
}
