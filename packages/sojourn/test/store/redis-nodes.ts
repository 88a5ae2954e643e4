// Nodes of an application on one Redis: each with a client and a follower of its own.

import { createSojourn, SojournError, type Sojourn, type SojournOptions } from '../../src/index.ts'
import { redisStore, type RedisStore, type RedisStoreOptions } from '../../src/redis.ts'
import { until } from '../support/redis.ts'
import { issuer, secret } from '../support/secrets.ts'
import type { OpenedClient } from './redis-clients.ts'

type Words = Readonly<Record<string, unknown>>

export interface Node {
  readonly sojourn: Sojourn<Words, Words>
  readonly store: RedisStore
  /** Cuts the node off from the feed. */
  cut(): Promise<void>
  close(): Promise<void>
}

export interface NodeOptions {
  readonly store?: Partial<RedisStoreOptions>
  readonly sojourn?: Partial<SojournOptions<Words, Words>>
}

export async function openNode(
  open: () => Promise<OpenedClient>,
  { store: storeOptions, sojourn: sojournOptions }: NodeOptions = {},
): Promise<Node> {
  const opened = await open()
  const follower = await opened.follower()
  const store = redisStore({ client: opened.client, follower: follower.client, ...storeOptions })
  const sojourn = createSojourn<Words, Words>({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    ...sojournOptions,
  })
  return {
    sojourn,
    store,
    cut: () => follower.close(),
    async close() {
      sojourn.close()
      await follower.close()
      await opened.close()
    },
  }
}

/** Opens nodes, waits until the others hear the first, tells a story with them, and closes them. */
export async function withNodes(
  opening: readonly Promise<Node>[],
  story: (...nodes: readonly Node[]) => Promise<void>,
): Promise<void> {
  const nodes = await Promise.all(opening)
  const [first, ...others] = nodes as [Node, ...Node[]]
  try {
    const { session, accessToken } = await first.sojourn.create({ subject: 'somebody' })
    await first.sojourn.revoke(session.id)
    for (const other of others)
      await until(async () => (await refusalOf(other, accessToken)) === 'token_rejected')
    await story(...nodes)
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
}

/** Why a node refuses an access token; undefined if it does not. */
export async function refusalOf({ sojourn }: Node, accessToken: string): Promise<string | undefined> {
  try {
    await sojourn.verify(accessToken)
    return undefined
  } catch (error) {
    if (error instanceof SojournError) return error.code
    throw error
  }
}
