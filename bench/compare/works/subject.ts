// The sessions of one person, listed and ended, in a store with a thousand and with a million sessions of others: what it
// takes must follow from their own number alone. connect-redis has no way to a person's sessions but to read all of them.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Sojourn } from 'sojourn'

import type { Opened } from '../../operations/stores.ts'
import { redisConnection, redisServer } from '../../servers.ts'
import { imported } from '../imported.ts'
import { busy, elapsed, loopAsync, type Meter } from '../loop.ts'
import { filled } from '../stores/filled.ts'
import { places, sojournOn } from '../stores/places.ts'
import { sessionsOf, type Contender, type Goal, type Row, type Work } from '../work.ts'

const few = 1000
const sizes = [1, 10, 1000] as const

export const row: Row = {
  variants: places.filter((place) => place !== 'memory'),
  span: 100,
  warmUp: 200,
  rounds: 5,

  async work(variant, options): Promise<Work> {
    const many = sessionsOf(options)
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-subject-'))
    const [small, large] = [await filled(variant, few, folder), await filled(variant, many, folder)]
    const theirs = variant === 'Redis' ? await connectRedis(many) : undefined
    const meter = variant === 'SQLite' ? busy : elapsed
    const [amongFew, amongMany] = [few, many].map((count) => `among ${count.toLocaleString('en')}`) as [
      string,
      string,
    ]
    const contenders = [
      ...(await operations(large, amongMany, meter)),
      ...(await operations(small, amongFew, meter)),
      ...(theirs ? [theirs.contender] : []),
    ]
    const goals = contenders
      .filter(({ name }) => name.endsWith(amongMany) && !name.startsWith('connect-redis'))
      .map(({ name }): Goal => ({ times: 1 / 1.5, than: name.replace(amongMany, amongFew), who: name }))
    return {
      row: 'subject',
      variant,
      title: `List, and end, the sessions of one person on ${variant}`,
      unit: 'µs',
      contenders,
      goals,
      note: 'To end them includes the announcement on the feed.',
      async close() {
        await small.close()
        await large.close()
        await theirs?.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

async function operations(opened: Opened, among: string, meter: Meter): Promise<Contender[]> {
  const sojourn = sojournOn(opened)
  const all: Contender[] = []
  for (const size of sizes) {
    const own = `${size.toLocaleString('en')} of ${opened.name}`
    await signedIn(sojourn, own, size)
    all.push({
      name: `list ${size.toLocaleString('en')} ${among}`,
      kind: 'ours',
      async prove() {
        if ((await sojourn.list(own)).length !== size) throw new Error('Not all of them are listed')
      },
      measure: loopAsync(() => sojourn.list(own), once, { meter }),
    })
  }
  for (const size of sizes) all.push(ending(sojourn, size, among, meter))
  return all
}

/** Ends what was begun beforehand: that does not count. */
function ending(sojourn: Sojourn, size: number, among: string, meter: Meter): Contender {
  const subject = `to be ended, ${size}`
  const cost = async (): Promise<number> => {
    await signedIn(sojourn, subject, size)
    const before = meter()
    const ended = await sojourn.revokeAll(subject)
    const took = meter() - before
    if (ended.length !== size) throw new Error('Not all of them have ended')
    return took
  }
  return {
    name: `end ${size.toLocaleString('en')} ${among}`,
    kind: 'ours',
    prove: async () => void (await cost()),
    async measure(span) {
      const costs: number[] = []
      const until = performance.now() + span
      while (costs.length < 3 || performance.now() < until) costs.push(await cost())
      return costs.reduce((sum, each) => sum + each, 0) / costs.length
    },
  }
}

async function signedIn(sojourn: Sojourn, subject: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => sojourn.create({ subject })))
}

function once(): readonly undefined[] {
  return [undefined]
}

interface ConnectRedis {
  all(): Promise<readonly { readonly subject?: string }[]>
}

/** Sessions as connect-redis keeps them, of which ten are somebody's. */
async function connectRedis(count: number): Promise<{ contender: Contender; close(): Promise<void> }> {
  const { RedisStore } = await imported<{ RedisStore: new (options: object) => ConnectRedis }>(
    'connect-redis',
  )
  const server = await redisServer()
  const client = redisConnection(server.url)
  await client.connect()
  const store = new RedisStore({ client })
  const cookie = { originalMaxAge: 86_400_000, httpOnly: true, path: '/' }
  for (let done = 0; done < count; done += 1000) {
    const rows = Array.from({ length: Math.min(1000, count - done) }, (_, at): [string, string] => [
      `sess:${randomBytes(24).toString('base64url')}`,
      JSON.stringify({
        cookie,
        subject: done + at < 10 ? 'somebody' : `person ${done + at}`,
        role: 'member',
      }),
    ])
    await client.mSet(rows)
  }
  const list = async (): Promise<number> =>
    (await store.all()).filter(({ subject }) => subject === 'somebody').length
  return {
    contender: {
      name: `connect-redis, list 10 among ${count.toLocaleString('en')} by all()`,
      kind: 'peer',
      async prove() {
        if ((await list()) !== 10) throw new Error('connect-redis has lost sessions')
      },
      async measure() {
        const before = elapsed()
        await list()
        return elapsed() - before
      },
    },
    async close() {
      client.destroy()
      await server.close()
    },
  }
}
