// The library as it is published, against the sources that everything else tests.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import manifest from '../../packages/sojourn/package.json' with { type: 'json' }
import { bundleLibrary } from '../../tools/bundle.ts'

const root = join(import.meta.dirname, '../..')
const reports = join(root, '.reports')
const entries = Object.values(manifest.exports).flatMap((path) =>
  typeof path === 'string' && path.endsWith('.ts') ? [path.slice('./src/'.length, -'.ts'.length)] : [],
)

describe('the library as it is published', () => {
  let folder = ''
  const published = (name: string): Promise<object> => import(join(folder, `${name}.js`)) as Promise<object>

  beforeAll(async () => {
    mkdirSync(reports, { recursive: true })
    // Within the workspace, where React is found.
    folder = mkdtempSync(join(reports, 'published-'))
    await bundleLibrary(folder)
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(entries)(
    '%s gives what its source gives',
    async (name) => {
      const source = (await import(join(root, 'packages/sojourn/src', `${name}.ts`))) as object
      expect(Object.keys(await published(name)).sort()).toEqual(Object.keys(source).sort())
    },
    60_000,
  )

  it('is one: an error of one entry is known to all', async () => {
    const { createSojourn, SojournError } = (await published('index')) as typeof import('sojourn')
    const { memoryStore } = (await published('memory')) as typeof import('sojourn/memory')
    const { createHandler } = (await published('fetch')) as typeof import('sojourn/fetch')
    const secrets = ['q8ZsX2vJm4Lr0TgYb7NcW1kEoUf9dHp3aRiVtQyKzCe']
    const sojourn = createSojourn({ issuer: 'https://app.example', secrets, store: memoryStore() })
    expect(() => createHandler(sojourn, { prefix: 'no path' })).toThrow(SojournError)
    sojourn.close()
  })

  it.each(['client', 'react'])('%s brings nothing of Node into a browser', (name) => {
    const reached = new Set<string>()
    const follow = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      if (!file.startsWith('./')) return
      const code = readFileSync(join(folder, file), 'utf8')
      for (const [, from] of code.matchAll(/^(?:import|export) .*?"([^"]+)";$/gm))
        follow(from!.startsWith('.') ? `./${join(file, '..', from!)}` : from!)
    }
    follow(`./${name}.js`)
    const others = [...reached].filter((file) => !file.startsWith('./'))
    expect(others).toEqual(name === 'react' ? ['react'] : [])
    expect(reached.size).toBeGreaterThan(1)
  })
})
