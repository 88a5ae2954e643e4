import { describe, expect, it } from 'vitest'
import { folderWith, tool } from './support.ts'

const src = 'packages/sojourn/src'

function layers(files: Readonly<Record<string, string>>): ReturnType<typeof tool> {
  return tool('layers.ts', '--root', folderWith(files))
}

describe('the house plan', () => {
  it('passes when each folder imports from folders before it', () => {
    const { code, text } = layers({
      [`${src}/core/session.ts`]: `export const session = 1\n`,
      [`${src}/store/shared-heap.ts`]: `export const heap = 1\n`,
      [`${src}/store/redis-scripts.ts`]: `export const scripts = 1\n`,
      [`${src}/store/redis.ts`]: [
        `import { session } from '../core/session.ts'`,
        `import { scripts } from './redis-scripts.ts'`,
        `import { heap } from './shared-heap.ts'`,
        `export const store = [session, scripts, heap]\n`,
      ].join('\n'),
      [`${src}/redis.ts`]: `export { store } from './store/redis.ts'\n`,
    })
    expect(text).toContain('5 modules, 4 imports, 0 out of order')
    expect(code).toBe(0)
  })

  it.each([
    [
      'core importing a store',
      'core/session.ts',
      `import '../store/memory.ts'`,
      'core imports only from itself',
    ],
    [
      'core importing a type of a store',
      'core/session.ts',
      `import type { M } from '../store/memory.ts'`,
      'core imports only',
    ],
    [
      'a store importing http',
      'store/memory.ts',
      `import '../http/cookies.ts'`,
      'store imports only from core',
    ],
    ['a store importing a store', 'store/redis.ts', `import './memory.ts'`, 'siblings in store'],
    ['a folder importing an entry', 'http/cookies.ts', `import '../index.ts'`, 'an entry is for users'],
    [
      'a folder that is not in the plan',
      'utils/misc.ts',
      `import '../core/session.ts'`,
      'a folder outside the plan',
    ],
    ['a driver', 'store/redis.ts', `import { vi } from 'vitest'\nexport const x = vi`, 'never imported'],
    ['a file that does not exist', 'store/redis.ts', `import './nowhere.ts'`, 'what cannot be resolved'],
  ])('refuses %s', (_, file, text, fault) => {
    const files = {
      'index.ts': '',
      'core/session.ts': '',
      'store/memory.ts': 'export type M = 1',
      'http/cookies.ts': '',
    }
    const all = Object.entries({ ...files, [file]: `${text}\n` }).map(([name, code]) => [
      `${src}/${name}`,
      code,
    ])
    const result = layers(Object.fromEntries(all) as Record<string, string>)
    expect(result.text).toContain(fault)
    expect(result.code).toBe(1)
  })

  it('refuses a circle', () => {
    const { code, text } = layers({
      [`${src}/core/one.ts`]: `import { two } from './two.ts'\nexport const one = () => two\n`,
      [`${src}/core/two.ts`]: `import { one } from './one.ts'\nexport const two = () => one\n`,
    })
    expect(text).toContain('a circle')
    expect(code).toBe(1)
  })

  it('refuses other packages that reach behind the entries', () => {
    const { code, text } = layers({
      [`${src}/core/session.ts`]: `export const session = 1\n`,
      'packages/server/src/main.ts': `import { session } from '../../sojourn/src/core/session.ts'\nconsole.log(session)\n`,
    })
    expect(text).toContain('outside the library only its entries may be used')
    expect(code).toBe(1)
  })

  it('does not pass because it read nothing', () => {
    expect(layers({ 'packages/sojourn/README.md': '' }).code).toBe(1)
  })
})
