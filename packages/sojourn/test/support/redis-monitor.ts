// What a Redis server is asked, as it sees it: MONITOR, over a connection of its own.

import { once } from 'node:events'
import { connect } from 'node:net'

import type { RedisServer } from './redis.ts'
import { until } from './redis.ts'

export interface Asked {
  /** The command and its arguments. */
  readonly words: readonly string[]
  /** Whether a script did it, in place of a client. */
  readonly byScript: boolean
}

/** Watches servers during a piece of work; resolves to everything that they did for it. */
export async function watched(
  servers: readonly RedisServer[],
  work: () => Promise<unknown>,
): Promise<readonly Asked[]> {
  const monitors = await Promise.all(servers.map(monitor))
  await work()
  return (await Promise.all(monitors.map((stop) => stop()))).flat()
}

async function monitor(server: RedisServer): Promise<() => Promise<Asked[]>> {
  // Connected before, so that the greeting of the connection for tests is not taken for work.
  await server.command('PING')
  const socket = connect(server.port, '127.0.0.1')
  let text = ''
  socket.on('data', (data: Buffer) => (text += data.toString()))
  await once(socket, 'connect')
  socket.write('MONITOR\r\n')
  await until(async () => text.includes('+OK'))
  return async () => {
    const mark = `the end ${performance.now()}`
    await server.command('ECHO', mark)
    await until(async () => text.includes(mark))
    socket.destroy()
    const lines = text.split('\r\n').filter((line) => / \[\d+ /.test(line) && !line.includes(mark))
    return lines.map((line) => ({
      words: [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word!),
      byScript: / \[\d+ lua\] /.test(line),
    }))
  }
}
