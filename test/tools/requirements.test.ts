import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderWith, tool } from './support.ts'

const page = `### A. First
| # | L | Requirement |
|---|---|---|
| 1 | M | one |
| 2 | S | two |
### B. Second
| # | L | Requirement |
|---|---|---|
| 11 | M | eleven |
`
const tests = `describe('R1: outer', () => { it.each([1])(\`R11 \${x}\`, () => {}) })`
const requirements = 'docs/security/requirements.md'
const testFile = 'packages/sojourn/test/a.test.ts'

function run(
  results: readonly (readonly [title: string, status: string])[] | undefined,
  ...words: string[]
): string {
  const files = { [requirements]: page, [testFile]: tests }
  const root = folderWith(files)
  if (!results) return tool('requirements.ts', '--root', root, ...words).text
  const assertionResults = results.map(([fullName, status]) => ({ fullName, status }))
  const report = JSON.stringify({ testResults: [{ name: join('/', testFile), assertionResults }] })
  return tool('requirements.ts', '--root', folderWith({ ...files, '.reports/vitest.json': report }), ...words)
    .text
}

it('without a run, goes by the titles that are written', () => {
  const text = run(undefined)
  expect(text).toMatch(/R1 +M met/)
  expect(text).toMatch(/R2 +S not met/)
  expect(text).toMatch(/R11 +M met/)
  expect(text).toMatch(/all +2\/2 +0\/1 +2\/3/)
})

it('with a run, goes by what passed, and one failure outweighs it', () => {
  const text = run([
    ['R1: outer R11 1', 'passed'],
    ['R1: outer again', 'failed'],
    ['R2 later', 'skipped'],
  ])
  expect(text).toMatch(/R1 +M FAILING/)
  expect(text).toMatch(/R2 +S skipped/)
  expect(text).toMatch(/R11 +M met/)
})

it('lists one section, or only what is missing', () => {
  expect(run(undefined, '--section', 'B')).not.toContain('A. First')
  expect(run(undefined, '--missing')).not.toContain('R11 ')
})
