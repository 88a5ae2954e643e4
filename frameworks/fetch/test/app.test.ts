import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start, walk } from '../../../examples/walk.ts'
import { bunProgram, denoProgram } from '../../runtimes/programs.ts'

const cwd = join(import.meta.dirname, '..')

describe('a plain fetch handler', () => {
  it('on Bun: people sign in, are kept from what is not theirs, and sign out', async () => {
    const example = await start(bunProgram(), ['src/bun.ts'], { cwd })
    expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
  })

  it('on Deno: the same', async () => {
    const words = ['run', '--no-lock', '--no-check', '--node-modules-dir=manual', '-A', 'src/deno.ts']
    const example = await start(denoProgram(), words, { cwd })
    expect(await walk(example.url).finally(example.stop)).toEqual(['p2', 'p1'])
  })
})
