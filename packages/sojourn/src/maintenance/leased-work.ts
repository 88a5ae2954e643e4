// Work that one of all the nodes is enough for, on a schedule: at each turn whoever takes the lease of a job first does it.
// The holder renews the lease between two steps, so a long job stays with it; a node that dies is replaced once the lease
// has run out, and one that was overtaken hears of it before its next step. When there is nothing left to do, the lease
// says so to the others, whose turns then pass the job by until it is due again. One node never works twice at once.

import type { Settings } from '../core/options.ts'
import { after } from '../core/system.ts'
import { milliseconds, type Duration, type Milliseconds } from '../core/time.ts'
import { Lease } from './lease.ts'

/** Asked between two steps of a job: whether to do the next. */
export type GoOn = () => Promise<boolean>

export interface LeasedJob<Result> {
  /** What it is called: the same for all nodes of the store. */
  readonly name: string
  /** How often it is due. */
  readonly every: Milliseconds
  readonly work: (goOn: GoOn) => Promise<Result>
}

/** What a job says when it ends. If it is not done, any node may go on at once. */
export interface Finished {
  readonly done: boolean
}

/** Does a job if its lease can be had. Resolves to undefined if another node is at it, or if it is not due. */
export type Once = <Result extends Finished>(job: LeasedJob<Result>) => Promise<Result | undefined>

export interface LeasedWorkOptions<Result> {
  readonly settings: Pick<Settings<never, never>, 'store' | 'clock' | 'clockTolerance'>
  /** How long after a node has died another one takes over. */
  readonly lease: Milliseconds
  /** When the first turn comes; undefined if none comes by itself. */
  readonly first: Milliseconds | undefined
  /** How long after a turn has ended the next one comes. */
  readonly next: () => Milliseconds
  /** What is done in a turn. */
  readonly turn: (once: Once) => Promise<Result>
  /** Hears of planned turns that failed. The next one comes as planned. */
  readonly onError: ((error: unknown) => void) | undefined
}

export interface LeasedWork<Result> {
  /** Does a turn now, whether its jobs are due or not, or joins the one under way. Rejects as the turn does. */
  readonly now: () => Promise<Result>
  /** No turn begins any more; the job that is under way ends after its step, and lets others go on. Never rejects. */
  readonly stop: () => Promise<void>
}

/** Of the time between two turns: a job is due again a little early, so that no turn of its own node finds it too early. */
export const soonest = 0.9

/** Starts it. It keeps no process alive. */
export function startLeasedWork<Result>(options: LeasedWorkOptions<Result>): LeasedWork<Result> {
  const { store, clock, clockTolerance: tolerance } = options.settings
  const { lease: span } = options
  let isStopped = false
  let working: Promise<Result> | undefined
  let cancel = (): void => {}

  async function once<Ended extends Finished>(
    { name, every, work }: LeasedJob<Ended>,
    evenIfNotDue: boolean,
  ): Promise<Ended | undefined> {
    const lease = new Lease({ store, work: name, span, longestPause: every, tolerance })
    if (!(await lease.take(clock(), evenIfNotDue))) return undefined
    let renewedAt = clock()
    let isOurs = true
    const ended = await work(async () => {
      const now = clock()
      if (now - renewedAt >= span / 3) {
        isOurs = await lease.renew(now)
        renewedAt = now
      }
      return isOurs && !isStopped
    })
    // Other nodes' turns come in between; they find nothing to do unless something is left.
    if (isOurs) await lease.release(clock(), clock() + (ended.done ? every * soonest : 0))
    return ended
  }

  function turn(evenIfNotDue: boolean): Promise<Result> {
    working ??= options.turn((job) => once(job, evenIfNotDue)).finally(() => (working = undefined))
    return working
  }

  function plan(pause: Milliseconds): void {
    cancel = after(pause, () => {
      void turn(false)
        .catch((error: unknown) => options.onError?.(error))
        .finally(() => {
          if (!isStopped) plan(options.next())
        })
    })
  }

  if (options.first !== undefined) plan(options.first)
  return {
    now: () => turn(true),
    async stop() {
      isStopped = true
      cancel()
      await working?.catch(() => {})
    },
  }
}

/** Durations in milliseconds. Adds a fault for each that is none. */
export function readSpans<Name extends string>(
  durations: Readonly<Record<Name, Duration>>,
  faults: string[],
): Record<Name, Milliseconds> {
  const spans = Object.entries<Duration>(durations).map(([name, duration]) => {
    const span = milliseconds(duration)
    if (span === undefined)
      faults.push(`${name} is ${JSON.stringify(duration)}; write a duration such as '1m'`)
    return [name, span ?? 1]
  })
  return Object.fromEntries(spans) as Record<Name, Milliseconds>
}
