import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { build } from 'vite'
import { start, walk } from '../../../examples/walk.ts'

const root = join(import.meta.dirname, '..')

beforeAll(() => build({ root, logLevel: 'error' }))

it('NestJS: people sign in, are kept from what is not theirs, and sign out', async () => {
  const example = await start(process.execPath, ['dist/main.js'], { cwd: root })
  expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
})
