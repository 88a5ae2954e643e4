import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { rowOf, settingNames } from '../src/settings-table.ts'
import { run, type Ended } from './support/command.ts'
import { temporaryFolder } from './support/server.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeAll(() => {
  folder = temporaryFolder()
})
afterAll(() => folder.remove())
const sojourn = (...args: string[]): Promise<Ended> => run(args, { folder: folder.path })

describe('sojourn', () => {
  it('--help says what there is', async () => {
    const { status, stdout, stderr } = await sojourn('--help')
    expect([status, stderr]).toEqual([0, ''])
    for (const word of ['serve', 'keys', 'sojourn serve']) expect(stdout).toContain(word)
  })

  it('serve --help has every flag with its variable, and no secret among them', async () => {
    const { status, stdout } = await sojourn('serve', '--help')
    expect(status).toBe(0)
    const words = stdout.replaceAll(/\s+/g, ' ')
    const flags = settingNames
      .map(rowOf)
      .flatMap(({ flag, variable }) => (flag ? [`${flag} (${variable}`] : []))
    const shown = [...words.matchAll(/(--[a-z-]+ <\w+>) [^(]*\((SOJOURN_\w+)/g)].map(
      (row) => `${row[1]} (${row[2]}`,
    )
    expect(shown).toEqual(flags)
    expect(words).not.toMatch(/--(secrets|api-key)/)
    expect(words).toContain('Secrets are never flags')
  })

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await sojourn('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('keys generate-secret prints a secret, another one each time', async () => {
    const [one, other] = [await sojourn('keys', 'generate-secret'), await sojourn('keys', 'generate-secret')]
    expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
    expect(one.stdout).not.toBe(other.stdout)
    expect((await sojourn('keys', 'generate-api-key')).stdout).toMatch(/^sjk_[\w-]{43}\n$/)
  })

  it.each([
    [['fly'], "unknown command 'fly'"],
    [['serve', '--warp'], "unknown option '--warp'"],
    [['serve', '--secrets', 'x'], "unknown option '--secrets'"],
    [['serve', '--api-key', 'x'], "unknown option '--api-key'"],
    [['serve', '--port'], "option '--port <port>' argument missing"],
    [['serve', 'here'], 'too many arguments'],
    [['keys', 'eat'], "unknown command 'eat'"],
    [['keys'], 'generate-secret'],
    [[], 'Usage: sojourn'],
  ])('%j is a mistake: status 2, and a word of help', async (args, said) => {
    const { status, stdout, stderr } = await sojourn(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
    expect(stderr).toContain('help')
  })
})
