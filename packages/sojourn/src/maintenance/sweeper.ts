// Removing what has expired, on a schedule, by one of all the nodes. It goes in small batches with room for requests between
// them, and stops when its budget is spent; what is left is for the next time, on whichever node. Once an hour one of them
// also takes out of live sessions what has been kept for long enough. What lives is never touched: the store compares with
// an instant that was read before the first batch.

import { configurationError } from '../core/errors.ts'
import { isLimited } from '../core/retention.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Duration, Milliseconds } from '../core/time.ts'
import { sweepableIn, type Swept } from '../core/verbs/sweep.ts'
import { readSpans, soonest, startLeasedWork, type LeasedJob } from './leased-work.ts'

export interface SweeperOptions {
  /** How often. Default: every minute. */
  readonly every?: Duration
  /** How many entries to remove at once. Default: 500. */
  readonly batch?: number
  /** How long to go on. Default: 10 seconds. */
  readonly budget?: Duration
  /** How long after a node has died at it another one takes over. Default: 30 seconds. */
  readonly lease?: Duration
  /** Hears of sweeps that failed, such as while the store is down. The next one comes as planned. */
  readonly onError?: (error: unknown) => void
}

export interface Sweeper {
  /**
   * Sweeps now, whenever the last sweep was. Resolves to undefined if another node is at it. Rejects with
   * `store_unavailable`; what was removed until then stays removed.
   */
  sweep(): Promise<Swept | undefined>
  /** No sweep begins any more; one that is under way ends after its batch, and lets others go on. Never rejects. */
  stop(): Promise<void>
}

const retainEvery: Milliseconds = 3_600_000

/** Starts sweeping. Throws one `config_invalid` that lists every fault. It keeps no process alive. */
export function startSweeper<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: SweeperOptions = {},
): Sweeper {
  const { every, batch, budget, lease } = readOptions(options)
  const { settings } = sojourn
  const isNeeded = sweepableIn(settings).length > 0
  const retains = isLimited(settings.retention)
  const chance = (): number => chanceFrom(settings.random)
  const sweep: LeasedJob<Swept> = {
    name: 'sweep',
    every,
    work: (goOn) => sojourn.sweep({ batch, budget, goOn }),
  }
  const { now, stop } = startLeasedWork({
    settings,
    lease,
    first: isNeeded || retains ? every * (0.5 + 0.5 * chance()) : undefined,
    // By chance a little earlier or later: nodes that started together do not stay together.
    next: () => every * (soonest + 0.2 * chance()),
    async turn(once) {
      // A store that forgets by itself has nothing to agree on.
      const swept = isNeeded ? await once(sweep) : { removed: 0, took: 0, done: true, left: 0 }
      if (retains) await once(retainBy(sojourn))
      return swept
    },
    onError: options.onError,
  })
  return { sweep: now, stop }
}

// Reads the whole store, so it comes much less often than a sweep.
function retainBy<Claims, Data>(sojourn: Sojourn<Claims, Data>): LeasedJob<{ readonly done: boolean }> {
  return {
    name: 'retain',
    every: retainEvery,
    async work(goOn) {
      let done = true
      await sojourn.retain(async () => (done = await goOn()))
      return { done }
    },
  }
}

/** From 0 to 1. */
function chanceFrom(random: (length: number) => Uint8Array): number {
  const [high = 0, low = 0] = random(2)
  return (high * 256 + low) / 65_535
}

function readOptions({
  every = '1m',
  batch = 500,
  budget = '10s',
  lease = '30s',
}: SweeperOptions): Record<'every' | 'batch' | 'budget' | 'lease', number> {
  const faults: string[] = []
  const spans = readSpans({ every, budget, lease }, faults)
  if (!Number.isInteger(batch) || batch < 1 || batch > 10_000)
    faults.push('batch is not a whole number from 1 to 10,000')
  if (faults.length > 0)
    throw configurationError('startSweeper was given options that cannot be used', faults)
  return { ...spans, batch }
}
