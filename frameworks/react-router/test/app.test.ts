import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { start, walk } from '../../../examples/walk.ts'
import { reactRouterBuild } from '../../builds.ts'

const cwd = join(import.meta.dirname, '..')

beforeAll(() => reactRouterBuild(cwd), 120_000)

it('React Router: people sign in, are kept from what is not theirs, and sign out', async () => {
  const example = await start(process.execPath, ['server.ts'], { cwd })
  expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
})
