// The other processes of the same server. With one process there are none.

import type { Told } from '../events/event-log.ts'
import type { Family } from '../metrics/registry.ts'

export interface Siblings {
  /** What every process has counted, this one included. */
  families(own: readonly Family[]): Promise<readonly (readonly Family[])[]>
  /** Tells an event to every process, this one included; false if there is only this one. */
  tell(event: Told['event']): boolean
}

export const alone: Siblings = {
  families: async (own) => [own],
  tell: () => false,
}
