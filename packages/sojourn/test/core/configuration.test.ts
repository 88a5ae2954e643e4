import { describe, expect, it } from 'vitest'
import { configurationError } from '../../src/core/errors.ts'
import { readPolicy } from '../../src/core/policy.ts'
import { problemFor } from '../../src/http/problem.ts'

describe('a configuration error', () => {
  const error = configurationError('Nothing works', ['this is wrong', 'that is wrong'])

  it('has each fault for itself, for whoever shows them in another way', () => {
    expect(error.members).toEqual({ faults: ['this is wrong', 'that is wrong'] })
  })

  it('shows none of them to a client', () => {
    expect(problemFor(error).body).not.toMatch(/wrong|faults/)
  })
})

describe('the idle time of a profile', () => {
  // SOJOURN_ABSOLUTE=7d, as the documentation writes it, was refused: the default idle time of apps is 14 days.
  it('gives way to a shorter absolute lifetime when nobody has set it', () => {
    const faults: string[] = []
    const { bearer } = readPolicy({ bearer: { absolute: '7d' } }, faults)
    expect(faults).toEqual([])
    expect(bearer.idle).toBe(bearer.absolute)
  })

  it('is refused when somebody has set it longer', () => {
    const faults: string[] = []
    readPolicy({ bearer: { idle: '8d', absolute: '7d' } }, faults)
    expect(faults).toEqual(['policy.bearer.idle is longer than policy.bearer.absolute'])
  })
})
