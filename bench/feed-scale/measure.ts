// Announcing at a steady rate to so many followers, and reading what that took.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { Pool } from 'pg'
import type { Feed } from 'sojourn'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'

import { postgresServer, redisConnection, redisServer, type Server } from '../servers.ts'
import { noticeOf, type Report, type Told } from './told.ts'

export interface Trial {
  readonly place: 'Redis' | 'PostgreSQL'
  readonly followers: number
  readonly notices: number
  /** Announcements a second. */
  readonly rate: number
}

export interface Figure extends Trial {
  /** Between announcing and being told, in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** How long an announcement keeps a core of the server busy, in milliseconds, beyond what it does at rest. */
  readonly serverPerNotice: number
  readonly bytesPerNotice?: number
  /** What part of a core the followers take while nothing is announced. */
  readonly serverAtRest: number
  /** How many tellings did not come. */
  readonly missed: number
}

const followersInAProcess = 250
const patience = 60_000
// In which every follower has looked once, whether or not there was anything.
const restAtMost = 3500

export async function measureFeed(trial: Trial): Promise<Figure> {
  const { place, followers } = trial
  const server = place === 'Redis' ? await redisServer() : await postgresServer(followers + 100)
  const announcer = place === 'Redis' ? await onRedis(server) : await onPostgres(server)
  const processes = Array.from({ length: Math.ceil(followers / followersInAProcess) }, (_, at) =>
    startFollowers(place, server.url, Math.min(followersInAProcess, followers - at * followersInAProcess)),
  )
  try {
    await Promise.all(processes.map(reported))
    return await measured(trial, server, announcer.feed, processes)
  } finally {
    await Promise.all(processes.map(ended))
    await announcer.close()
    await server.close()
  }
}

async function measured(
  trial: Trial,
  server: Server,
  feed: Feed,
  processes: readonly ChildProcess[],
): Promise<Figure> {
  const { followers, notices, rate } = trial
  const rest = await during(server, () => pause(Math.min(restAtMost, (notices / rate) * 1000)))
  const delays: number[] = []
  const gather = async (): Promise<void> => {
    const reports = await Promise.all(processes.map(asked))
    for (const report of reports) for (const delay of report.delays) delays.push(delay)
  }
  const work = await during(server, async () => {
    for (let sent = 0; sent < notices; sent++) {
      await feed.announce([noticeOf(performance.timeOrigin + performance.now())])
      await pause(1000 / rate)
    }
    for (let waited = 0; delays.length < notices * followers && waited < patience; waited += 500) {
      await pause(500)
      await gather()
    }
  })
  delays.sort((a, b) => a - b)
  const atRest = rest.busy / rest.seconds
  const sent = work.sent - (rest.sent / rest.seconds) * work.seconds
  return {
    ...trial,
    p50: at(delays, 0.5),
    p99: at(delays, 0.99),
    serverPerNotice: Math.max(0, ((work.busy - atRest * work.seconds) / notices) * 1000),
    ...(Number.isNaN(sent) ? {} : { bytesPerNotice: Math.max(0, sent / notices) }),
    serverAtRest: atRest,
    missed: notices * followers - delays.length,
  }
}

async function during(
  server: Server,
  work: () => Promise<void>,
): Promise<{ readonly seconds: number; readonly busy: number; readonly sent: number }> {
  const began = performance.now()
  const [busy, sent] = [await server.busy(), (await server.sent()) ?? Number.NaN]
  await work()
  return {
    busy: (await server.busy()) - busy,
    sent: ((await server.sent()) ?? Number.NaN) - sent,
    seconds: (performance.now() - began) / 1000,
  }
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

interface Announcer {
  readonly feed: Feed
  readonly close: () => Promise<void>
}

async function onRedis({ url }: Server): Promise<Announcer> {
  const client = await redisConnection(url).connect()
  return { feed: redisStore({ client, timeout: patience }), close: async () => client.destroy() }
}

async function onPostgres({ url }: Server): Promise<Announcer> {
  const pool = new Pool({ connectionString: url, max: 2 })
  const store = postgresStore({ client: pool, timeout: patience })
  await store.migrate()
  return { feed: store, close: () => pool.end() }
}

function startFollowers(place: string, url: string, count: number): ChildProcess {
  return fork(join(import.meta.dirname, 'followers.ts'), [place, url, String(count)])
}

async function asked(child: ChildProcess): Promise<Report> {
  const report = reported(child)
  child.send('report' satisfies Told)
  return report
}

async function reported(child: ChildProcess): Promise<Report> {
  const gone = once(child, 'exit').then(() => {
    throw new Error('A process of followers has ended')
  })
  const [report] = (await Promise.race([once(child, 'message'), gone])) as [Report]
  return report
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.send('end' satisfies Told)
  await exit
}

function pause(span: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, span))
}
