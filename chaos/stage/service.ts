// A store as the stage sees it: where each node finds it, and what may happen to it.

import type { StoreAddress } from '../node/address.ts'
import type { Fault } from './fault.ts'
import type { Nodes } from './nodes.ts'

export interface Service {
  /** Several nodes in one process, because the store lives in it. */
  readonly isInProcess: boolean
  addressFor(node: number): StoreAddress
  /** What can happen to it, once nodes are there. */
  faults(nodes: Nodes): readonly Fault[]
  /** Resolves when everything that belongs to it works again. */
  isWhole(): Promise<void>
  close(): Promise<void>
}
