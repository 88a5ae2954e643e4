// A Sojourn for tests: real rules, a store in memory, a clock that the test moves, and ears for every event.

import { createSojourn, type Sojourn } from '../../../src/core/sojourn.ts'
import type { SojournEvent } from '../../../src/core/events.ts'
import type { SojournOptions } from '../../../src/core/options.ts'
import type { Facts } from '../../../src/core/schema.ts'
import { memoryStore, type MemoryStore } from '../../../src/store/memory.ts'
import { manualClock, type ManualClock } from '../../../src/testing/clock.ts'
import { issuer, secret } from '../../support/secrets.ts'

export interface TestSojourn {
  readonly sojourn: Sojourn
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly events: SojournEvent[]
  /** The events of one type. */
  told<Type extends SojournEvent['type']>(type: Type): Extract<SojournEvent, { type: Type }>[]
}

export function testSojourn(options: Partial<SojournOptions<Facts, Facts>> = {}): TestSojourn {
  const clock = manualClock()
  const store = memoryStore()
  const events: SojournEvent[] = []
  const sojourn = createSojourn({
    issuer,
    secrets: [secret()],
    environment: 'test',
    store,
    clock,
    listeners: [(event) => events.push(event)],
    ...options,
  })
  const told: TestSojourn['told'] = (type) =>
    events.filter((event): event is Extract<SojournEvent, { type: typeof type }> => event.type === type)
  return { sojourn, clock, store, events, told }
}
