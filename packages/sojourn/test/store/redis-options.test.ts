// Options of the Redis store that cannot work are refused when it is made.

import { Redis as IoRedis } from 'ioredis'
import { createClient, createClientPool, createSentinel } from 'redis'
import { describe, expect, it } from 'vitest'

import { redisStore, type RedisStoreOptions } from '../../src/redis.ts'

// None of these is connected.
const client = createClient()

describe('Redis store, its options', () => {
  const pool = createClientPool()
  const sentinel = createSentinel({ name: 'sessions', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
  const prefixed = new IoRedis({ lazyConnect: true, keyPrefix: 'app:' })
  const replicas = { count: 1, within: 100 }
  const refused: Readonly<Record<string, readonly [options: RedisStoreOptions, fault: RegExp]>> = {
    'a prefix with a hash tag': [{ client, prefix: '{app}:' }, /prefix contains \{ or \}/],
    'a follower that is the client': [{ client, follower: client }, /a connection of its own/],
    'a prefix of the client': [{ client: prefixed }, /keyPrefix/],
    'no time': [{ client, timeout: 0 }, /timeout is not a whole number/],
    'no replicas': [{ client, replicas: { count: 0, within: 100 } }, /count is not a whole number/],
    'a wait for ever': [{ client, replicas: { count: 1, within: 0 } }, /within is not a whole number/],
    'replicas that cover who knows what': [
      { client, replicas: { ...replicas, covers: 'everything' as 'writes' } },
      /covers must be 'sign-outs' or 'writes'/,
    ],
    'replicas through a pool': [{ client: pool, replicas }, /one connection to each server/],
    'replicas through a Sentinel client of redis': [
      { client: sentinel, replicas },
      /one connection to each server/,
    ],
  }
  for (const [name, [options, fault]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      expect(() => redisStore(options)).toThrow(fault)
    })
  }

  it('takes every kind of client where nothing waits for replicas', () => {
    for (const one of [client, pool, sentinel]) expect(redisStore({ client: one })).toHaveProperty('insert')
  })
})
