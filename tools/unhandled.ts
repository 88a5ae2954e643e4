// A reporter of vitest: keeps the errors that no test owns (a rejection nobody waits for, a worker that dies), which
// fail a run and stand in no report of vitest's own. `tools/tally.mjs` prints them with the failed tests.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Reporter } from 'vitest/node'

const reports = join(dirname(dirname(fileURLToPath(import.meta.url))), '.reports')

export default class UnhandledErrors implements Reporter {
  onTestRunEnd(...[, errors]: Parameters<Required<Reporter>['onTestRunEnd']>): void {
    const told = errors.map(({ name, message, stack, VITEST_TEST_NAME, VITEST_TEST_PATH }) => ({
      during: [VITEST_TEST_PATH, VITEST_TEST_NAME].filter(Boolean).join(' > '),
      message: stack ?? `${name}: ${message}`,
    }))
    mkdirSync(reports, { recursive: true })
    writeFileSync(join(reports, 'unhandled.json'), JSON.stringify(told, undefined, 2))
  }
}
