// `npm run load`: how many refreshes, introspections and forward-auth questions the server answers, on SQLite and on Redis,
// beside a handler that does nothing. Server and load generator are processes of their own, asked by turns in several
// rounds; what is printed is the median round, and the spread.
//
//   --seconds n       how long each round asks. Default: 5
//   --rounds n        Default: 3
//   --connections n   Default: 32
//   --json            the figures alone, for a program

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { hasRedis } from '../../packages/sojourn/test/support/redis.ts'
import { redisServer } from '../servers.ts'
import { table } from '../table.ts'
import type { Load, Seen } from './generator.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    json: { type: 'boolean', default: false },
  },
})
const [seconds, rounds, connections] = [values.seconds, values.rounds, values.connections].map(Number) as [
  number,
  number,
  number,
]

const apiKey = 'sk_the-key-of-the-load-generator-0123456789'
const command = join(import.meta.dirname, '../../packages/server/bin/sojourn.mjs')

interface Target {
  readonly store: string
  readonly kinds: readonly string[]
  readonly port: number
  readonly stop: () => Promise<void>
}

interface Figure extends Seen {
  readonly work: string
  readonly store: string
  /** The slowest and the fastest round, in requests a second. */
  readonly spread: readonly [number, number]
  /** Of what the handler that does nothing answers. */
  readonly share: number
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-load-'))
  const redis = hasRedis ? await redisServer() : undefined
  const targets: Target[] = []
  try {
    targets.push(await bare(), await sojourn('SQLite', `sqlite:${join(folder, 'sessions.db')}`, folder))
    if (redis) targets.push(await sojourn('Redis', redis.url, folder))
    const figures = await measure(targets)
    console.log(values.json ? JSON.stringify(figures, undefined, 2) : asTable(figures))
  } finally {
    for (const { stop } of targets) await stop()
    await redis?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(targets: readonly Target[]): Promise<readonly Figure[]> {
  const seen = new Map<string, { readonly work: string; readonly store: string; readonly rounds: Seen[] }>()
  for (let round = 0; round < rounds; round++) {
    for (const { store, kinds, port } of targets) {
      for (const kind of kinds) {
        const key = `${kind} ${store}`
        const known = seen.get(key) ?? { work: kind, store, rounds: [] }
        known.rounds.push(await generate({ port, kind, connections, seconds, apiKey }))
        seen.set(key, known)
      }
    }
  }
  const all = [...seen.values()].map(({ work, store, rounds: each }) => {
    const sorted = each.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond)
    const spread = [sorted[0]!.requestsPerSecond, sorted.at(-1)!.requestsPerSecond] as const
    return { work, store, spread, ...sorted[Math.floor(sorted.length / 2)]! }
  })
  const [nothing] = all
  return all.map((figure) => ({ ...figure, share: figure.requestsPerSecond / nothing!.requestsPerSecond }))
}

async function generate(load: Load): Promise<Seen> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'generator.ts'), JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`The load generator ended with ${code}`)
  return JSON.parse(text) as Seen
}

async function bare(): Promise<Target> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { store: '', kinds: ['bare'], port: await portOf(child), stop: () => end(child) }
}

async function sojourn(store: string, url: string, folder: string): Promise<Target> {
  const child = spawn(process.execPath, [command, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SOJOURN_PORT: '0',
      SOJOURN_STORE: url,
      SOJOURN_ISSUER: 'https://app.example',
      SOJOURN_API_KEY: apiKey,
      SOJOURN_TRUSTED_PROXIES: 'loopback',
      SOJOURN_LOG_LEVEL: 'error',
    },
  })
  return {
    store,
    kinds: ['refresh', 'introspect', 'forward-auth'],
    port: await portOf(child),
    stop: () => end(child),
  }
}

/** The port that a server says it listens on. */
async function portOf(child: ChildProcess): Promise<number> {
  let said = ''
  for await (const chunk of child.stderr!) {
    said += String(chunk)
    const port = /on http:\/\/[^:]+:(\d+)/.exec(said)?.[1]
    if (port !== undefined) {
      child.stderr!.resume()
      return Number(port)
    }
  }
  throw new Error(`The server did not start: ${said}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function asTable(figures: readonly Figure[]): string {
  const whole = (number: number): string => Number(number.toPrecision(3)).toLocaleString('en')
  return table(
    figures.map(({ work, store, requestsPerSecond, spread, share, p50, p99, max }) => ({
      work,
      store,
      'a second': whole(requestsPerSecond),
      'slowest and fastest round': `${whole(spread[0])} to ${whole(spread[1])}`,
      'of bare HTTP': share.toFixed(2),
      'p50 ms': p50.toFixed(2),
      'p99 ms': p99.toFixed(2),
      'max ms': max.toFixed(1),
    })),
  )
}

await main()
