// A bound on what refusals can set off (P58): a route that always says no, or a page that asks it in a loop, costs a few
// questions a minute and no more. What comes above it is handed to the caller as it is.

import type { Stopwatch } from './stopwatch.ts'

const most = 6
const per = 60_000

export class Budget {
  readonly #stopwatch: Stopwatch
  #spent: readonly number[] = []

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch
  }

  /** Whether one more is allowed; it then counts. */
  take(): boolean {
    const now = this.#stopwatch.now()
    this.#spent = this.#spent.filter((at) => now - at < per)
    if (this.#spent.length >= most) return false
    this.#spent = [...this.#spent, now]
    return true
  }
}
