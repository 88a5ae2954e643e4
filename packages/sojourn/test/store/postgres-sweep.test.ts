// How the PostgreSQL store sweeps: in steps that go on where the last one ended and still leave nobody out, without
// waiting for the disk, and without anybody else waiting less for it.

import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Entry } from '../../src/index.ts'
import { postgresStore, type PostgresStore } from '../../src/postgres.ts'
import type { PgClient, Value } from '../../src/store/postgres-client.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts'

const noon = 1_700_000_000_000

function entryOf(number: number, expiresAt = noon - 1000 + number): Entry {
  return { id: `12345678-${number}`, owner: '12345678-o', version: 1, expiresAt, state: 's' }
}

describe.skipIf(!hasPostgres)('sweeping in PostgreSQL', () => {
  let server: PostgresServer
  let pool: Pool
  let store: PostgresStore
  let steps: { readonly before: Value; readonly from: Value; readonly limit: Value }[] = []
  beforeAll(async () => {
    // Nothing but a commit that waits for the disk brings the log there.
    server = await startPostgres({ wal_writer_delay: '10s' })
    pool = new Pool({ connectionString: server.url, max: 2 })
    pool.on('error', () => {})
    const client: PgClient = {
      query: (query) => {
        const [before = null, from = null, limit = null] = query.values
        if (query.text.includes('skip locked')) steps.push({ before, from, limit })
        return pool.query(query)
      },
    }
    store = postgresStore({ client, timeout: 10_000 })
    await store.migrate()
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })
  beforeEach(async () => {
    await pool.query('truncate sojourn.sessions')
    steps = []
  })

  async function fill(count: number): Promise<void> {
    for (let number = 0; number < count; number++) await store.insert(entryOf(number))
  }

  it('R213 goes on where the last step ended, and looks from the beginning before it says that nothing is left', async () => {
    await fill(450)
    expect([await store.sweep(noon, 200), await store.sweep(noon, 300)]).toEqual([200, 250])
    const beginning = steps[0]!.from
    const reached = [99, 199, 299, 399].map((number) => entryOf(number).expiresAt)
    expect(steps.map(({ from }) => from)).toEqual([beginning, ...reached, beginning])
    expect(steps.map(({ limit }) => limit)).toEqual([100, 100, 100, 100, 100, 50])
    // What is over is forgotten, and so it is when the time is another.
    steps = []
    await fill(100)
    expect([await store.sweep(noon, 50), await store.sweep(noon + 1, 50)]).toEqual([50, 50])
    expect(steps.map(({ from }) => from)).toEqual([beginning, beginning])
  })

  it('R213 P40 comes back for what somebody else held when it passed', async () => {
    await fill(300)
    await store.insert(entryOf(999, noon + 1))
    const other = await pool.connect()
    await other.query('begin')
    await other.query(`select from sojourn.sessions where expires_at < ${entryOf(5).expiresAt} for update`)
    expect(await store.sweep(noon, 200)).toBe(200)
    await other.query('rollback')
    other.release()
    expect(await store.sweep(noon, 200)).toBe(100)
    expect(await store.stats(noon)).toMatchObject({ live: 1, expired: 0 })
  })

  it('R213 does not wait for the disk; whoever comes after it does', async () => {
    // Asked again if the server has written for itself just then, as it does every few seconds.
    const afterwards = async (work: () => Promise<unknown>): Promise<unknown> => {
      await store.insert(entryOf(1))
      await work()
      const asked = `select pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() as ahead,
        current_setting('synchronous_commit') as wait`
      return (await pool.query(asked)).rows[0]
    }
    await expect.poll(() => afterwards(() => store.sweep(noon, 1))).toEqual({ ahead: true, wait: 'on' })
    await expect
      .poll(() => afterwards(() => store.remove(entryOf(1).id)))
      .toEqual({ ahead: false, wait: 'on' })
  })

  it('R213 sweeps again what a crash of the server has brought back, and a crash brings back nothing else', async () => {
    await fill(300)
    for (const number of [1000, 1001]) await store.insert(entryOf(number, noon + 1))
    expect(await store.sweep(noon, 100)).toBe(100)
    expect(await store.remove(entryOf(1000).id)).toBe(true)
    expect(await store.sweep(noon, 100)).toBe(100)
    await server.restart('immediate')
    // A connection that was lost is told of at its next use.
    await expect.poll(() => pool.query('select 1').catch(() => 'lost')).toMatchObject({ rowCount: 1 })
    const left = await store.backlog(noon, 1000)
    // A commit that waits takes along all that came before it.
    expect([100, 200]).toContain(left)
    expect(await store.sweep(noon, 1000)).toBe(left)
    expect(await store.stats(noon)).toMatchObject({ live: 1, expired: 0 })
  })
})
