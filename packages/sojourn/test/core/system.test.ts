import { Buffer } from 'node:buffer'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock, systemRandom } from '../../src/core/system.ts'

const noon = Date.UTC(2030, 0, 1, 12)
const hour = 3_600_000

describe('the clock of the system', () => {
  beforeEach(() => void vi.useFakeTimers({ now: noon, toFake: ['Date', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('shows the time of the machine in whole milliseconds', () => {
    const clock = systemClock()
    expect(clock()).toBe(noon)
    vi.advanceTimersByTime(1234)
    expect(clock()).toBe(noon + 1234)
  })

  it('goes on at its pace when the machine’s clock is set back: nothing comes back to life (A51, R140)', () => {
    const clock = systemClock()
    vi.advanceTimersByTime(5000)
    const before = clock()
    vi.setSystemTime(noon - hour)
    expect(clock()).toBe(before)
    vi.advanceTimersByTime(1000)
    expect(clock()).toBe(before + 1000)
  })

  it('follows the machine’s clock forwards, as after it was asleep', () => {
    const clock = systemClock()
    clock()
    vi.setSystemTime(noon + hour)
    expect(clock()).toBe(noon + hour)
  })

  it('meets the machine’s clock again once that has caught up', () => {
    const clock = systemClock()
    vi.setSystemTime(noon - hour)
    clock()
    vi.setSystemTime(noon + hour)
    expect(clock()).toBe(noon + hour)
  })
})

describe('the randomness of the system', () => {
  it('gives as many bytes as are asked for, also more than it keeps ready', () => {
    const random = systemRandom()
    for (const length of [0, 1, 16, 24, 16_383, 16_384, 16_385, 100_000])
      expect(random(length)).toHaveLength(length)
  })

  it('hands out no byte twice', () => {
    const random = systemRandom()
    const seen = new Set(Array.from({ length: 50_000 }, () => Buffer.from(random(8)).toString('hex')))
    expect(seen.size).toBe(50_000)
  })

  it('gives bytes that belong to the caller: changing them changes nobody else’s', () => {
    const random = systemRandom()
    const first = random(16)
    const second = random(16)
    const kept = Uint8Array.from(second)
    first.fill(0)
    expect(second).toEqual(kept)
    expect(first.buffer).not.toBe(second.buffer)
  })

  it('uses all values of a byte about as often', () => {
    const random = systemRandom()
    const counts = new Uint32Array(256)
    for (let n = 0; n < 1000; n++) for (const byte of random(256)) counts[byte]!++
    // 1,000 expected each, with a standard deviation of 32: seven of them is once in 10^12 runs.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(225)
  })

  it('is another for every source', () => {
    expect(systemRandom()(16)).not.toEqual(systemRandom()(16))
  })
})
