// The Redis clients that people already have, described by what is used of them: `redis` (node-redis 5 and 6) and
// `ioredis` (5 and 6), each for one server, for Sentinel and for a cluster. Nothing of them is imported.

/** A client of `redis` for one server. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** A client of `redis` for a cluster: it wants to know the key, to find the node. */
export interface NodeRedisCluster {
  readonly masters: unknown
  sendCommand(key: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
}

/** A client of `ioredis`, for one server or a cluster. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>
}

export type RedisClient = NodeRedisClient | NodeRedisCluster | IoRedisClient

/** Sends one command about one key. Commands of one caller about one key arrive in the order they were sent. */
export type Send = (key: string, args: readonly string[]) => Promise<unknown>

/** The one way to send, whichever client it is. */
export function sender(client: RedisClient): Send {
  if ('call' in client) return (_, [command, ...args]) => client.call(command!, ...args)
  if ('masters' in client) return (key, args) => client.sendCommand(key, false, [...args])
  return (_, args) => client.sendCommand([...args])
}

/** A command that did not answer in time. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout'
}

/** The same, but a command that gets no answer for so long rejects: a client of a dead server must not hang. */
export function withTimeout(send: Send, milliseconds: number): Send {
  return async (key, args) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new RedisTimeout(`Redis gave no answer within ${milliseconds} ms`)),
        milliseconds,
      )
    })
    try {
      return await Promise.race([send(key, args), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}
