// Doing one small thing again and again. What a contender is given is made before the clock starts.

// Microseconds. Asking how long a process has been busy may take a tenth of a millisecond itself: next to nothing of this.
const batchSpan = 8000

/** Where a cost comes from: the time that this process kept cores busy, or the clock on the wall. */
export type Meter = () => number

/** Microseconds of all cores, collector and compiler included: other processes do not make it longer. */
export const busy: Meter = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Microseconds by the clock, for what waits for a server. */
export const elapsed: Meter = () => performance.now() * 1000

/** Measures a function that answers at once: microseconds for one call. */
export function loop<Input>(
  once: (input: Input) => unknown,
  inputs: (count: number) => readonly Input[],
): (span: number) => Promise<number> {
  let size = 16
  return async (span) => {
    let [cost, done] = [0, 0]
    const until = performance.now() + span
    while (performance.now() < until) {
      const batch = inputs(size)
      const before = busy()
      for (let at = 0; at < batch.length; at++) once(batch[at]!)
      const took = busy() - before
      cost += took
      done += batch.length
      if (took < batchSpan && size < 65_536) size *= 2
    }
    return cost / done
  }
}

/** The same for a function that gives a promise, one at a time or `lanes` at a time. */
export function loopAsync<Input>(
  once: (input: Input, lane: number) => Promise<unknown>,
  inputs: (count: number) => readonly Input[],
  { meter = busy, lanes = 1 }: { readonly meter?: Meter; readonly lanes?: number } = {},
): (span: number) => Promise<number> {
  let size = lanes
  return async (span) => {
    let [cost, done] = [0, 0]
    const until = performance.now() + span
    while (performance.now() < until) {
      const batch = inputs(size)
      const before = meter()
      let at = 0
      const lane = async (number: number): Promise<void> => {
        while (at < batch.length) await once(batch[at++]!, number)
      }
      if (lanes === 1) for (; at < batch.length; at++) await once(batch[at]!, 0)
      else await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
      const took = meter() - before
      cost += took
      done += batch.length
      if (took < batchSpan && size < 65_536) size *= 2
    }
    return cost / done
  }
}

/** The same things by turns. */
export function inTurn<Input>(all: readonly Input[]): (count: number) => readonly Input[] {
  let next = 0
  return (count) => Array.from({ length: count }, () => all[next++ % all.length]!)
}
