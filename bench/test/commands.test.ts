// The benchmarks in short: that they run to their end on real servers, and that what they say can be true. How fast or how
// small anything is with so little of it says nothing.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import type { Results } from '../compare/machine.ts'

async function figuresOf(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await printedBy(...args)) as readonly Readonly<Record<string, unknown>>[]
}

async function comparison(...args: readonly string[]): Promise<Results['figures']> {
  return ((await printedBy('compare', ...args)) as Results).figures
}

async function printedBy(...args: readonly string[]): Promise<unknown> {
  const run = spawn(process.execPath, [join(import.meta.dirname, '..', 'run.mjs'), ...args, '--json'])
  let [out, errors] = ['', '']
  run.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  run.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise((resolve) => run.once('close', resolve))
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}:\n${errors}`)
  return JSON.parse(out)
}

describe.skipIf(!hasRedis || !hasPostgres)('the benchmarks, in short', { timeout: 180_000 }, () => {
  it('bytes gives the same sessions to all stores, reads them back, and finds ours no larger than the others', async () => {
    const variants = ['--variant', 'Redis', '--variant', 'PostgreSQL']
    const figures = await comparison('bytes', '--sessions', '2000', ...variants)
    const again = 'after everybody was seen once more'
    expect(figures.map(({ contenders }) => contenders.map(({ name }) => name))).toEqual([
      ['Sojourn', 'connect-redis'],
      ['Sojourn', 'connect-pg-simple', `Sojourn, ${again}`, `connect-pg-simple, ${again}`],
    ])
    for (const { title, note, contenders } of figures) {
      expect(title).toContain('2,000')
      const readBack = [...note!.matchAll(/(\d+) of /g)].map(([, checked]) => Number(checked))
      expect(readBack).toHaveLength(2)
      for (const checked of readBack) expect(checked).toBeGreaterThan(2)
      for (const { cost } of contenders) {
        expect(cost.median).toBeGreaterThan(500)
        expect(cost.median).toBeLessThan(1000)
      }
    }
    // Of so few, what a server needs once for all of them is a part that counts: the scripts in Redis.
    const [redis, postgres] = figures.map(
      ({ contenders: [ours, theirs] }) => ours!.cost.median / theirs!.cost.median,
    )
    expect(redis).toBeLessThan(1.1)
    expect(postgres).toBeLessThan(1.05)
  })

  it('A115 timing sees through a comparison that leaks, and finds every one of ours to refuse what is wrong', async () => {
    const figures = await figuresOf('timing', '--samples', '4000')
    expect(figures.map(({ kind }) => kind)).toEqual(['ours', 'ours', 'ours', 'ours', 'control'])
    expect(Math.abs(Number(figures.at(-1)!['t']))).toBeGreaterThan(5)
  })

  it('operations does every operation on every store', async () => {
    const figures = await figuresOf('operations', '--seconds', '0.2')
    expect(figures).toHaveLength(4 * 5)
    for (const { done, perCoreOfNode } of figures) {
      expect(done).toBeGreaterThan(0)
      expect(perCoreOfNode).toBeGreaterThan(0)
    }
  })

  it('feed-scale tells every follower of every announcement', async () => {
    const figures = await figuresOf('feed-scale', '--followers', '5', '--notices', '4')
    expect(figures.map(({ place, missed }) => ({ place, missed }))).toEqual([
      { place: 'Redis', missed: 0 },
      { place: 'PostgreSQL', missed: 0 },
    ])
  })

  it('load asks a server of its own on each store, and every answer is the right one', async () => {
    const figures = await figuresOf('load', '--seconds', '0.4', '--rounds', '1', '--connections', '4')
    expect(figures.map(({ work, store }) => [work, store].filter(Boolean).join(' on '))).toEqual([
      'bare',
      ...['SQLite', 'Redis'].flatMap((store) =>
        ['refresh', 'introspect', 'forward-auth'].map((work) => `${work} on ${store}`),
      ),
    ])
    for (const { requestsPerSecond } of figures) expect(requestsPerSecond).toBeGreaterThan(0)
  })

  it('sweep removes all that has expired and nothing that lives, while it is read', async () => {
    const figures = await comparison('sweep', '--sessions', '1000')
    // It ends with an error if a store removes another number, or one that lives is gone.
    const removed = figures.flatMap(({ variant, note }) =>
      [...note!.matchAll(/(?:^|\. )([^.:]+), [^:]+: ([\d,]+) removed/g)].map(([, store, count]) => [
        variant,
        store,
        count,
      ]),
    )
    expect(removed).toEqual([
      ['memory', 'Sojourn', '1,000'],
      ['memory', 'memorystore', '1,000'],
      ['memory', 'express-session MemoryStore', '1,000'],
      ['SQLite', 'Sojourn', '1,000'],
      ['Redis', 'Sojourn', '1,000'],
      ['Redis', 'connect-redis', '1,000'],
      ['PostgreSQL', 'Sojourn', '1,000'],
      ['PostgreSQL', 'connect-pg-simple', '1,000'],
    ])
    for (const { contenders, goals } of figures) {
      expect(contenders.filter(({ name }) => name.startsWith('Sojourn'))).toHaveLength(3)
      expect(goals).toHaveLength(2)
    }
  })

  it('scale asks the same of stores with few and with many sessions, and finds in them who was put there', async () => {
    const figures = await comparison('scale', '--sessions', '2000', '--rounds', '1')
    expect(figures.map(({ variant }) => variant)).toEqual(['memory', 'SQLite', 'Redis', 'PostgreSQL'])
    for (const { contenders, goals } of figures) {
      expect(contenders).toHaveLength(2 * 4)
      expect(goals).toHaveLength(4)
    }
  })

  it('soak leaves nothing behind', async () => {
    const [figures] = await figuresOf('soak', '--hours', '2', '--people', '12')
    expect(figures).toMatchObject({ handlesLeft: 0, streamsLeft: 0 })
  })
})
