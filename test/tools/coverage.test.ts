import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderWith, tool } from './support.ts'

const page = (letter: string): string => `### A. First
| # | L | Requirement |
|---|---|---|
| ${letter}1 | M | one |
| ${letter}2 | S | two |
`
let root: string

function folder(reasons: object, title: string): string {
  return folderWith({
    'docs/security/requirements.md': page(''),
    'docs/security/attacks.md': '',
    'docs/security/pains.md': '',
    'docs/security/left-out.json': JSON.stringify(reasons),
    'packages/sojourn/test/a.test.ts': `it('${title}', () => {})`,
  })
}

const run = (...words: string[]): ReturnType<typeof tool> => tool('coverage.ts', '--root', root, ...words)

it('writes which tests prove a row, or why none does, and finds its own page up to date', () => {
  root = folder({ R2: 'nobody needs it' }, 'R1 holds')
  expect(run()).toMatchObject({ code: 0, text: expect.stringContaining('1 of 2 met, 1 left out') })
  const written = readFileSync(join(root, 'docs/security/coverage.md'), 'utf8')
  expect(written).toContain('| R1 | M | one | met | [a.test.ts](../../packages/sojourn/test/a.test.ts) |')
  expect(written).toContain('| R2 | S | two | left out | nobody needs it |')
  expect(run('--check').code).toBe(0)
})

it.each([
  [{}, 'R1 holds', 'R2 is not met: two'],
  [{ R1: 'why', R2: 'why' }, 'R1 holds', 'R1 is met, and left out for a reason'],
  [{ R2: 'why', R9: 'why' }, 'R1 holds', 'R9 is left out for a reason, but there is no such row'],
])('with reasons %j, fails where %s', (reasons, title, fault) => {
  root = folder(reasons, title)
  expect(run()).toMatchObject({ code: 1, text: expect.stringContaining(fault) })
})

it('fails where its page says something else than is so', () => {
  root = folder({ R2: 'nobody needs it' }, 'R1 holds')
  run()
  writeFileSync(join(root, 'docs/security/left-out.json'), JSON.stringify({ R1: 'why', R2: 'why' }))
  writeFileSync(join(root, 'packages/sojourn/test/a.test.ts'), '')
  expect(run('--check')).toMatchObject({ code: 1, text: expect.stringMatching(/coverage\.md is old \(R1\)/) })
  run()
  expect(run('--check').code).toBe(0)
})
