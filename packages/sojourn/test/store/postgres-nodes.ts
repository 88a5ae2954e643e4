// Nodes of an application on one PostgreSQL: each with clients of its own, and a second one for the feed alone.

import { postgresStore, type PostgresStore, type PostgresStoreOptions } from '../../src/postgres.ts'
import { nodeOn, type Node, type NodeSettings } from './nodes.ts'
import { openPostgres, type PostgresLibrary } from './postgres-clients.ts'

export interface PostgresNode extends Node {
  readonly store: PostgresStore
  /** What it follows; it asks the store through other connections. */
  readonly feed: PostgresStore
  /** Cuts the node off from the feed. */
  cut(): Promise<void>
}

export interface PostgresNodeOptions {
  readonly store?: Partial<PostgresStoreOptions>
  readonly sojourn?: NodeSettings
}

export function openPostgresNode(
  library: PostgresLibrary,
  url: string,
  { store: more, sojourn }: PostgresNodeOptions = {},
): PostgresNode {
  const [main, ear] = [openPostgres(library, url), openPostgres(library, url)]
  const store = postgresStore({ client: main.options.client, ...more })
  const feed = postgresStore({ ...ear.options, ...more })
  let cutting: Promise<void> | undefined
  const cut = (): Promise<void> => (cutting ??= ear.close())
  const release = async (): Promise<void> => {
    await cut()
    await main.close()
  }
  return { ...nodeOn(store, release, { feed, ...sojourn }), store, feed, cut }
}
