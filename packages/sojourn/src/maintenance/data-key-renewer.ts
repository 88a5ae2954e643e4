// Bringing what is encrypted under the newest secret, on a schedule, by one of all the nodes. It goes page by page within a
// budget, and the next turn goes on where this one stopped, on whichever node. Once it is done for a secret there is nothing
// to do until there is a newer one, and a turn costs a read.

import { configurationError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Duration, Milliseconds } from '../core/time.ts'
import type { Renewed } from '../core/verbs/data-keys.ts'
import { readSpans, startLeasedWork } from './leased-work.ts'

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
  const { every, budget, lease } = readOptions(options)
  const { now, stop } = startLeasedWork({
    settings: sojourn.settings,
    lease,
    first: every,
    next: () => every,
    turn: (once) =>
      once({ name: 'data keys', every, work: (goOn) => sojourn.dataKeys.renew({ budget, goOn }) }),
    onError: options.onError,
  })
  return { renew: now, stop }
}

function readOptions({
  every = '10m',
  budget = '10s',
  lease = '30s',
}: DataKeyRenewerOptions): Record<'every' | 'budget' | 'lease', Milliseconds> {
  const faults: string[] = []
  const spans = readSpans({ every, budget, lease }, faults)
  if (faults.length > 0)
    throw configurationError('startDataKeyRenewer was given options that cannot be used', faults)
  return spans
}
