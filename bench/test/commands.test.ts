// The benchmarks in short: that they run to their end on real servers, and that what they say can be true. How fast or how
// small anything is with so little of it says nothing.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { hasPostgres } from '../../packages/sojourn/test/support/postgres.ts'
import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'

async function figuresOf(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const run = spawn(process.execPath, [join(import.meta.dirname, '..', 'run.mjs'), ...args, '--json'])
  let [out, errors] = ['', '']
  run.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  run.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise((resolve) => run.once('close', resolve))
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}:\n${errors}`)
  return JSON.parse(out) as readonly Readonly<Record<string, unknown>>[]
}

describe.skipIf(!hasRedis || !hasPostgres)('the benchmarks, in short', { timeout: 180_000 }, () => {
  it('bytes gives the same sessions to all stores, reads them back, and finds ours no larger than the others', async () => {
    const figures = await figuresOf('bytes', '--sessions', '2000', '--only', 'redis', '--only', 'postgresql')
    expect(figures.map(({ place, store }) => `${String(place)}: ${String(store)}`)).toEqual([
      'Redis: Sojourn',
      'Redis: connect-redis',
      'PostgreSQL: Sojourn',
      'PostgreSQL: connect-pg-simple',
    ])
    for (const { checked, bytesPerSession } of figures) {
      expect(checked).toBeGreaterThan(2)
      expect(bytesPerSession).toBeGreaterThan(500)
      expect(bytesPerSession).toBeLessThan(1000)
    }
    // Of so few, what a server needs once for all of them is a part that counts: the scripts in Redis.
    const [redis, connectRedis, postgres, connectPgSimple] = figures.map((figure) =>
      Number(figure['bytesPerSession']),
    )
    expect(redis! / connectRedis!).toBeLessThan(1.1)
    expect(postgres! / connectPgSimple!).toBeLessThan(1.05)
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
    const figures = await figuresOf('sweep', '--sessions', '1000')
    expect(figures.map(({ place, store, removed }) => [place, store, removed])).toEqual([
      ['memory', 'Sojourn', 1000],
      ['memory', 'memorystore', 1000],
      ['memory', 'express-session MemoryStore', 1000],
      ['SQLite', 'Sojourn', 1000],
      ['PostgreSQL', 'Sojourn', 1000],
      ['PostgreSQL', 'connect-pg-simple', 1000],
      ['Redis', 'Sojourn', 1000],
      ['Redis', 'connect-redis', 1000],
    ])
  })

  it('soak leaves nothing behind', async () => {
    const [figures] = await figuresOf('soak', '--hours', '2', '--people', '12')
    expect(figures).toMatchObject({ handlesLeft: 0, streamsLeft: 0 })
  })
})
