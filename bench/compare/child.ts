// A work in a process of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import type { Figure, Rounds } from './measure.ts'
import type { WorkOptions } from './work.ts'

export async function childFigure(
  row: string,
  variant: string,
  how: Rounds & WorkOptions,
  heap?: number,
): Promise<Figure> {
  const flags = ['--expose-gc', ...(heap === undefined ? [] : [`--max-old-space-size=${heap}`])]
  const words = [...flags, join(import.meta.dirname, 'one.ts'), row, variant, JSON.stringify(how)]
  // Warnings of others about their own options are theirs.
  const child = spawn(process.execPath, ['--no-warnings', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${row} ${variant} ended with ${String(code)}`)
  const line = text.trimEnd().split('\n').at(-1)!
  return JSON.parse(line) as Figure
}
