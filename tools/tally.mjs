// Prints how many checks and tests passed and failed in the last `npm test`, as one line: `N passed, N failed`.
// Each step of the run that is not a test (types, lint, …) counts as one; a run that left no report counts as failed.
// Its arguments: the exit code of that run, so that a failure which left no trace in the reports is counted too, and
// where the reports are.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [code = '0', reports = join(dirname(dirname(fileURLToPath(import.meta.url))), '.reports')] =
  process.argv.slice(2)
const exitCode = Number(code)
const steps = (read('checks.json') ?? []).filter((step) => step.name !== 'tests')
const vitest = read('vitest.json')
const files = vitest?.testResults ?? []

// A test file that does not load has failed without a single failed test.
const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed))
const passed = count(steps, (step) => step.ok) + (vitest?.numPassedTests ?? 0)
const seen = count(steps, (step) => !step.ok) + (vitest?.numFailedTests ?? 1) + broken.length
const failed = exitCode === 0 ? seen : Math.max(seen, 1)
const skipped = (vitest?.numPendingTests ?? 0) + (vitest?.numTodoTests ?? 0)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : exitCode || 1

function read(name) {
  try {
    return JSON.parse(readFileSync(join(reports, name), 'utf8'))
  } catch {
    return undefined
  }
}

function count(items, isCounted) {
  return items.filter(isCounted).length
}

function isFailed(test) {
  return test.status === 'failed'
}
