// The promises of the rotation, by exploring every interleaving (see packages/sojourn/model). `npm run model` explores
// larger worlds and tells the stories. The scenarios are shared out over files, so that workers share the exploration.

import { describe, expect, it } from 'vitest'

import { explore } from '../../model/search.ts'
import { scenarios, type Scenario } from '../../model/scenarios.ts'

const titles = {
  promise: 'keeps its promises',
  control: 'would break a promise with wrong rules, and the model sees it (otherwise it would be blind)',
  limit: 'breaks a promise a little beyond what it is made for',
} as const

export function exploreThose(isChosen: (scenario: Scenario) => boolean): void {
  describe.each(Object.keys(titles) as (keyof typeof titles)[])('%s', (kind) => {
    const chosen = scenarios.filter(
      (scenario) => scenario.kind === kind && !scenario.isLong && isChosen(scenario),
    )
    it.each(chosen)(`a session ${titles[kind]}: $name`, { timeout: 120_000 }, ({ configuration, breaks }) => {
      const { broken, states } = explore(configuration)
      // The story is what somebody wants to read when this fails.
      expect(broken?.promise === breaks ? [] : (broken?.story ?? [`${breaks} is not broken`])).toEqual([])
      expect(states).toBeGreaterThan(100)
    })
  })
}
