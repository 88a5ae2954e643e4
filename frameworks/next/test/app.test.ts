import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { start, walk } from '../../../examples/walk.ts'
import { nextBuild } from '../../builds.ts'

const cwd = join(import.meta.dirname, '..')

beforeAll(() => nextBuild(cwd), 300_000)

it('Next.js: people sign in, are kept from what is not theirs, and sign out', async () => {
  const words = ['../node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', '0']
  const example = await start(process.execPath, words, { cwd, env: { NODE_ENV: 'production' } })
  expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
})
