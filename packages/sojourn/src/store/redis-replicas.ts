// Waiting until replicas have what was written. Redis answers before its replicas know, so a primary that dies then takes
// it along: a session that was signed out is back, a change is gone. With `replicas` a sign-out, or every write, is
// answered only when that cannot happen.

import type { Milliseconds } from '../core/time.ts'
import type { Redis } from './redis-client.ts'

/** What must be found in a hash afterwards: fields that are gone, or one that has reached a version. */
export interface Written {
  readonly gone?: readonly string[]
  readonly kept?: { readonly field: string; readonly version: number }
}

/** Resolves when enough replicas have everything that was written about a key. */
export type Settled = (hash: string, written?: Written) => Promise<void>

const fenceLifetime = '1000'

/** Rejects, rather than pretend, if too few replicas have it in time or if the primary was replaced meanwhile. */
export function waiter(
  redis: Redis,
  patient: Redis | undefined,
  replicas: { readonly count: number; readonly within: Milliseconds } | undefined,
): Settled {
  const together = patient?.together
  if (!replicas || !together) return async () => {}
  return async (hash, { gone = [], kept } = {}) => {
    const [, reached] = await together(hash, [
      // WAIT answers for what this very connection has written. After a repeated sign-out, or a lost connection, that is
      // nothing; so we write something, and what was written before, by whomever, comes before it.
      ['SET', `${hash}:wait`, '', 'PX', fenceLifetime],
      ['WAIT', String(replicas.count), String(replicas.within)],
    ])
    if (Number(reached) < replicas.count) {
      throw new Error(
        `Only ${Number(reached)} of ${replicas.count} replicas confirmed the write within ${replicas.within} ms`,
      )
    }
    const fields = kept ? [...gone, kept.field] : gone
    if (fields.length === 0) return
    // Had a replica without the write become the primary in between, it would have been the one to answer.
    const found = (await redis.send(hash, ['HMGET', hash, ...fields])) as (string | null)[]
    const isThere = kept === undefined || Number.parseInt(found.pop() ?? '0', 10) >= kept.version
    if (!isThere || found.some((value) => value !== null))
      throw new Error('The primary was replaced by one that does not have the write')
  }
}
