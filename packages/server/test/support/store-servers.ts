// Servers that keep sessions, for tests of `sojourn serve --store`: each with its URL, and a way to stop and start it.

import { apiKey } from './server.ts'
import { hasPostgres, startPostgres } from '../../../sojourn/test/support/postgres.ts'
import { hasRedis, startCluster, startRedis } from '../../../sojourn/test/support/redis.ts'

/** How the application signs somebody in. */
export const signInAsAda = {
  json: { subject: 'ada', profile: 'bearer' },
  headers: { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined },
}

export interface StoreServer {
  readonly url: string
  /** Whether it keeps entries in order. */
  readonly isOrdered: boolean
  stop(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

export interface StoreServerKind {
  readonly isHere: boolean
  launch(): Promise<StoreServer>
}

export const storeServers: Readonly<Record<string, StoreServerKind>> = {
  Redis: {
    isHere: hasRedis,
    async launch() {
      const server = await startRedis(['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'])
      return {
        url: server.url,
        isOrdered: false,
        stop: server.kill,
        start: server.start,
        remove: server.close,
      }
    },
  },
  'a Redis cluster': {
    isHere: hasRedis,
    async launch() {
      const cluster = await startCluster()
      const nodes = [...cluster.primaries, ...cluster.replicas]
      const hosts = cluster.primaries.map(({ port }) => `127.0.0.1:${port}`).join(',')
      // Nothing is on disk, so here a stopped cluster is one that is paused.
      return {
        url: `redis+cluster://${hosts}?replicas=1`,
        isOrdered: false,
        stop: async () => nodes.forEach(({ freeze }) => freeze()),
        start: async () => nodes.forEach(({ thaw }) => thaw()),
        remove: cluster.close,
      }
    },
  },
  PostgreSQL: {
    isHere: hasPostgres,
    async launch() {
      const { url, stop, start, remove } = await startPostgres()
      return { url, isOrdered: true, stop, start, remove }
    },
  },
}
