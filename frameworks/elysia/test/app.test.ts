import { join } from 'node:path'
import { expect, it } from 'vitest'
import { start, walk } from '../../../examples/walk.ts'
import { bunProgram } from '../../runtimes/programs.ts'

it('Elysia on Bun: people sign in, are kept from what is not theirs, and sign out', async () => {
  const example = await start(bunProgram(), ['src/main.ts'], { cwd: join(import.meta.dirname, '..') })
  expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
})
