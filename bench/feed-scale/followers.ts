// Some of the nodes that follow a feed, in a process of their own: each is the follower that a real node runs, with a
// connection of its own. Started by run.ts, to which it tells how late notices came.

import { Client, Pool } from 'pg'
import type { Feed, Subscription } from 'sojourn'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'

import { redisConnection } from '../servers.ts'
import { sentAt, type Report, type Told } from './told.ts'

const [place = '', url = '', nodes = '0'] = process.argv.slice(2)

async function main(): Promise<void> {
  const feeds = place === 'Redis' ? await onRedis(url, Number(nodes)) : onPostgres(url, Number(nodes))
  let delays: number[] = []
  const subscriptions = feeds.map((feed) =>
    feed.follow((notice) => {
      if (notice.kind === 'ended') delays.push(performance.timeOrigin + performance.now() - sentAt(notice))
    }, Date.now()),
  )
  await upToDate(subscriptions)
  process.on('message', (told: Told) => {
    if (told === 'end') process.exit()
    report({ delays })
    delays = []
  })
  report({ delays: [] })
}

async function onRedis(to: string, count: number): Promise<readonly Feed[]> {
  const feeds: Feed[] = []
  for (let at = 0; at < count; at++) {
    const follower = await redisConnection(to).connect()
    // It announces nothing, so it needs no other connection.
    feeds.push(redisStore({ client: unused, follower }))
  }
  return feeds
}

const unused = { sendCommand: () => Promise.reject(new Error('This node only follows')) }

function onPostgres(to: string, count: number): readonly Feed[] {
  const pool = new Pool({ connectionString: to, max: 10 })
  const listener = (): Client => new Client({ connectionString: to })
  // They share the connections on which they read: with one each, a thousand would need two thousand of the server.
  return Array.from({ length: count }, () => postgresStore({ client: pool, listener, timeout: patience }))
}

const patience = 60_000

async function upToDate(subscriptions: readonly Subscription[]): Promise<void> {
  const late = (): boolean =>
    subscriptions.some((subscription) => Date.now() - subscription.upToDateAt(Date.now()) > 10_000)
  while (late()) await new Promise((resolve) => setTimeout(resolve, 100))
}

function report(of: Report): void {
  process.send?.(of)
}

await main()
