// Bringing what is encrypted under the newest secret, on a schedule, by one of all the nodes: whoever takes the lease first.
// It goes page by page within a budget, and the next turn goes on where this one stopped, on whichever node. Once it is done
// for a secret there is nothing to do until there is a newer one, and a turn costs a read.

import { configurationError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { after } from '../core/system.ts'
import { milliseconds, type Duration, type Milliseconds } from '../core/time.ts'
import type { Renewed } from '../core/verbs/data-keys.ts'
import { Lease } from './lease.ts'

export interface DataKeyRenewerOptions {
  /** How often. Default: every 10 minutes. */
  readonly every?: Duration
  /** How long to go on. Default: 10 seconds. */
  readonly budget?: Duration
  /** How long after a node has died at it another one takes over. Default: 30 seconds. */
  readonly lease?: Duration
  /** Hears of turns that failed, such as while the store is down. The next one comes as planned. */
  readonly onError?: (error: unknown) => void
}

export interface DataKeyRenewer {
  /** Does a turn now. Resolves to undefined if another node is at it. Rejects as `dataKeys.renew` does. */
  renew(): Promise<Renewed | undefined>
  /** No turn begins any more; one that is under way ends after its page. Never rejects. */
  stop(): Promise<void>
}

/** Starts it. Throws one `config_invalid` that lists every fault. It keeps no process alive. */
export function startDataKeyRenewer<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: DataKeyRenewerOptions = {},
): DataKeyRenewer {
  const { every, budget, span } = readOptions(options)
  const { store, clock, clockTolerance } = sojourn.settings
  let isStopped = false
  let working: Promise<Renewed | undefined> | undefined
  let cancel = (): void => {}

  async function turn(evenIfNotDue: boolean): Promise<Renewed | undefined> {
    const lease = new Lease({
      store,
      work: 'data keys',
      span,
      longestPause: every,
      tolerance: clockTolerance,
    })
    if (!(await lease.take(clock(), evenIfNotDue))) return undefined
    let renewedAt = clock()
    let isOurs = true
    const goOn = async (): Promise<boolean> => {
      const now = clock()
      if (now - renewedAt >= span / 3) {
        isOurs = await lease.renew(now)
        renewedAt = now
      }
      return isOurs && !isStopped
    }
    const renewed = await sojourn.dataKeys.renew({ budget, goOn })
    if (isOurs) await lease.release(clock(), clock() + (renewed.done ? every * shortest : 0))
    return renewed
  }

  function renew(evenIfNotDue: boolean): Promise<Renewed | undefined> {
    working ??= turn(evenIfNotDue).finally(() => (working = undefined))
    return working
  }

  function plan(): void {
    cancel = after(every, () => {
      void renew(false)
        .catch((error: unknown) => options.onError?.(error))
        .finally(() => {
          if (!isStopped) plan()
        })
    })
  }

  plan()
  return {
    renew: () => renew(true),
    async stop() {
      isStopped = true
      cancel()
      await working?.catch(() => {})
    },
  }
}

// Of the time between two turns.
const shortest = 0.9

function readOptions({
  every = '10m',
  budget = '10s',
  lease = '30s',
}: DataKeyRenewerOptions): Record<'every' | 'budget' | 'span', Milliseconds> {
  const faults: string[] = []
  const read = (name: string, duration: Duration): Milliseconds => {
    const span = milliseconds(duration)
    if (span === undefined)
      faults.push(`${name} is ${JSON.stringify(duration)}; write a duration such as '10m'`)
    return span ?? 1
  }
  const spans = { every: read('every', every), budget: read('budget', budget), span: read('lease', lease) }
  if (faults.length > 0)
    throw configurationError('startDataKeyRenewer was given options that cannot be used', faults)
  return spans
}
