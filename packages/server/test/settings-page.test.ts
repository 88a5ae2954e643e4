import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { rowOf, settingNames } from '../src/settings-table.ts'

const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8')

it('docs/settings.md has every setting as the server has it, in the same order', () => {
  const written = page.split('\n').filter((line) => /^\| `\w+` \|/.test(line))
  const known = settingNames.map((name) => {
    const { flag, variable, fallback, meaning } = rowOf(name)
    return `| \`${name}\` | ${flag === undefined ? '' : `\`${flag}\``} | \`${variable}\` | ${fallback} | ${meaning} |`
  })
  expect(written).toEqual(known)
})

it('docs/settings.md names every flag that loosens production', () => {
  const command = readFileSync(new URL('../src/main.ts', import.meta.url), 'utf8')
  const flags = [...command.matchAll(/--allow-[a-z-]+/g)].map(String)
  expect(flags).toHaveLength(3)
  expect(flags.filter((flag) => !page.includes(`\`${flag}\``))).toEqual([])
})
