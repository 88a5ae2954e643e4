// On node:http with sessions in Redis, where the feed brings what others have decided.

import { createSojourn } from 'sojourn'
import { redisStore } from 'sojourn/redis'

import { redisConnection } from '../../servers.ts'
import type { Layers } from './layer.ts'
import { sojournOnNode } from './node.ts'

export interface BusyOptions {
  readonly url: string
  readonly secret: string
}

/** `redis` carries the secret as well, which the one who revokes must share. */
export const layers: Layers = {
  'Sojourn on Redis': {
    kind: 'ours',
    async listen(redis) {
      const { url, secret } = JSON.parse(redis) as BusyOptions
      const [client, follower] = [redisConnection(url), redisConnection(url)]
      await Promise.all([client.connect(), follower.connect()])
      const store = redisStore({ client, follower, timeout: 30_000 })
      return sojournOnNode(
        createSojourn({ issuer: 'https://app.example', environment: 'bench', secrets: [secret], store }),
      )
    },
  },
}
