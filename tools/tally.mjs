// Prints what failed in the last `npm test`, each with the beginning of its message, and as the last line how many
// checks and tests passed and failed: `N passed, N failed`. Whoever sees only the end of a log sees what to mend.
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
for (const told of failures()) console.log(told)
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

/** What failed, as lines. */
function failures() {
  const tests = files.flatMap((file) => [
    ...(broken.includes(file) ? [tell(file.name, file.message)] : []),
    ...file.assertionResults
      .filter(isFailed)
      .map((test) => tell(`${file.name} > ${test.fullName}`, test.failureMessages?.[0])),
  ])
  const unhandled = (read('unhandled.json') ?? []).map((error) =>
    tell(`error that no test owns, during ${error.during || 'the run'}`, error.message),
  )
  return [...tests, ...unhandled]
}

function tell(what, message = '') {
  return `FAILED ${what}\n${message.split('\n').slice(0, 6).join('\n')}`
}

function count(items, isCounted) {
  return items.filter(isCounted).length
}

function isFailed(test) {
  return test.status === 'failed'
}
