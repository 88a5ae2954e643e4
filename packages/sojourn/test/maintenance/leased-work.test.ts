// What every work on a lease can rely on: two nodes on one store, without a Sojourn.

import { afterEach, describe, expect, it } from 'vitest'

import { startLeasedWork, type GoOn, type LeasedWork, type Once } from '../../src/maintenance/leased-work.ts'
import { memoryStore, type MemoryStore } from '../../src/store/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing/clock.ts'

const closings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

const hour = 3_600_000

interface Scene {
  readonly clock: ManualClock
  readonly store: MemoryStore
}

function scene(): Scene {
  return { clock: manualClock(), store: memoryStore() }
}

interface Plan {
  /** The pause between turns, in milliseconds of the real clock. No turn comes by itself without one. */
  readonly pause?: number
  readonly onError?: (error: unknown) => void
}

function nodeOn<Result>(
  { store, clock }: Scene,
  turn: (once: Once) => Promise<Result>,
  { pause, onError }: Plan = {},
): LeasedWork<Result> {
  const node = startLeasedWork({
    settings: { store, clock, clockTolerance: 10_000 },
    lease: 30_000,
    first: pause,
    next: () => pause!,
    turn,
    onError,
  })
  closings.push(() => node.stop())
  return node
}

function job<Result>(work: (goOn: GoOn) => Promise<Result>, name = 'counting') {
  return { name, every: hour, work }
}

interface Gate {
  /** Resolves when somebody waits at it. */
  readonly reached: Promise<void>
  pass(): Promise<void>
  open(): void
}

