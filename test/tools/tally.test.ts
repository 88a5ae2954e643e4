import { expect, it } from 'vitest'
import { folderWith, tool } from './support.ts'

const steps = [
  { name: 'types', ok: true },
  { name: 'lint', ok: false },
  { name: 'tests', ok: true },
]
const run = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, testResults: [] }

function tally(code: number, reports: Readonly<Record<string, object>>): ReturnType<typeof tool> {
  const files = Object.entries(reports).map(([name, content]) => [name, JSON.stringify(content)])
  return tool('tally.mjs', String(code), folderWith(Object.fromEntries(files) as Record<string, string>))
}

it('counts tests and the other steps together, on the last line', () => {
  const { code, text } = tally(1, { 'checks.json': steps, 'vitest.json': run })
  expect(text).toBe('1 skipped\n6 passed, 1 failed\n')
  expect(code).toBe(1)
})

it('counts a test file that does not load as a failure', () => {
  const broken = { status: 'failed', assertionResults: [] }
  const { text } = tally(1, { 'checks.json': [], 'vitest.json': { ...run, testResults: [broken] } })
  expect(text).toMatch(/5 passed, 1 failed\n$/)
})

it('names what failed, and errors that no test owns', () => {
  const test = { status: 'failed', fullName: 'a rule holds', failureMessages: ['expected 1 to be 2\n at x'] }
  const results = [{ name: 'rule.test.ts', status: 'failed', assertionResults: [test] }]
  const { text } = tally(1, {
    'checks.json': [],
    'vitest.json': { ...run, numPendingTests: 0, numFailedTests: 1, testResults: results },
    'unhandled.json': [{ during: 'feed.test.ts', message: 'Error: closed' }] as object,
  })
  expect(text).toBe(
    'FAILED rule.test.ts > a rule holds\nexpected 1 to be 2\n at x\n' +
      'FAILED error that no test owns, during feed.test.ts\nError: closed\n5 passed, 1 failed\n',
  )
})

it('never calls a run good that failed or left no report', () => {
  expect(tally(1, { 'checks.json': [], 'vitest.json': run }).text).toMatch(/5 passed, 1 failed\n$/)
  expect(tally(127, {})).toEqual({ code: 127, text: '0 passed, 1 failed\n' })
})

it('says so when everything passed', () => {
  const { code, text } = tally(0, { 'checks.json': steps.slice(0, 1), 'vitest.json': run })
  expect(text).toMatch(/6 passed, 0 failed\n$/)
  expect(code).toBe(0)
})

it('is not taken in by a run that left nothing and claims success', () => {
  expect(tally(0, {}).code).not.toBe(0)
})
