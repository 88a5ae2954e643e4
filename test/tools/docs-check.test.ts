import { expect, it } from 'vitest'
import { folderWith, tool } from './support.ts'

function check(readme: string, files: Readonly<Record<string, string>> = {}): ReturnType<typeof tool> {
  return tool('docs-check.ts', '--root', folderWith({ 'README.md': readme, ...files }))
}

it('compiles what a user would type, with the prelude and with imports of packages', () => {
  const { code, text } = check(`
\`\`\`ts
import { randomBytes } from 'node:crypto'
import express from 'express'
app.use(express.json(), (req, res) => res.send(randomBytes(8).toString('hex')))
\`\`\`
\`\`\`js
export function double(x) { return x * 2 }
\`\`\`
`)
  expect(text).toContain('1 pages, 2 fences compiled, 0 not, 0 faults')
  expect(code).toBe(0)
})

it('reports a fence that does not compile at its line of the page', () => {
  const { code, text } = check(`# Title\n\n1. in a list\n   \`\`\`ts\n   const a: string = 1\n   \`\`\`\n`)
  expect(text).toContain("README.md:5: TS2322: Type 'number' is not assignable to type 'string'.")
  expect(code).toBe(1)
})

it('lets a fence continue the one before it, and reports its faults where they stand', () => {
  const fences = '```ts\nconst a = 1\n```\ntext\n```ts continued\nconst b: string = a\n```\n'
  expect(check(fences).text).toContain('README.md:6: TS2322')
  expect(check(fences.replace(' continued', '')).text).toContain("README.md:6: TS2304: Cannot find name 'a'.")
})

it('skips a fence only for a reason', () => {
  expect(check('```ts no-check\n{{\n```\n').text).toContain('README.md:1: no-check needs a reason')
  expect(check('```ts no-check: output, not code\n{{\n```\n').code).toBe(0)
})

it('reports a fence that is never closed', () => {
  expect(check('text\n```sh\nls\n').text).toContain('README.md:2: the fence is never closed')
})

it('follows relative links to files and headings, and no others', () => {
  const page =
    '[a](docs/a.md) [b](docs/a.md#the-second-part-2) [c](#no) [d](docs/b.md) [e](https://x.example) `[f](g)`'
  const { code, text } = check(page, { 'docs/a.md': '# A\n## The second part, 2!\n[up](../README.md)\n' })
  expect(text).toContain('README.md:1: the link #no leads nowhere')
  expect(text).toContain('README.md:1: the link docs/b.md leads nowhere')
  expect(text).toContain('2 faults')
  expect(code).toBe(1)
})
