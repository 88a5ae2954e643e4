// The feed in PostgreSQL: what one node ends, every node refuses, at once and whatever happens to connections, to the
// server, and to the order in which transactions commit.

import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Notice } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts'
import { until } from '../support/redis.ts'
import { asPercentiles, delaysOfRefusal, refusalOf, withNodesOf } from './nodes.ts'
import { postgresLibraries } from './postgres-clients.ts'
import { openPostgresNode, type PostgresNode, type PostgresNodeOptions } from './postgres-nodes.ts'

// A node that trusts what it hears until it expires: whatever is refused there, the feed alone has refused.
const trusting: PostgresNodeOptions = { sojourn: { onInterruptedFeed: 'open' } }
const timeout = 60_000
const soon = { timeout: 60_000 }

describe.skipIf(!hasPostgres)('feed in PostgreSQL', { timeout }, () => {
  let server: PostgresServer
  let root: Pool
  beforeAll(async () => {
    server = await startPostgres()
    root = new Pool({ connectionString: server.url, max: 3 })
    root.on('error', () => {})
    await postgresStore({ client: root }).migrate()
  })
  afterAll(async () => {
    await root.end()
    await server.remove()
  })
  const open = (
    library: (typeof postgresLibraries)[number] = 'pg',
    options?: PostgresNodeOptions,
  ): PostgresNode => openPostgresNode(library, server.url, options)

  /** Ends every connection but the one that says so; resolves to how many there were. */
  async function cutAll(): Promise<number> {
    const others = `select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and backend_type = 'client backend'`
    return (await root.query(others)).rowCount ?? 0
  }

  for (const library of postgresLibraries) {
    it(`R15 P19 P21 P44 ${library}: a logout on one node is refused on another within milliseconds`, async () => {
      await withNodesOf([open(library), open(library, trusting)], async (a, b) => {
        const delays = await delaysOfRefusal(a, b, 100)
        console.log(`answered logout to refusal elsewhere, ${library}: ${asPercentiles(delays)}`)
        // Far less than the second after which a node looks without being told.
        expect(delays[50]).toBeLessThan(500)
      })
    })

    it(`P21 ${library}: loses no notice while every connection is ended again and again`, async () => {
      await withNodesOf([open(), open(library, trusting)], async (a, b) => {
        const tokens: string[] = []
        let cuts = 0
        for (let round = 0; round < 60; round++) {
          const { session, accessToken } = await insist(() => a.sojourn.create({ subject: 'alice' }))
          tokens.push(accessToken)
          if (round % 6 === 0) cuts += await cutAll()
          await insist(() => a.sojourn.revoke(session.id))
        }
        expect(cuts).toBeGreaterThanOrEqual(20)
        for (const token of tokens) await expect.poll(() => refusalOf(b, token), soon).toBe('token_rejected')
      })
    })

    it.each(['fast', 'immediate'] as const)(
      `P21 R207 ${library}: loses no notice when the server is restarted (%s)`,
      async (how) => {
        await withNodesOf([open(), open(library, trusting)], async (a, b) => {
          const issued = await Promise.all(
            Array.from({ length: 20 }, () => a.sojourn.create({ subject: 'alice' })),
          )
          for (const [at, { session }] of issued.entries()) {
            if (at === 10) await server.restart(how)
            await insist(() => a.sojourn.revoke(session.id))
          }
          for (const { accessToken } of issued)
            await expect.poll(() => refusalOf(b, accessToken), soon).toBe('token_rejected')
        })
      },
    )
  }

  it('R15 P21 hears what commits late, although what was begun after it has long been read', async () => {
    await withNodesOf([open()], async ({ feed }) => {
      const heard: string[] = []
      // Whoever begins to follow hears those of the last minutes again.
      const isOurs = /^(late|early|between)\d+$/
      const tell = (notice: Notice): void => {
        if (notice.kind === 'ended' && isOurs.test(notice.sessionId)) heard.push(notice.sessionId)
      }
      const subscription = feed.follow(tell, Date.now())
      await until(async () => subscription.upToDateAt(0) > -Infinity)

      // More than a page of them, begun first and committed last.
      const late = await root.connect()
      const names = (word: string): string[] => Array.from({ length: 1500 }, (_, at) => `${word}${at}`)
      const write = (word: string): string =>
        `insert into sojourn.notices (at, notices) select 1, '[{"kind":"ended","sessionId":"${word}' || n || '","reason":"idle","at":1}]'
          from generate_series(0, 1499) as n; select pg_notify('sojourn', '')`
      await late.query('begin')
      await late.query(write('late'))
      await root.query(write('early'))
      await until(async () => heard.length >= 1500)
      for (let number = 0; number < 10; number++) await feed.announce([ended(`between${number}`)])
      await until(async () => heard.length >= 1510)
      expect(heard.filter((name) => name.startsWith('late'))).toEqual([])
      await late.query('commit')
      late.release()
      await until(async () => heard.length >= 3010)
      const between = Array.from({ length: 10 }, (_, at) => `between${at}`)
      // All of them, once, and each of the three in the order of its announcement.
      expect(heard).toEqual([...names('early'), ...between, ...names('late')])
      subscription.close()
    })
  })

  it('does not tell of what is rolled back', async () => {
    await withNodesOf([open()], async ({ feed }) => {
      const heard: Notice[] = []
      const subscription = feed.follow((notice) => void heard.push(notice), Date.now())
      const other = await root.connect()
      await other.query('begin')
      await other.query(
        `insert into sojourn.notices (at, notices) values (1, '${JSON.stringify([ended('no')])}')`,
      )
      await other.query('rollback')
      other.release()
      await feed.announce([ended('yes')])
      await until(async () => heard.some((notice) => notice.kind === 'ended' && notice.sessionId === 'yes'))
      expect(JSON.stringify(heard)).not.toContain('"no"')
      subscription.close()
    })
  })

  it('R15 P21 a node that is started after a logout refuses the old access token, without asking the store', async () => {
    await withNodesOf([open()], async (a) => {
      const { session, accessToken } = await a.sojourn.create({ subject: 'alice' })
      await a.sojourn.revoke(session.id)
      const late = open('postgres', trusting)
      await expect.poll(() => refusalOf(late, accessToken), soon).toBe('token_rejected')
      await late.close()
    })
  })

  it('P21 without an ear of its own a node looks once a second', async () => {
    await withNodesOf([open()], async (a) => {
      const store = postgresStore({ client: root })
      const heard: Notice[] = []
      const subscription = store.follow((notice) => void heard.push(notice), Date.now())
      await a.feed.announce([ended('x')])
      await until(async () => heard.some((notice) => notice.kind === 'ended' && notice.sessionId === 'x'))
      expect(Date.now() - subscription.upToDateAt(Date.now())).toBeLessThan(5000)
      subscription.close()
    })
  })

  it('is trimmed by age, a little with each announcement, and nothing of it is lost to those who need it', async () => {
    const client = root
    const store = postgresStore({ client, schema: 'trimmed', keepNotices: 60_000 })
    await store.migrate()
    const put = (age: number, count: number): Promise<unknown> =>
      root.query(`insert into trimmed.notices (announced_at, at, notices)
        select (extract(epoch from clock_timestamp()) * 1000)::bigint - ${age}, 1, '[]' from generate_series(1, ${count})`)
    await put(61_000, 250)
    await put(30_000, 5)
    const count = async (): Promise<number> =>
      (await root.query<{ count: number }>('select count(*)::int as count from trimmed.notices')).rows[0]!
        .count
    await store.announce([ended('x')])
    expect(await count()).toBe(250 - 100 + 5 + 1)
    for (let time = 0; time < 3; time++) await store.announce([ended('x')])
    expect(await count()).toBe(5 + 4)
    // What is missing for somebody who looks further back is not passed over in silence.
    const whole = store.follow(() => {}, Date.now() - 30_000)
    const missing = store.follow(() => {}, Date.now() - 90_000)
    await until(async () => whole.upToDateAt(0) > -Infinity)
    await sleep(100)
    expect(missing.upToDateAt(0)).toBe(-Infinity)
    whole.close()
    missing.close()
  })

  it('tells how far it has read, falls behind while the server is gone, and catches up', async () => {
    await withNodesOf([open()], async ({ feed }) => {
      const lag = (): number => -subscription.upToDateAt(0)
      const subscription = feed.follow(() => {}, Date.now())
      expect(lag()).toBe(Infinity)
      await until(async () => lag() < 3500)
      await server.stop()
      const before = lag()
      await sleep(500)
      expect(lag()).toBeGreaterThan(before + 400)
      await until(async () => lag() > 4000)
      await server.start()
      await until(async () => lag() < 3500)
      subscription.close()
    })
  })

  it('P20 P21 P36 R207 cut off from the feed a node asks the store, refuses, or goes on, as it was told', async () => {
    const node = (onInterruptedFeed: 'strict' | 'closed' | 'open'): PostgresNode =>
      open('pg', { sojourn: { feedPatience: '4s', onInterruptedFeed } })
    await withNodesOf(
      [open(), node('strict'), node('closed'), node('open')],
      async (a, strict, closed, trustful) => {
        const ended = await a.sojourn.create({ subject: 'alice' })
        const kept = await a.sojourn.create({ subject: 'bob' })
        for (const of of [strict, closed, trustful]) await of.cut()
        await a.sojourn.revoke(ended.session.id)
        await sleep(4200)
        expect(await refusalOf(strict, ended.accessToken)).toBe('token_rejected')
        expect(await refusalOf(strict, kept.accessToken)).toBeUndefined()
        for (const { accessToken } of [ended, kept]) {
          await expect(closed.sojourn.verify(accessToken)).rejects.toMatchObject({
            code: 'verification_unavailable',
            status: 503,
            retryAfter: 1,
          })
          expect(await refusalOf(trustful, accessToken)).toBeUndefined()
        }
      },
    )
  })

  it('P20 a logout that cannot be announced is not answered, and has not happened', async () => {
    await withNodesOf([open()], async (a) => {
      const { session } = await a.sojourn.create({ subject: 'alice' })
      await root.query('alter table sojourn.notices rename to elsewhere')
      await expect(a.sojourn.revoke(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
      await root.query('alter table sojourn.elsewhere rename to notices')
      expect(await a.store.find(session.id)).toBeDefined()
      expect(await a.sojourn.revoke(session.id)).toBe(true)
    })
  })
})

function ended(sessionId: string): Notice {
  return { kind: 'ended', sessionId, reason: 'revoked', at: Date.now() }
}

/** What a client does that is told 503: ask again. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined
  await until(async () => {
    result = { value: await work() }
    return true
  })
  return result!.value
}
