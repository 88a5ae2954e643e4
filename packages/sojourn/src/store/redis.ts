// Sessions in Redis or Valkey: one server, Sentinel, or a cluster. Every operation is one command or one script about one
// slot, so it happens wholly or not at all, and a cluster needs no transaction.
//
// Redis forgets keys by itself at their expiry. We give each an hour more than the session has: the rules judge the time,
// and a clock of Redis that is ahead must not sign anybody out.

import type { Entry, Store } from '../core/store.ts'
import { sender, withTimeout, type RedisClient, type Send } from './redis-client.ts'
import * as scripts from './redis-scripts.ts'
import type { Script } from './redis-scripts.ts'

export interface RedisStoreOptions {
  readonly client: RedisClient
  /** Begins every key. Default: `sj:`. */
  readonly prefix?: string
  /** How long to wait for an answer, in milliseconds, before the store counts as unavailable. Default: 1,000. */
  readonly timeout?: number
  /**
   * What a removal waits for where Redis replicates: this many replicas, for at most so many milliseconds (`WAIT`). If
   * fewer have answered by then it rejects, and the sign-out is not answered. Default: none.
   */
  readonly replicas?: { readonly count: number; readonly within: number }
}

const grace = 3_600_000
const partitionCharacters = 8

/** A store in Redis. It does not open or close the client. */
export function redisStore(options: RedisStoreOptions): Store {
  const { prefix = 'sj:', timeout = 1000, replicas } = options
  const send = withTimeout(sender(options.client), timeout)
  const keys = keysUnder(prefix)
  const run = (script: Script, of: readonly string[], args: readonly string[]): Promise<unknown> =>
    evaluate(send, script, of, args)
  const settled = async (key: string): Promise<void> => {
    if (!replicas) return
    const reached = Number(await send(key, ['WAIT', String(replicas.count), String(replicas.within)]))
    if (reached < replicas.count) {
      throw new Error(
        `Only ${reached} of ${replicas.count} replicas confirmed the removal within ${replicas.within} ms`,
      )
    }
  }
  return {
    async insert(entry) {
      const { session, index, member } = keys(entry.id)
      checkPartition(entry)
      const args = [valueOf(entry), keptUntil(entry), member(entry.owner)]
      return (await run(scripts.insert, [session, index], args)) === 1
    },
    async find(id) {
      const value = await send(keys(id).session, ['GET', keys(id).session])
      return typeof value === 'string' ? entryIn(id, value) : undefined
    },
    async replace(entry) {
      const { session, index, member } = keys(entry.id)
      const args = [valueOf(entry), keptUntil(entry), member(entry.owner), String(entry.version - 1)]
      return (await run(scripts.replace, [session, index], args)) === 1
    },
    async remove(id) {
      const { session, index, start } = keys(id)
      const removed = (await run(scripts.remove, [session, index], [start])) === 1
      await settled(session)
      return removed
    },
    async list(owner) {
      const { index } = keys(owner)
      const found = (await run(scripts.list, [index], [restOf(owner)])) as string[]
      const ids = found.filter((_, at) => at % 2 === 0)
      return ids.map((rest, at) => entryIn(tagOf(owner) + rest, found[2 * at + 1]!))
    },
    async removeAll(owner, except) {
      const { index } = keys(owner)
      const spared = except === undefined ? '\0' : restOf(except)
      const removed = (await run(scripts.removeAll, [index], [restOf(owner), spared])) as string[]
      await settled(index)
      return removed.map((rest) => tagOf(owner) + rest)
    },
  }
}

// ---------------------------------------------------------------------------------------------- keys and values

interface Keys {
  readonly session: string
  readonly index: string
  /** How the member of this id begins. */
  readonly start: string
  readonly member: (owner: string) => string
}

function keysUnder(prefix: string): (idOrOwner: string) => Keys {
  return (name) => {
    const index = `${prefix}{${slotName(tagOf(name))}}`
    const rest = restOf(name)
    const start = `${Buffer.byteLength(rest)}:${rest}`
    return { session: index + rest, index, start, member: (owner) => start + restOf(owner) }
  }
}

function tagOf(name: string): string {
  return name.slice(0, partitionCharacters)
}

function restOf(name: string): string {
  return name.slice(partitionCharacters)
}

// Ids of Sojourn are base64url. Whatever else somebody uses must not end the hash tag early.
function slotName(tag: string): string {
  return /^[A-Za-z0-9_-]+$/.test(tag) ? tag : `.${Buffer.from(tag).toString('hex')}`
}

function checkPartition({ id, owner }: Entry): void {
  if (tagOf(id) !== tagOf(owner))
    throw new Error('An id must begin with the first eight characters of its owner')
}

function keptUntil({ expiresAt }: Entry): string {
  return String(Math.max(1, Math.trunc(expiresAt + grace)))
}

function valueOf({ owner, version, expiresAt, state }: Entry): string {
  const rest = restOf(owner)
  return `${version};${expiresAt};${Buffer.byteLength(rest)};${rest}${state}`
}

function entryIn(id: string, value: string): Entry {
  const [version = '', expiresAt = '', length = ''] = value.split(';', 3)
  const text = value.slice(version.length + expiresAt.length + length.length + 3)
  const owner = ownerIn(text, Number(length))
  return {
    id,
    owner: tagOf(id) + owner,
    version: Number(version),
    expiresAt: Number(expiresAt),
    state: text.slice(owner.length),
  }
}

// The length counts bytes, as the scripts do; for all but exotic owners that is characters.
function ownerIn(text: string, bytes: number): string {
  const simple = text.slice(0, bytes)
  return Buffer.byteLength(simple) === bytes ? simple : Buffer.from(text).subarray(0, bytes).toString()
}

async function evaluate(
  send: Send,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args]
  try {
    return await send(keys[0]!, ['EVALSHA', script.sha, ...rest])
  } catch (error) {
    // A restart or SCRIPT FLUSH has made it forget the script; EVAL brings it back.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return send(keys[0]!, ['EVAL', script.text, ...rest])
  }
}
