// Waiting until replicas have a removal. Redis answers before its replicas know, so a primary that dies then takes the
// removal with it, and the session is back. With `replicas` a sign-out is answered only when that cannot happen.

import type { Milliseconds } from '../core/time.ts'
import type { Redis } from './redis-client.ts'

/** Resolves when enough replicas have everything that was written about a key; the fields must be gone from it. */
export type Settled = (hash: string, gone: readonly string[]) => Promise<void>

const fenceLifetime = '1000'

/** Rejects, rather than pretend, if too few replicas have it in time or if the primary was replaced meanwhile. */
export function waiter(
  redis: Redis,
  patient: Redis | undefined,
  replicas: { readonly count: number; readonly within: Milliseconds } | undefined,
): Settled {
  const together = patient?.together
  if (!replicas || !together) return async () => {}
  return async (hash, gone) => {
    const [, reached] = await together(hash, [
      // WAIT answers for what this very connection has written. After a repeated sign-out, or a lost connection, that is
      // nothing; so we write something, and what was written before, by whomever, comes before it.
      ['SET', `${hash}:wait`, '', 'PX', fenceLifetime],
      ['WAIT', String(replicas.count), String(replicas.within)],
    ])
    if (Number(reached) < replicas.count) {
      throw new Error(
        `Only ${Number(reached)} of ${replicas.count} replicas confirmed the removal within ${replicas.within} ms`,
      )
    }
    if (gone.length === 0) return
    // Had a replica without the removal become the primary in between, it would have been the one to answer.
    const found = (await redis.send(hash, ['HMGET', hash, ...gone])) as unknown[]
    if (found.some((value) => value !== null))
      throw new Error('The primary was replaced by one that does not have the removal')
  }
}
