// A short form of `npm run fuzz`, with inputs of its own in each run; a seed that has found something goes here.

import { describe, expect, it } from 'vitest'

import { campaign, steepest } from '../../fuzz/campaign.ts'
import { diceOf, mutated } from '../../fuzz/mutate.ts'
import type { Target } from '../../fuzz/target.ts'
import { targets } from '../../fuzz/targets.ts'

const seed = Date.now() % 1_000_000

describe.each(targets)('$name', (target) => {
  it(`R218 takes 3,000 broken inputs for what they are (seed ${seed})`, async () => {
    const { executions, finding } = await campaign(target, { seed, executions: 3000 })
    expect(finding).toBeUndefined()
    expect(executions).toBe(3000)
  })

  it('A78 takes no more time than its input is longer', async () => {
    const { unit, ratio } = await steepest(target)
    // Linear is 8, quadratic 64.
    expect([unit, ratio < 32]).toEqual([unit, true])
  })
})

describe('the fuzzer', () => {
  const blind: Target = { name: 'blind', seeds: ['abc'], words: [], feed: () => {} }

  it('finds a parser that throws, with the input, and finds it again by its seed', async () => {
    const feed = (input: string): void => {
      if (input.includes('\ud800')) throw new Error('no such character')
    }
    const first = await campaign({ ...blind, feed }, { seed: 5, executions: 100_000 })
    const again = await campaign({ ...blind, feed }, { seed: 5, executions: 100_000 })
    expect(first.finding?.input).toContain('\ud800')
    expect(again.finding?.input).toBe(first.finding?.input)
  })

  it('finds a parser that is quadratic', async () => {
    let sum = 0
    const feed = (input: string): void => {
      for (let from = 0; from < input.length; from += 500)
        for (let at = from; at < input.length; at++) sum += input.charCodeAt(at)
    }
    expect((await steepest({ ...blind, seeds: ['a'], feed })).ratio).toBeGreaterThan(32)
    expect(sum).toBeGreaterThan(0)
  })

  it('makes other inputs of other seeds', () => {
    const inputs = [1, 2].map((one) => mutated(['some text'], ['word'], diceOf(one)))
    expect(inputs[0]).not.toBe(inputs[1])
  })
})
