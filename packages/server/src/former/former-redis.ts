// connect-redis: a key for each session, JSON, that expires by itself.

import { createClient } from 'redis'
import { SojournError } from 'sojourn'

import type { RedisLocation } from '../store-url.ts'
import {
  pageSize,
  sessionIn,
  type FormerRow,
  type FormerStore,
  type FormerStoreOptions,
} from './former-store.ts'

// Without a time to live, a session stays until somebody removes it (`disableTTL`).
const forGood = 400 * 24 * 3_600_000

export async function openFormerRedis(
  location: RedisLocation,
  { prefix = 'sess:' }: FormerStoreOptions,
): Promise<FormerStore> {
  const [server] = location.servers
  if (location.isCluster || !server)
    throw new SojournError('request_malformed', {
      detail: '--from names a cluster: name one of its primaries after the other, as redis://HOST:PORT.',
    })
  const { username, password, database } = location
  const client = createClient({
    socket: {
      host: server.host,
      port: server.port,
      ...(location.isEncrypted ? { tls: true } : {}),
      connectTimeout: 5000,
      reconnectStrategy: false,
    },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
  })
  // Whatever is lost while we read fails the command that is under way.
  client.on('error', () => {})
  await client.connect()
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`
  return {
    shown: `${location.shown} ${prefix}`,
    count: () => client.dbSize(),
    async *pages() {
      for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: pageSize }))
        yield (await Promise.all(keys.map(rowAt))).filter((row) => row !== undefined)
    },
    close: async () => client.destroy(),
  }

  async function rowAt(key: string): Promise<FormerRow | undefined> {
    const [text, left] = await Promise.all([client.get(key), client.pTTL(key)])
    if (text === null) return undefined
    const expiresAt = Date.now() + (left < 0 ? forGood : left)
    return { name: key.slice(prefix.length), session: sessionIn(text), expiresAt }
  }
}
