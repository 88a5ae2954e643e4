// Time that stands still until a test says otherwise, so that no test sleeps.

import type { Clock } from '../core/system.ts'
import { milliseconds, type Duration, type Instant } from '../core/time.ts'

export interface ManualClock extends Clock {
  /** Lets time pass; resolves nothing and waits for nobody. Returns the instant it then is. */
  pass(duration: Duration): Instant
}

const newYear2026 = 1_767_225_600_000

/** A clock that shows `start` until time is passed. Default: the beginning of 2026, UTC. */
export function manualClock(start: Instant = newYear2026): ManualClock {
  let now = start
  const pass = (duration: Duration): Instant => {
    const span = milliseconds(duration)
    if (span === undefined)
      throw new RangeError(`'${duration}' is no duration; write '61s', '5m' or a number of seconds`)
    now += span
    return now
  }
  return Object.assign(() => now, { pass })
}