function gate(): Gate {
  let [reach, open] = [(): void => {}, (): void => {}]
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return {
    reached,
    pass() {
      reach()
      return opened
    },
    open: () => open(),
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe('two nodes', () => {
  it('that begin together: one works, the other hears that there is nothing for it', async () => {
    const place = scene()
    const [one, other] = ['one', 'other'].map((by) =>
      nodeOn(place, (once) => once(job(async () => ({ done: true, by })))),
    )
    const turns = await Promise.all([one!.now(), other!.now()])
    expect(turns.filter((turn) => turn !== undefined)).toHaveLength(1)
  })

  it('have the same turns on a schedule, and a job that is done is left alone until it is due', async () => {
    const place = scene()
    const seen = { turns: 0, jobs: 0 }
    const counting = async (once: Once): Promise<void> => {
      await once(
        job(async () => {
          seen.jobs += 1
          return { done: true }
        }),
      )
      seen.turns += 1
    }
    for (let node = 0; node < 2; node++) nodeOn(place, counting, { pause: 1 })
    await until(() => seen.turns >= 6)
    expect(seen.jobs).toBe(1)
    place.clock.pass('53m')
    const { turns } = seen
    await until(() => seen.turns >= turns + 4)
    expect(seen.jobs).toBe(1)
    place.clock.pass('1m')
    await until(() => seen.jobs === 2)
  })

  it('go on at once with a job that is not done', async () => {
    const place = scene()
    const seen: string[] = []
    const nodes = ['one', 'other'].map((by) =>
      nodeOn(place, (once) =>
        once(
          job(async () => {
            seen.push(by)
            return { done: false }
          }),
        ),
      ),
    )
    for (const node of nodes) await node.now()
    expect(seen).toEqual(['one', 'other'])
    // Without being asked, too.
    nodeOn(
      place,
      (once) =>
        once(
          job(async () => {
            seen.push('third')
            return { done: true }
          }),
        ),
      { pause: 1 },
    )
    await until(() => seen.length === 3)
  })

  it('do two jobs of one turn side by side: each has a lease of its own', async () => {
    const place = scene()
    const { reached, pass, open } = gate()
    const long = job(async () => {
      await pass()
      return { done: true }
    }, 'long')
    const short = job(async () => ({ done: true }), 'short')
    const one = nodeOn(place, (once) => once(long))
    const other = nodeOn(place, async (once) => [await once(long), await once(short)])
    const working = one.now()
    await reached
    expect(await other.now()).toEqual([undefined, { done: true }])
    open()
    expect(await working).toEqual({ done: true })
  })
})

describe('a long job', () => {
  it('keeps its lease for as long as it goes on asking', async () => {
    const place = scene()
    const heard: unknown[] = []
    const other = nodeOn(place, (once) => once(job(async () => ({ done: true }))))
    const one = nodeOn(place, (once) =>
      once(
        job(async (goOn) => {
          for (let step = 0; step < 10; step++) {
            place.clock.pass('15s')
            heard.push(await goOn(), await other.now())
          }
          return { done: true }
        }),
      ),
    )
    expect(await one.now()).toEqual({ done: true })
    expect(heard).toEqual(Array.from({ length: 10 }, () => [true, undefined]).flat())
  })

  it('that was taken over hears of it, and leaves the lease to the node that has it', async () => {
    const place = scene()
    const { reached, pass, open } = gate()
    const heard: boolean[] = []
    const other = nodeOn(place, (once) =>
      once(
        job(async (goOn) => {
          await pass()
          return { done: false, goesOn: await goOn() }
        }),
      ),
    )
    const one = nodeOn(place, (once) =>
      once(
        job(async (goOn) => {
          place.clock.pass('41s')
          void other.now()
          await reached
          heard.push(await goOn(), await goOn())
          return { done: false }
        }),
      ),
    )
    const third = nodeOn(place, (once) => once(job(async () => ({ done: true }))))
    await one.now()
    expect(heard).toEqual([false, false])
    // Had the first released it, the third could take it.
    expect(await third.now()).toBe(undefined)
    const working = other.now()
    open()
    expect(await working).toEqual({ done: false, goesOn: true })
    expect(await third.now()).toEqual({ done: true })
  })
})

describe('a turn', () => {
  it('that is under way is joined by whoever asks for one', async () => {
    const { reached, pass, open } = gate()
    let jobs = 0
    const node = nodeOn(scene(), (once) =>
      once(
        job(async () => {
          await pass()
          return { done: true, number: ++jobs }
        }),
      ),
    )
    const first = node.now()
    await reached
    const second = node.now()
    open()
    expect(await Promise.all([first, second])).toEqual([
      { done: true, number: 1 },
      { done: true, number: 1 },
    ])
    expect(await node.now()).toEqual({ done: true, number: 2 })
  })

  it('that fails tells whoever has asked; a planned one is told of, and the next one comes', async () => {
    const place = scene()
    const state = { fails: true, turns: 0 }
    const failing = async (): Promise<void> => {
      state.turns += 1
      if (state.fails) throw new Error('no')
    }
    const errors: unknown[] = []
    const asked = nodeOn(place, failing, { onError: (error) => errors.push(error) })
    await expect(asked.now()).rejects.toThrow('no')
    expect(errors).toEqual([])
    nodeOn(place, failing, { pause: 1, onError: (error) => errors.push(error) })
    await until(() => errors.length === 2)
    state.fails = false
    const { turns } = state
    await until(() => state.turns >= turns + 2)
  })

  it('ends after its step when the node stops, and another node goes on at once; no turn comes after it', async () => {
    const place = scene()
    const { reached, pass, open } = gate()
    const seen = { turns: 0 }
    const one = nodeOn(
      place,
      async (once) => {
        seen.turns += 1
        return once(
          job(async (goOn) => {
            await pass()
            return { done: await goOn() }
          }),
        )
      },
      { pause: 1 },
    )
    await reached
    const working = one.now()
    const stopping = one.stop()
    open()
    expect(await working).toEqual({ done: false })
    await stopping
    const other = { jobs: 0 }
    nodeOn(
      place,
      (once) =>
        once(
          job(async () => {
            other.jobs += 1
            return { done: true }
          }),
        ),
      { pause: 1 },
    )
    await until(() => other.jobs === 1)
    expect(seen.turns).toBe(1)
  })
})
