// How much time has passed, told by two clocks that can each be wrong. The monotonic one stands still while a laptop
// sleeps; the wall clock may show any time and can be set while we look. Where the wall clock has gone ahead by more than
// a second of what the other says, the device has slept, or somebody has set the clock: both count as time passed. That
// can only make a deadline come early, and then the server is asked: no clock of the client ever ends a session.

import type { Platform } from './platform.ts'

const slack = 1000

export class Stopwatch {
  readonly #platform: Pick<Platform, 'monotonic' | 'wall'>
  #slept = 0
  #offset: number

  constructor(platform: Pick<Platform, 'monotonic' | 'wall'>) {
    this.#platform = platform
    this.#offset = platform.wall() - platform.monotonic()
  }

  /** Milliseconds since some moment; never fewer than before. */
  now(): number {
    const monotonic = this.#platform.monotonic()
    const offset = this.#platform.wall() - monotonic
    const jump = offset - this.#offset
    if (Math.abs(jump) > slack) {
      this.#offset = offset
      if (jump > 0) this.#slept += jump
    }
    return monotonic + this.#slept
  }
}
