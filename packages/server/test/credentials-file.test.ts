import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readOrCreateCredentials } from '../src/credentials-file.ts'
import { temporaryFolder } from './support/server.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'home', 'credentials.json')
})
afterEach(() => folder.remove())

const read = () => readOrCreateCredentials(join(folder.path, 'home'))
const modeOf = (name: string): number => statSync(name).mode & 0o777

describe('the credentials file', () => {
  it('is made once, for its owner alone', () => {
    const first = read()
    expect(first).toMatchObject({ path, isNew: true })
    expect(modeOf(path)).toBe(0o600)
    expect(modeOf(join(folder.path, 'home'))).toBe(0o700)
    expect(first.apiKey).toMatch(/^sjk_[\w-]{43}$/)
    expect(first.secrets).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
    const second = read()
    expect(second).toEqual({ ...first, isNew: false })
    expect(readdirSync(join(folder.path, 'home'))).toEqual(['.gitignore', 'credentials.json'])
  })

  it('is closed to others again where somebody has opened it', () => {
    read()
    chmodSync(path, 0o644)
    read()
    expect(modeOf(path)).toBe(0o600)
  })

  // The file was written in place, so a second start could read half of it.
  it('is the same for eight first starts at the same time', async () => {
    const module = new URL('../src/credentials-file.ts', import.meta.url).href
    const script = `
      const { readOrCreateCredentials } = await import(${JSON.stringify(module)})
      while (Date.now() < Number(process.argv[2]));
      console.log(readOrCreateCredentials(process.argv[1]).apiKey)`
    const at = String(Date.now() + 1500)
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const args = ['--input-type=module', '-e', script, join(folder.path, 'home'), at]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        let said = ''
        child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
        await once(child, 'close')
        return said.trim()
      }),
    )
    expect(new Set(answers)).toEqual(new Set([read().apiKey]))
    expect(readdirSync(join(folder.path, 'home'))).toEqual(['.gitignore', 'credentials.json'])
  })

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{ "secrets": [], "apiKey": "sjk_FM4O7Jx3mYb0sZtQeVw1KcRgLd9PhNuAi6aXo2yBT5E" }',
    '{ "secrets": [1], "apiKey": "sjk_FM4O7Jx3mYb0sZtQeVw1KcRgLd9PhNuAi6aXo2yBT5E" }',
    '{ "secrets": ["q1Zr8KmT0vXyB3nWc6HsLd9PfJ2aGuEoR4tYiM7kQxU"], "apiKey": "" }',
  ])('broken as %j is left as it is, and the message says what to do', (content) => {
    read()
    writeFileSync(path, content)
    expect(read).toThrow(`${path} does not hold "secrets" and "apiKey"`)
    expect(read).toThrow(/Restore it, or move it away/)
    expect(readFileSync(path, 'utf8')).toBe(content)
  })
})
