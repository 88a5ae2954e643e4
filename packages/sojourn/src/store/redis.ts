// Sessions in Redis or Valkey: one server, Sentinel, or a cluster. All sessions of an owner are one hash, so every
// operation is one command or one script about one key: it happens wholly or not at all, and a cluster needs no
// transaction.
//
// Redis forgets keys by itself at their expiry. We give each an hour more than its sessions have: the rules judge the
// time, and a clock of Redis that is ahead must not sign anybody out.

import { configurationError } from '../core/errors.ts'
import type { Feed } from '../core/feed.ts'
import type { Browsable, Entry, Measurable, Store } from '../core/store.ts'
import type { Milliseconds } from '../core/time.ts'
import { browserOf } from './redis-browse.ts'
import { findingsOf } from './redis-check.ts'
import { redisThrough, type RedisClient } from './redis-client.ts'
import { entriesIn, entryIn, hashOf, keptUntil, restOf, tagOf, valueOf } from './redis-entries.ts'
import { feedIn } from './redis-feed.ts'
import { waiter } from './redis-replicas.ts'
import * as scripts from './redis-scripts.ts'
import { run } from './redis-scripts.ts'

export interface RedisStoreOptions {
  readonly client: RedisClient
  /**
   * A connection of its own for following the feed, such as `client.duplicate()`: it spends its life waiting. Without
   * one this node hears of no logout elsewhere, so it trusts no access token without asking the store.
   */
  readonly follower?: RedisClient
  /** Begins every key. Default: `sj:`. */
  readonly prefix?: string
  /** How long to wait for an answer, in milliseconds, before the store counts as unavailable. Default: 1,000. */
  readonly timeout?: Milliseconds
  /**
   * What a sign-out waits for where Redis replicates: that this many replicas have it, for at most so many milliseconds
   * (`WAIT`). If fewer have by then it rejects, and the sign-out is not answered. `covers: 'writes'` is for sign-ins,
   * refreshes and changes too: then nothing that was answered is lost in a fail-over. Default: none.
   */
  readonly replicas?: {
    readonly count: number
    readonly within: Milliseconds
    /** Default: `sign-outs`. */
    readonly covers?: 'sign-outs' | 'writes'
  }
  /** How long notices stay in the feed, in milliseconds: longer than an access token lives. Default: an hour. */
  readonly keepNotices?: Milliseconds
}

/** `scan` and `stats` read every key of every primary: they are for administrators, not for requests. */
export interface RedisStore extends Store, Feed, Browsable, Measurable {
  /**
   * What in the settings of these servers endangers sessions, a sentence each; none is the good answer. Ask at the start
   * and log what it says.
   */
  check(): Promise<readonly string[]>
}

const anHour = 3_600_000

/** A store in Redis, and the feed of its nodes. It does not open or close the clients. */
export function redisStore(options: RedisStoreOptions): RedisStore {
  const { client, follower, prefix = 'sj:', timeout = 1000, replicas, keepNotices = anHour } = options
  checkOptions(options)
  const redis = redisThrough(client, timeout)
  const settled = waiter(redis, replicas && redisThrough(client, timeout + replicas.within), replicas)
  const written = async (reply: unknown, { id, version }: Entry): Promise<boolean> => {
    if (reply !== 1) return false
    if (replicas?.covers === 'writes')
      await settled(hashOf(prefix, id), { kept: { field: restOf(id), version } })
    return true
  }
  return {
    ...feedIn(redis, follower && redisThrough(follower, Infinity), { prefix, keepNotices, settled }),
    ...browserOf(redis, prefix),
    check: () => findingsOf(redis, replicas?.count ?? 0),
    async insert(entry) {
      checkPartition(entry)
      const args = [restOf(entry.id), valueOf(entry), keptUntil(entry)]
      return written(await run(redis.send, scripts.insert, hashOf(prefix, entry.id), args), entry)
    },
    async find(id) {
      const hash = hashOf(prefix, id)
      const value = await redis.send(hash, ['HGET', hash, restOf(id)])
      return value === null ? undefined : entryIn(tagOf(id), restOf(id), value)
    },
    async replace(entry) {
      checkPartition(entry)
      const args = [restOf(entry.id), valueOf(entry), keptUntil(entry), String(entry.version - 1)]
      return written(await run(redis.send, scripts.replace, hashOf(prefix, entry.id), args), entry)
    },
    async remove(id) {
      const hash = hashOf(prefix, id)
      const removed = (await redis.send(hash, ['HDEL', hash, restOf(id)])) === 1
      await settled(hash, { gone: [restOf(id)] })
      return removed
    },
    async list(owner) {
      const found = entriesIn(tagOf(owner), await run(redis.send, scripts.list, hashOf(prefix, owner), []))
      return found.filter((entry) => entry.owner === owner)
    },
    async removeAll(owner, except) {
      const hash = hashOf(prefix, owner)
      const spared = except !== undefined && tagOf(except) === tagOf(owner) ? [restOf(except)] : []
      const fields = (await run(redis.send, scripts.removeAll, hash, [restOf(owner), ...spared])) as string[]
      await settled(hash, { gone: fields })
      return fields.map((field) => tagOf(owner) + field)
    },
  }
}

function checkPartition({ id, owner }: Entry): void {
  if (tagOf(id) !== tagOf(owner))
    throw new Error('An id must begin with the first eight characters of its owner')
}

function checkOptions(options: RedisStoreOptions): void {
  const { client, follower, prefix = '', timeout = 1, replicas, keepNotices = 1 } = options
  const faults: string[] = []
  const { covers = 'sign-outs', ...numbers } = replicas ?? {}
  for (const [name, value] of Object.entries({ timeout, keepNotices, ...numbers }))
    if (!Number.isInteger(value) || value < 1) faults.push(`${name} is not a whole number from 1`)
  if (covers !== 'sign-outs' && covers !== 'writes')
    faults.push(`replicas.covers must be 'sign-outs' or 'writes'`)
  if (/[{}]/.test(prefix)) faults.push('prefix contains { or }, which would put all keys into one slot')
  if (follower === client)
    faults.push('follower is the client itself; it waits all the time, so give it a connection of its own')
  if (hasKeyPrefix(client) || (follower && hasKeyPrefix(follower)))
    faults.push('the client has a keyPrefix, which not every command heeds; use prefix instead')
  if (replicas && !redisThrough(client, 0).together) {
    faults.push(
      'replicas needs a client with one connection to each server: createClient or createCluster of redis, or ioredis',
    )
  }
  if (faults.length > 0) throw configurationError('redisStore was given options that cannot be used', faults)
}

function hasKeyPrefix(client: RedisClient): boolean {
  const { options } = client as { readonly options?: { readonly keyPrefix?: unknown } }
  return Boolean(options?.keyPrefix)
}
