// Redis as a store: two connections, one for sessions and one that follows the feed, with settings that let no request
// hang and no fail-over end the process.

import type { Logger } from 'pino'
import { createClient, createCluster } from 'redis'
import { redisJournal, redisStore, type RedisClient } from 'sojourn/redis'

import type { OpenJournal } from './audit/open-trail.ts'
import type { OpenStore } from './open-store.ts'
import { watchConnections, type Beating } from './redis-heartbeat.ts'
import { lossReporter, withinStart } from './store-life.ts'
import type { RedisLocation } from './store-url.ts'

/** For an answer of Redis, in milliseconds. Whoever asks gets 503 then. */
const timeout = 1000
const connectTimeout = 2000
const longestPause = 400
// Of the audit trail, which Redis keeps in memory: some 200 MB.
const mostLines = 500_000

interface Connection {
  readonly client: RedisClient
  connect(): Promise<unknown>
  destroy(): void
  /** Its connections to single servers. */
  parts(): Promise<readonly Beating[]>
}

/** Rejects if it cannot be reached. */
export async function openRedis(location: RedisLocation, log: Logger): Promise<OpenStore> {
  const { shown, prefix, replicas } = location
  const life = { hasStarted: false }
  const report = lossReporter(log, shown)
  // What is wrong at the start is told by whoever starts us.
  const tellLoss = (error: unknown): void => void (life.hasStarted && report(error))
  const connections = [
    connectionTo(location, life, tellLoss),
    connectionTo(location, life, tellLoss),
  ] as const
  let stopWatching = (): void => {}
  const close = async (): Promise<void> => {
    stopWatching()
    for (const connection of connections) connection.destroy()
  }
  try {
    await withinStart(Promise.all(connections.map((connection) => connection.connect())), shown)
    const [{ client }, { client: follower }] = connections
    const where = { client, timeout, ...(prefix === undefined ? {} : { prefix }) }
    const store = redisStore({ ...where, follower, ...(replicas ? { replicas } : {}) })
    for (const finding of await store.check()) log.warn({ store: shown }, finding)
    life.hasStarted = true
    stopWatching = watchConnections(async () =>
      (await Promise.all(connections.map((connection) => connection.parts()))).flat(),
    )
    const openJournal = (): OpenJournal => ({
      journal: redisJournal(where),
      keepMost: mostLines,
      close: () => {},
    })
    return { store, shown: `sessions in ${shown}`, openJournal, close }
  } catch (error) {
    await close()
    throw error
  }
}

function connectionTo(
  location: RedisLocation,
  life: { readonly hasStarted: boolean },
  tellLoss: (error: unknown) => void,
): Connection {
  const { isCluster, isEncrypted, servers, username, password, database, replicas } = location
  const socket = {
    connectTimeout,
    // At the start it is better to say what is wrong than to go on trying.
    reconnectStrategy: (attempt: number, cause: Error) =>
      life.hasStarted ? Math.min(longestPause, 20 * 2 ** Math.min(attempt, 5)) : cause,
    ...(isEncrypted ? { tls: true as const } : {}),
  }
  const common = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // What waits for a connection for so long is not sent any more.
    commandOptions: { timeout: timeout + (replicas?.within ?? 0) },
  }
  if (isCluster) {
    const rootNodes = servers.map((server) => ({ socket: { ...socket, ...server } }))
    const client = createCluster({ rootNodes, defaults: { ...common, socket } })
    client.on('error', tellLoss)
    return {
      client,
      connect: () => client.connect(),
      destroy: () => client.destroy(),
      parts: () => Promise.all(client.masters.map((node) => client.nodeClient(node))),
    }
  }
  const client = createClient({ ...common, socket: { ...socket, ...servers[0]! }, database })
  client.on('error', tellLoss)
  const [connect, destroy] = [() => client.connect(), () => client.destroy()]
  return { client, connect, destroy, parts: async () => [client] }
}
