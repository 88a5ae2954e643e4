// The comparison in short guards against steps backwards. It compares ratios of what ran by turns, at half of what was
// measured on a calm machine: a busy one makes everybody slower.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import type { Results } from '../compare/machine.ts'

describe('npm run bench -- --quick', { timeout: 180_000 }, () => {
  it('proves everybody right, and finds ours no step back behind the others and the raw operations', async () => {
    const run = spawn(process.execPath, [
      join(import.meta.dirname, '../run.mjs'),
      'compare',
      '--quick',
      '--json',
    ])
    let [out, errors] = ['', '']
    run.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    run.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const code = await new Promise((resolve) => run.once('close', resolve))
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const { figures } = JSON.parse(out) as Results
    expect(figures.map(({ row }) => row)).toEqual(
      expect.arrayContaining(['verify', 'verify-again', 'mint', 'small-things']),
    )
    for (const { title, guard } of figures)
      expect({ title, guarded: guard.length > 0 }).toMatchObject({ guarded: true })
  })
})
