// The Redis clients that people already have, described by what is used of them: `redis` (node-redis 5 and 6) and
// `ioredis` (5 and 6), each for one server, for Sentinel and for a cluster. Nothing of them is imported.

import type { Milliseconds } from '../core/time.ts'
import { within } from './shared-timeout.ts'

/** A client of `redis` for one server. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** A client of `redis` for Sentinel. */
export interface NodeRedisSentinel {
  getMasterNode(): unknown
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>
}

/** A client of `redis` for a cluster: it wants to know the key, to find the node. */
export interface NodeRedisCluster {
  readonly masters: readonly object[]
  nodeClient(node: object): Promise<NodeRedisClient>
  sendCommand(key: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  /** Since version 6, whose `sendCommand` may send a command to all nodes, whatever the key. */
  getNodeClientForKey?(key: string, isReadonly: boolean): Promise<NodeRedisClient>
}

/** A client of `ioredis`, for one server or for Sentinel. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>
  pipeline(commands: string[][]): { exec(): Promise<[error: Error | null, result: unknown][] | null> }
}

/** A client of `ioredis` for a cluster. */
export interface IoRedisCluster extends IoRedisClient {
  nodes(role: 'master'): IoRedisClient[]
}

export type RedisClient =
  | NodeRedisClient
  | NodeRedisSentinel
  | NodeRedisCluster
  | IoRedisClient
  | IoRedisCluster

/** Sends one command to one server. */
export type Send = (args: readonly string[]) => Promise<unknown>

/** The one way to speak with Redis, whichever client it is. What takes longer than `timeout` rejects. */
export interface Redis {
  /** Sends one command to the primary that has the key. */
  readonly send: (key: string, args: readonly string[]) => Promise<unknown>
  /**
   * Sends commands about one key over one connection, one behind the other. Undefined for a client that may spread them
   * over several connections.
   */
  readonly together: ((key: string, commands: readonly string[][]) => Promise<readonly unknown[]>) | undefined
  /** One for each primary: one in all, or one for each part of a cluster. */
  readonly primaries: () => Promise<readonly Send[]>
}

/** Wraps a client. A caller that waits for something on the server says how much longer that may take. */
export function redisThrough(client: RedisClient, timeout: Milliseconds): Redis {
  const bounded: Within = (work) => within(work, timeout, 'Redis')
  if ('call' in client) return throughIoRedis(client, bounded)
  if ('masters' in client) return throughCluster(client, bounded)
  const send: Send =
    'getMasterNode' in client
      ? (args) => bounded(client.sendCommand(false, [...args]))
      : (args) => bounded(client.sendCommand([...args]))
  // A pool, and a Sentinel client, may take any of several connections.
  const isOneConnection = !('getMasterNode' in client) && !('execute' in client)
  return {
    send: (_, args) => send(args),
    together: isOneConnection ? (_, commands) => Promise.all(commands.map(send)) : undefined,
    primaries: async () => [send],
  }
}

type Within = <T>(work: Promise<T>) => Promise<T>

function throughIoRedis(client: IoRedisClient | IoRedisCluster, bounded: Within): Redis {
  const sendBy =
    (to: IoRedisClient): Send =>
    ([command, ...args]) =>
      bounded(to.call(command!, ...args))
  const send = sendBy(client)
  return {
    send: (_, args) => send(args),
    // A pipeline goes to one node by the keys in it; a command without a key would go to any.
    together: async (_, commands) => {
      const replies = await bounded(client.pipeline(commands.map((args) => ['call', ...args])).exec())
      return (replies ?? []).map(([error, result]) => {
        if (error) throw error
        return result
      })
    },
    primaries: async () => ('nodes' in client ? client.nodes('master').map(sendBy) : [send]),
  }
}

function throughCluster(client: NodeRedisCluster, bounded: Within): Redis {
  const send: Redis['send'] = (key, args) => bounded(client.sendCommand(key, false, [...args]))
  const sendBy =
    (to: NodeRedisClient): Send =>
    (args) =>
      bounded(to.sendCommand([...args]))
  return {
    send,
    together: async (key, commands) => {
      const node = await client.getNodeClientForKey?.(key, false)
      return Promise.all(commands.map(node ? sendBy(node) : (args) => send(key, args)))
    },
    primaries: async () =>
      (await Promise.all(client.masters.map((node) => client.nodeClient(node)))).map(sendBy),
  }
}
