// How a node is told where its store is, and the rest that it has to know. It goes to the process as JSON.

/** Where a store is, as this one node reaches it. */
export type StoreAddress =
  /** One process, several nodes in it. `isWrong`: a store with a fault planted, which a run has to find. */
  | { readonly kind: 'memory'; readonly isWrong: boolean }
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'redis'; readonly library: RedisLibrary; readonly port: number }
  | {
      readonly kind: 'redis-cluster'
      readonly library: RedisLibrary
      /** Of some nodes of the cluster, as this node reaches them. */
      readonly ports: readonly number[]
      /** Where this node reaches what the cluster calls `host:port`. */
      readonly map: Readonly<Record<string, { readonly host: string; readonly port: number }>>
      /** What waits for the replica of its primary. */
      readonly waiting?: 'sign-outs' | 'writes'
    }
  | { readonly kind: 'postgres'; readonly library: PostgresLibrary; readonly port: number }

export type PostgresLibrary = 'pg' | 'postgres'
export type RedisLibrary = 'redis' | 'ioredis'

export interface NodeConfig {
  readonly name: string
  /** One Sojourn for each, all on the one store that this process opens. */
  readonly ports: readonly number[]
  readonly store: StoreAddress
  readonly seed: number
  /** Where to write what Sojourn tells its listeners, for those who look for the cause of something. */
  readonly folder: string
}
