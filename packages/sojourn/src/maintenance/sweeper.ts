// Removing what has expired, on a schedule, by one of all the nodes: whoever takes the lease first. It goes in small
// batches with room for requests between them, and stops when its budget is spent; what is left is for the next time, on
// whichever node. Once an hour one of them also takes out of live sessions what has been kept for long enough. A node that dies at it is replaced once its lease has run out. What lives is never touched: the store
// compares with an instant that was read before the first batch.

import { configurationError } from '../core/errors.ts'
import { isLimited } from '../core/retention.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { after } from '../core/system.ts'
import { milliseconds, type Duration, type Milliseconds } from '../core/time.ts'
import { sweepableIn, type Swept } from '../core/verbs/sweep.ts'
import { Lease } from './lease.ts'

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

// Of the time between two sweeps.
const shortest = 0.9
const retainEvery: Milliseconds = 3_600_000

/** Starts sweeping. Throws one `config_invalid` that lists every fault. It keeps no process alive. */
export function startSweeper<Claims, Data>(
  sojourn: Sojourn<Claims, Data>,
  options: SweeperOptions = {},
): Sweeper {
  const { every, batch, budget, span } = readOptions(options)
  const { store, clock, clockTolerance, random, retention } = sojourn.settings
  const isNeeded = sweepableIn(sojourn.settings).length > 0
  const retains = isLimited(retention)
  const newLease = (work: string, longestPause: Milliseconds): Lease =>
    new Lease({ store, work, span, longestPause, tolerance: clockTolerance })
  let isStopped = false
  let working: Promise<Swept | undefined> | undefined
  let cancel = (): void => {}

  async function sweepOnce(evenIfNotDue: boolean): Promise<Swept | undefined> {
    // A store that forgets by itself has nothing to agree on.
    if (!isNeeded) return { removed: 0, took: 0, done: true, left: 0 }
    const lease = newLease('sweep', every)
    if (!(await lease.take(clock(), evenIfNotDue))) return undefined
    const goOn = held(lease)
    const swept = await sojourn.sweep({ batch, budget, goOn })
    // Other nodes' turns come in between; they find nothing to do unless something is left.
    if (goOn.isOurs) await lease.release(clock(), clock() + (swept.done ? every * shortest : 0))
    return swept
  }

  // Reads the whole store, so it comes much less often than a sweep.
  async function retainOnce(evenIfNotDue: boolean): Promise<void> {
    const lease = newLease('retain', retainEvery)
    if (!retains || !(await lease.take(clock(), evenIfNotDue))) return
    const goOn = held(lease)
    await sojourn.retain(goOn)
    if (goOn.isOurs) await lease.release(clock(), clock() + (isStopped ? 0 : retainEvery * shortest))
  }

  /** Asked between two steps of the work: renews the lease, and says whether it is still ours. */
  function held(lease: Lease): (() => Promise<boolean>) & { isOurs: boolean } {
    let renewedAt = clock()
    const goOn = async (): Promise<boolean> => {
      const now = clock()
      if (now - renewedAt >= span / 3) {
        goOn.isOurs = await lease.renew(now)
        renewedAt = now
      }
      return goOn.isOurs && !isStopped
    }
    goOn.isOurs = true
    return goOn
  }

  async function work(evenIfNotDue: boolean): Promise<Swept | undefined> {
    const swept = await sweepOnce(evenIfNotDue)
    await retainOnce(evenIfNotDue)
    return swept
  }

  function sweep(evenIfNotDue: boolean): Promise<Swept | undefined> {
    working ??= work(evenIfNotDue).finally(() => (working = undefined))
    return working
  }

  function plan(span: Milliseconds): void {
    cancel = after(span, () => {
      void sweep(false)
        .catch((error: unknown) => options.onError?.(error))
        .finally(() => {
          // By chance a little earlier or later: nodes that started together do not stay together.
          if (!isStopped) plan(every * (shortest + 0.2 * chance(random)))
        })
    })
  }

  if (isNeeded || retains) plan(every * (0.5 + 0.5 * chance(random)))
  return {
    sweep: () => sweep(true),
    async stop() {
      isStopped = true
      cancel()
      await working?.catch(() => {})
    },
  }
}

/** From 0 to 1. */
function chance(random: (length: number) => Uint8Array): number {
  const [high = 0, low = 0] = random(2)
  return (high * 256 + low) / 65_535
}

function readOptions({
  every = '1m',
  batch = 500,
  budget = '10s',
  lease = '30s',
}: SweeperOptions): Record<'every' | 'batch' | 'budget' | 'span', number> {
  const faults: string[] = []
  const read = (name: string, duration: Duration): Milliseconds => {
    const span = milliseconds(duration)
    if (span === undefined)
      faults.push(`${name} is ${JSON.stringify(duration)}; write a duration such as '1m'`)
    return span ?? 1
  }
  const spans = { every: read('every', every), budget: read('budget', budget), span: read('lease', lease) }
  if (!Number.isInteger(batch) || batch < 1 || batch > 10_000)
    faults.push('batch is not a whole number from 1 to 10,000')
  if (faults.length > 0)
    throw configurationError('startSweeper was given options that cannot be used', faults)
  return { ...spans, batch }
}
