// How the tables of the PostgreSQL store come about, and stay.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type Entry } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts'
import { issuer, secret } from '../support/secrets.ts'
import { openPostgres, postgresLibraries, type OpenedPostgres } from './postgres-clients.ts'

const entry: Entry = { id: '12345678-1', owner: '12345678-o', version: 1, expiresAt: 1, state: 's' }

describe.skipIf(!hasPostgres)('schema of the PostgreSQL store', () => {
  let server: PostgresServer
  let root: Pool
  let database = 0
  let url: string
  let pool: Pool
  beforeAll(async () => {
    server = await startPostgres()
    root = new Pool({ connectionString: server.url, max: 1 })
  })
  afterAll(async () => {
    await root.end()
    await server.remove()
  })
  // An empty database for each test.
  beforeEach(async () => {
    const name = `empty${database++}`
    await root.query(`create database ${name}`)
    url = server.url.replace(/postgres$/, name)
    pool = new Pool({ connectionString: url, max: 3 })
  })
  afterEach(() => pool.end())

  const tables = async (): Promise<readonly unknown[]> => {
    const asked = `select table_name from information_schema.tables where table_schema = 'sojourn' order by 1`
    return (await pool.query<{ table_name: string }>(asked)).rows.map((row) => row.table_name)
  }
  const all: unknown = expect.arrayContaining(['notices', 'schema_version', 'sessions'])

  it.each(postgresLibraries)('%s: ten nodes that start together on an empty database', async (library) => {
    const opened: OpenedPostgres[] = Array.from({ length: 10 }, () => openPostgres(library, url, 2))
    const stores = opened.map(({ options }) => postgresStore(options))
    await Promise.all(stores.map((store) => store.migrate()))
    const inserted = stores.map((store, at) => store.insert({ ...entry, id: `12345678-${at}` }))
    expect(await Promise.all(inserted)).toEqual(stores.map(() => true))
    expect(await tables()).toEqual(all)
    expect((await pool.query('select from sojourn.schema_version where version > 1')).rowCount).toBe(1)
    // Nothing is locked any more.
    const locks = `select count(*)::int as count from pg_locks where locktype = 'advisory'`
    expect((await pool.query(locks)).rows).toEqual([{ count: 0 }])
    await Promise.all(opened.map(({ close }) => close()))
  })

  it('ten processes that start together on an empty database', { timeout: 120_000 }, async () => {
    const script = join(import.meta.dirname, 'postgres-starter.ts')
    const children = Array.from({ length: 10 }, (_, at) =>
      spawn(process.execPath, [script, url, String(at)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    const ended = children.map((child) => once(child, 'close'))
    for (const child of children) child.stdin.end()
    expect((await Promise.all(ended)).map(([status]: unknown[]) => status)).toEqual(children.map(() => 0))
    expect((await pool.query('select id from sojourn.sessions')).rows).toHaveLength(10)
  })

  it('waits for the one who is at it, and does nothing twice', async () => {
    const one = await pool.connect()
    await one.query('begin')
    await one.query('select pg_advisory_xact_lock(7268541903)')
    let done = false
    const migrating = postgresStore({ client: pool }).migrate()
    void migrating.then(() => (done = true))
    await expect
      .poll(async () => (await root.query(`select 1 from pg_locks where not granted`)).rowCount)
      .toBe(1)
    expect(done).toBe(false)
    await one.query('commit')
    one.release()
    await migrating
    expect(await tables()).toEqual(all)
  })

  it.each(['read committed', 'repeatable read', 'serializable'])(
    'comes about under %s, with several at it',
    async (isolation) => {
      const slow = new Pool({
        connectionString: url,
        options: `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`,
      })
      const stores = Array.from({ length: 5 }, () => postgresStore({ client: slow }))
      await Promise.all(stores.map((store) => store.migrate()))
      expect(await stores[0]!.insert(entry)).toBe(true)
      await slow.end()
    },
  )

  it('needs no right to change anything once it is up to date', async () => {
    await postgresStore({ client: pool }).migrate()
    await pool.query(`create role clerk${database} login;
      grant usage on schema sojourn to clerk${database};
      grant select, insert, update, delete on all tables in schema sojourn to clerk${database}`)
    const clerk = new Pool({ connectionString: url.replace('postgres@', `clerk${database}@`), max: 2 })
    const store = postgresStore({ client: clerk })
    await store.migrate()
    const sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store })
    const { sessionToken, session } = await sojourn.create({ subject: 'alice' })
    await sojourn.refresh(sessionToken)
    expect(await sojourn.revoke(session.id)).toBe(true)
    await sojourn.sweep()
    sojourn.close()
    await clerk.end()
  })

  it('brings what an earlier version has made up to date, and keeps what is in it', async () => {
    await postgresStore({ client: pool }).migrate()
    await postgresStore({ client: pool }).insert(entry)
    // All that came after the first version.
    const later = (await tables()).filter((name) => name !== 'sessions' && name !== 'schema_version')
    for (const name of later) await pool.query(`drop table sojourn.${String(name)}`)
    await pool.query('update sojourn.schema_version set version = 1')
    const store = postgresStore({ client: pool })
    await Promise.all([store.migrate(), store.migrate()])
    expect(await tables()).toEqual(all)
    expect(await store.find(entry.id)).toEqual(entry)
    await store.announce([{ kind: 'keys', at: 1 }])
  })

  it('refuses what a newer version has written, and leaves it as it is', async () => {
    await postgresStore({ client: pool }).migrate()
    await pool.query('update sojourn.schema_version set version = 99')
    await expect(postgresStore({ client: pool }).migrate()).rejects.toMatchObject({
      code: 'config_invalid',
      members: { faults: [expect.stringMatching(/sojourn was written by a newer version of Sojourn \(99/)] },
    })
    expect((await pool.query('select version from sojourn.schema_version')).rows).toEqual([{ version: 99 }])
  })

  it('is made wholly or not at all, and says what is missing where it was not', async () => {
    const store = postgresStore({ client: pool })
    const sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store })
    await expect(sojourn.create({ subject: 'alice' })).rejects.toMatchObject({
      code: 'store_unavailable',
      cause: { message: expect.stringContaining('call migrate() first') as unknown },
    })
    sojourn.close()
    // The second of the migrations cannot succeed here.
    await pool.query('create schema sojourn; create table sojourn.notices (theirs text)')
    await expect(store.migrate()).rejects.toThrow(/notices/)
    expect(await tables()).toEqual(['notices'])
  })

  it('stays beside the tables of the application, several times if it must', async () => {
    await pool.query('create table sessions (theirs text); insert into sessions values (1)')
    const [ours, other] = ['sojourn', 'second'].map((schema) => postgresStore({ client: pool, schema }))
    await Promise.all([ours!.migrate(), other!.migrate()])
    await ours!.insert(entry)
    expect(await other!.find(entry.id)).toBeUndefined()
    expect((await pool.query('select * from sessions')).rows).toEqual([{ theirs: '1' }])
  })

  it.each(['Sojourn', 'pg_mine', 'a"b', 'a.b', '', 'x'.repeat(64)])(
    'refuses a schema called %j',
    (schema) => {
      expect(() => postgresStore({ client: pool, schema })).toThrow(/schema must be a name in lower case/)
    },
  )
})
