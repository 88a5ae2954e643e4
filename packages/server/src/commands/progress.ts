// How far a long command is: a bar where a person looks, and lines now and then where a log does.

import { progress } from '@clack/prompts'

import { isWatched, note } from './output.ts'

export interface Progress {
  advance(count: number): void
  /** Takes the bar away; what is to be said about the result is said by the command. */
  stop(): void
}

export interface ProgressOptions {
  /** What is being done: `Copying sessions`. */
  readonly doing: string
  /** How many there are, as far as anybody knows. */
  readonly total: number
}

// Of the whole, between two lines.
const step = 0.05

export function startProgress({ doing, total }: ProgressOptions): Progress {
  const most = Math.max(1, total)
  let done = 0
  if (isWatched()) {
    const bar = progress({ max: most, output: process.stderr })
    bar.start(doing)
    return {
      advance(count) {
        done += count
        bar.advance(count, `${doing}: ${done} of ${most}`)
      },
      stop: () => bar.stop(`${doing}: ${done}`),
    }
  }
  let told = 0
  return {
    advance(count) {
      done += count
      if (done - told < most * step) return
      told = done
      note(`${doing}: ${done} of ${most}`)
    },
    stop() {},
  }
}
