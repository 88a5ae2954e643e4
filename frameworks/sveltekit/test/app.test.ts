import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { start, walk } from '../../../examples/walk.ts'
import { viteBuild } from '../../builds.ts'

const cwd = join(import.meta.dirname, '..')

beforeAll(() => viteBuild(cwd), 120_000)

it('SvelteKit: people sign in, are kept from what is not theirs, and sign out', async () => {
  const env = { HOST: '127.0.0.1', PROTOCOL_HEADER: 'x-forwarded-proto' }
  const example = await start(process.execPath, ['dist/index.js'], { cwd, env })
  expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
})
