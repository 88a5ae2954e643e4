// What the PostgreSQL store asks of the server: values as parameters only, decisions that hold under READ COMMITTED,
// sweeps that nobody waits for, and updates that leave the indexes alone.

import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Entry } from '../../src/index.ts'
import { postgresStore, type PostgresStore } from '../../src/postgres.ts'
import type { PgClient } from '../../src/store/postgres-client.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts'

function entryOf(number: number, rest: Partial<Entry> = {}): Entry {
  const expiresAt = 1_900_000_000_000
  return { id: `12345678-${number}`, owner: '12345678-o', version: 1, expiresAt, state: 's', ...rest }
}

describe.skipIf(!hasPostgres)('statements of the PostgreSQL store', () => {
  let server: PostgresServer
  let pool: Pool
  let store: PostgresStore
  beforeAll(async () => {
    // Two who wait for each other are told soon.
    server = await startPostgres()
    pool = new Pool({ connectionString: server.url, max: 10 })
    store = postgresStore({ client: pool, timeout: 10_000 })
    await store.migrate()
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })
  beforeEach(() => pool.query('truncate sojourn.sessions'))

  /** A transaction of somebody else, who holds rows until the end of the story. */
  async function during(work: string, story: (other: PoolClient) => Promise<void>): Promise<void> {
    const other = await pool.connect()
    try {
      await other.query('begin')
      await other.query(work)
      await story(other)
    } finally {
      await other.query('rollback')
      other.release()
    }
  }

  /** Resolves when so many statements wait for a row. */
  async function waiting(count: number): Promise<void> {
    const asked = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'`
    await expect.poll(async () => (await pool.query(asked)).rows).toEqual([{ count }])
  }

  it('R210 A56 are the same whatever the values are, and hold none of them', async () => {
    const texts = new Set<string>()
    const client: PgClient = {
      query: (query) => {
        texts.add(query.text)
        return pool.query(query)
      },
    }
    const watched = postgresStore({ client })
    const hostile = [
      `'; drop table sojourn.sessions; --`,
      `' or '1'='1`,
      '$1',
      '\\',
      `"`,
      '%',
      '_',
      `E'\\x27'`,
      '/*',
      '😀'.repeat(3),
      '\n',
    ]
    for (const [at, text] of hostile.entries()) {
      const partition = text.padEnd(8, 'x')
      const entry: Entry = {
        ...entryOf(at),
        id: partition + text,
        owner: `${partition}.${text}`,
        state: text,
      }
      expect(await watched.insert(entry)).toBe(true)
      expect(await watched.find(entry.id)).toEqual(entry)
      expect(await watched.replace({ ...entry, version: 2 })).toBe(true)
      expect(await watched.list(entry.owner)).toEqual([{ ...entry, version: 2 }])
      expect(await watched.list(text)).toEqual([])
      expect(await watched.scan(text, 10)).toBeDefined()
      expect(await watched.removeAll(entry.owner, entry.id)).toEqual([])
      expect(await watched.removeAll(entry.owner, text)).toEqual([entry.id])
      expect(await watched.insert(entry)).toBe(true)
      expect(await watched.remove(entry.id)).toBe(true)
      await watched.announce([{ kind: 'ended', sessionId: text, reason: 'revoked', at }])
    }
    await watched.sweep(1, 1)
    expect(await watched.backlog(1, 1)).toBe(0)
    expect(await watched.stats(1)).toMatchObject({ live: 0, expired: 0 })
    expect(texts.size).toBe(11)
    for (const text of texts) for (const value of ['drop', `'1'='1`, '😀']) expect(text).not.toContain(value)
  })

  describe('under READ COMMITTED', () => {
    it('R22 P14 P18 a removal that is under way wins over a replacement that waits for it', async () => {
      await store.insert(entryOf(1))
      await during('select from sojourn.sessions for update', async (other) => {
        const removing = store.remove(entryOf(1).id)
        await waiting(1)
        const replacing = store.replace(entryOf(1, { version: 2 }))
        await waiting(2)
        await other.query('commit')
        expect([await removing, await replacing]).toEqual([true, false])
      })
      expect(await store.find(entryOf(1).id)).toBeUndefined()
    })

    it('R22 a removal that waits for a replacement removes what that has left', async () => {
      await store.insert(entryOf(1))
      await during('select from sojourn.sessions for update', async (other) => {
        const replacing = store.replace(entryOf(1, { version: 2 }))
        await waiting(1)
        const removing = store.remove(entryOf(1).id)
        await waiting(2)
        await other.query('commit')
        expect([await replacing, await removing]).toEqual([true, true])
      })
      expect(await store.find(entryOf(1).id)).toBeUndefined()
    })

    it('R23 P15 of two replacements that wait for the same row one comes true', async () => {
      await store.insert(entryOf(1))
      await during('select from sojourn.sessions for update', async (other) => {
        const replacing = ['a', 'b'].map((state) => store.replace(entryOf(1, { version: 2, state })))
        await waiting(2)
        await other.query('commit')
        expect((await Promise.all(replacing)).filter(Boolean)).toEqual([true])
      })
      expect(await store.find(entryOf(1).id)).toMatchObject({ version: 2 })
    })

    it.each([
      ['commit', true],
      ['rollback', false],
    ])('an insert that waits for a removal is decided by its %s', async (end, expected) => {
      await store.insert(entryOf(1))
      await during('delete from sojourn.sessions', async (other) => {
        const inserting = store.insert(entryOf(1, { state: 'new' }))
        await waiting(1)
        await other.query(end)
        expect(await inserting).toBe(expected)
      })
    })

    it('R22 the removal of all waits for what is being written, and takes it along', async () => {
      for (const number of [1, 2, 3]) await store.insert(entryOf(number))
      await during(`update sojourn.sessions set version = 2 where id = '${entryOf(2).id}'`, async (other) => {
        const removing = store.removeAll(entryOf(1).owner)
        await waiting(1)
        await other.query('commit')
        expect([...(await removing)].sort()).toEqual([1, 2, 3].map((number) => entryOf(number).id))
      })
      expect(await store.list(entryOf(1).owner)).toEqual([])
    })

    it('A112 who is stopped because two wait for each other tries again, and it is done', async () => {
      for (const number of [1, 2]) await store.insert(entryOf(number))
      const take = (number: number): string =>
        `select from sojourn.sessions where id = '${entryOf(number).id}' for update`
      await during(take(2), async (other) => {
        const removing = store.removeAll(entryOf(1).owner)
        await waiting(1)
        // The other now wants what the removal has. Whoever has waited for a second looks for a circle, and gives way.
        await other.query(`set local deadlock_timeout = '1min'`)
        await other.query(take(1))
        await other.query('commit')
        expect([...(await removing)].sort()).toEqual([entryOf(1).id, entryOf(2).id])
      })
    })
  })

  describe('sweeping', () => {
    const old = (number: number): Entry => entryOf(number, { expiresAt: 1000 + number })

    it('R213 P40 skips rows that somebody else holds, and waits for nobody', async () => {
      for (let number = 0; number < 20; number++) await store.insert(old(number))
      await store.insert(entryOf(99))
      const five = `select from sojourn.sessions where expires_at < 1005 for update`
      await during(five, async () => {
        expect(await store.sweep(5000, 100)).toBe(15)
        expect(await store.sweep(5000, 100)).toBe(0)
      })
      expect(await store.sweep(5000, 100)).toBe(5)
      expect(await store.find(entryOf(99).id)).toBeDefined()
    })

    it('R213 P40 a request does not wait for a sweep, and two sweepers share the work', async () => {
      for (let number = 0; number < 300; number++) await store.insert(old(number))
      await store.insert(entryOf(999))
      // A sweeper in the middle of its work, who has deleted and not committed.
      const sweeping = `delete from sojourn.sessions where expires_at < 1100`
      await during(sweeping, async (other) => {
        expect(await store.replace(entryOf(999, { version: 2 }))).toBe(true)
        expect(await store.insert(entryOf(1000))).toBe(true)
        const shares = [0, 0]
        // In rounds, so that neither can be done before the other has a connection.
        for (let step = 1; step > 0;) {
          const steps = await Promise.all(shares.map(() => store.sweep(5000, 20)))
          for (const [sweeper, removed] of steps.entries()) shares[sweeper]! += removed
          step = Math.max(...steps)
        }
        expect(shares).toEqual([100, 100])
        await other.query('commit')
      })
      expect(await store.stats(5000)).toMatchObject({ live: 2, expired: 0 })
    })
  })

  describe('indexes', () => {
    it('are on the id, and on the expiry that moves seldom; on nothing that a refresh changes', async () => {
      const asked = `select indexdef from pg_indexes where schemaname = 'sojourn' and tablename = 'sessions' order by 1`
      const found = (await pool.query<{ indexdef: string }>(asked)).rows
      expect(found.map(({ indexdef }) => indexdef.replace(/.* USING /, ''))).toEqual([
        'btree (expires_at)',
        'btree (id)',
      ])
    })

    it('P42 are not touched by refreshes: the new row stays in its page, and the table stays as it is', async () => {
      const sessions = Array.from({ length: 200 }, (_, number) => entryOf(number, { state: 'x'.repeat(280) }))
      for (const entry of sessions) await store.insert(entry)
      const size = async (): Promise<number> => {
        const asked = `select pg_indexes_size('sojourn.sessions')::int as bytes`
        return (await pool.query<{ bytes: number }>(asked)).rows[0]!.bytes
      }
      const counts = async (): Promise<{ all: number; inPage: number }> => {
        const asked = `select n_tup_upd::int as all, n_tup_hot_upd::int as "inPage" from pg_stat_user_tables
          where schemaname = 'sojourn' and relname = 'sessions'`
        return (await pool.query<{ all: number; inPage: number }>(asked)).rows[0]!
      }
      const before = { ...(await counts()), size: await size() }
      const rounds = 10
      for (let round = 1; round <= rounds; round++)
        for (const entry of sessions) expect(await store.replace({ ...entry, version: round + 1 })).toBe(true)
      // The server counts in its own time.
      await expect
        .poll(async () => (await counts()).all - before.all, { timeout: 30_000 })
        .toBeGreaterThanOrEqual(rounds * sessions.length)
      const after = await counts()
      const share = (after.inPage - before.inPage) / (after.all - before.all)
      console.log(`of ${rounds * sessions.length} refreshes ${(share * 100).toFixed(1)} % touched no index`)
      expect(share).toBeGreaterThan(0.9)
      expect(await size()).toBeLessThanOrEqual(before.size * 1.5)
    }, 120_000)
  })

  it('P42 R214 a session is one row, however often it is replaced', async () => {
    await store.insert(entryOf(1))
    for (let version = 2; version < 100; version++) await store.replace(entryOf(1, { version }))
    expect((await pool.query('select from sojourn.sessions')).rowCount).toBe(1)
  })
})
