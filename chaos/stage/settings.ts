// What `npm run chaos` can be run on, and what each promises. What is not promised is counted all the same.

import { promises, type Promised } from '../check/violations.ts'
import { clusterService } from './cluster.ts'
import { memoryService } from './memory.ts'
import { postgresService } from './postgres.ts'
import { redisService } from './redis.ts'
import type { Service } from './service.ts'
import { sqliteService } from './sqlite.ts'

export interface Setting {
  readonly name: string
  readonly what: string
  /** The service of tools/services.mjs that it needs. */
  readonly needs?: 'redis-server' | 'postgresql'
  readonly promises: readonly Promised[]
  /** `folder` is there, and removed afterwards. */
  open(nodes: number, folder: string): Promise<Service>
}

const all = promises
const always = ['answers that nobody expected'] as const

export const settings: readonly Setting[] = [
  {
    name: 'memory',
    what: 'memory store, one process',
    promises: all,
    open: async () => memoryService(false),
  },
  {
    name: 'sqlite',
    what: 'SQLite, one file',
    promises: all,
    open: async (_, folder) => sqliteService(folder),
  },
  {
    name: 'redis',
    what: 'Redis, appendfsync always',
    needs: 'redis-server',
    promises: all,
    open: (nodes) => redisService(nodes),
  },
  {
    name: 'redis-cluster',
    what: 'Redis Cluster, waits for nobody',
    needs: 'redis-server',
    promises: always,
    open: (nodes) => clusterService(nodes),
  },
  {
    name: 'redis-cluster-wait',
    what: 'Redis Cluster, sign-outs wait for the replica',
    needs: 'redis-server',
    promises: [...always, 'answered logouts undone', 'sessions over the limit'],
    open: (nodes) => clusterService(nodes, 'sign-outs'),
  },
  {
    name: 'redis-cluster-writes',
    what: 'Redis Cluster, every write waits for the replica',
    needs: 'redis-server',
    promises: all,
    open: (nodes) => clusterService(nodes, 'writes'),
  },
  {
    name: 'postgres',
    what: 'PostgreSQL',
    needs: 'postgresql',
    promises: all,
    open: (nodes) => postgresService(nodes),
  },
]

/** A store with a fault planted. It promises what the others do, and a run has to find that it does not keep it. */
export const control: Setting = {
  name: 'control',
  what: 'memory store with a fault planted',
  promises: all,
  open: async () => memoryService(true),
}
