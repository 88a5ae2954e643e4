// The suites of `sojourn/testing` on a service that may not be here: then they are there to be seen, and skipped.

import { describe, it } from 'vitest'

import type { TestRunner } from '../../src/testing.ts'

export function runnerWhere(isHere: boolean): TestRunner {
  return { describe: isHere ? describe : describe.skip, it }
}
