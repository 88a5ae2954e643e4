// Nodes of an application on one Redis: each with a client and a follower of its own.

import { redisStore, type RedisStore, type RedisStoreOptions } from '../../src/redis.ts'
import { nodeOn, withNodesOf, type Node, type NodeSettings } from './nodes.ts'
import type { OpenedClient } from './redis-clients.ts'

export { refusalOf } from './nodes.ts'

export interface RedisNode extends Node {
  readonly store: RedisStore
  /** Cuts the node off from the feed. */
  cut(): Promise<void>
}

export interface NodeOptions {
  readonly store?: Partial<RedisStoreOptions>
  readonly sojourn?: NodeSettings
}

export async function openNode(
  open: () => Promise<OpenedClient>,
  { store: storeOptions, sojourn: settings }: NodeOptions = {},
): Promise<RedisNode> {
  const opened = await open()
  const follower = await opened.follower()
  const store = redisStore({ client: opened.client, follower: follower.client, ...storeOptions })
  const release = async (): Promise<void> => {
    await follower.close()
    await opened.close()
  }
  return { ...nodeOn(store, release, settings), store, cut: () => follower.close() }
}

/** Opens nodes, waits until the others hear the first, tells a story with them, and closes them. */
export async function withNodes(
  opening: readonly Promise<RedisNode>[],
  story: (...nodes: readonly RedisNode[]) => Promise<void>,
): Promise<void> {
  await withNodesOf(await Promise.all(opening), story)
}
