// Sessions in PostgreSQL, ours and those of connect-pg-simple, each in the table that the store itself makes. What the
// server says that the table takes counts (pg_total_relation_size, after VACUUM): rows, indexes and maps.
//
// A table in use is larger than one just loaded, because a changed row is a new row and the old one is swept later. So
// each is measured a second time after everybody was seen once more: a 25th of the people at a time, all over the
// table, with a VACUUM after each five, which is when PostgreSQL would begin one by itself. A change has the effect of
// what the stores write: ours the whole row, and in one of ten another time of expiry (it moves in tenths of the idle
// time); that of connect-pg-simple a later time of expiry, its `touch`.

import { Pool } from 'pg'
import { postgresStore } from 'sojourn/postgres'

import { startPostgres } from '../../../packages/sojourn/test/support/postgres.ts'
import { connectPgSimpleStore, keep, kept, peerId, peerSession } from './peers.ts'
import { idle, type SessionMaker } from './sessions.ts'
import { Samples, type Place, type Size, type Target } from './target.ts'

// Nobody depends on this data after a crash, and we say ourselves when to vacuum.
const settings = { fsync: 'off', synchronous_commit: 'off', autovacuum: 'off', max_wal_size: '4GB' }

export async function postgresPlace(maker: SessionMaker): Promise<Place> {
  const server = await startPostgres(settings)
  const pool = new Pool({ connectionString: server.url, max: 4 })
  const last = async (): Promise<void> => {
    await pool.end()
    await server.remove()
  }
  return {
    measure: 'pg_total_relation_size',
    targets: [await sojournIn(pool, maker), await connectPgSimpleIn(pool, last)],
  }
}

async function sojournIn(pool: Pool, maker: SessionMaker): Promise<Target> {
  const store = postgresStore({ client: pool })
  await store.migrate()
  const sojourn = maker.engineOn(store)
  const samples = new Samples()
  const table = 'sojourn.sessions'
  return {
    store: 'Sojourn',
    async write(batch) {
      await pool.query(
        `insert into ${table} (id, owner, version, expires_at, state)
          select * from unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::text[])`,
        (['id', 'owner', 'version', 'expiresAt', 'state'] as const).map((column) =>
          batch.map(({ entry }) => entry[column]),
        ),
      )
      samples.note(batch)
    },
    check: () => samples.check((id) => sojourn.find(id)),
    size: () =>
      sizesOf(
        pool,
        table,
        (part) =>
          `update ${table} set owner = owner, version = version + 1, state = state, expires_at = expires_at +
          case when hashtext(id || 'moved') & 1023 < 102 then ${idle / 10} else 0 end where ${isIn('id', part)}`,
      ),
    close: async () => sojourn.close(),
  }
}

async function connectPgSimpleIn(pool: Pool, close: () => Promise<void>): Promise<Target> {
  const store = await connectPgSimpleStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  // The first access makes the table.
  await kept(store, 'nobody')
  const samples = new Samples()
  const table = 'public.session'
  return {
    store: 'connect-pg-simple',
    async write(batch) {
      const named = batch.map(({ facts }) => ({ id: peerId(), facts }))
      const [first, ...others] = named
      // One in a batch through the store, so that a wrong column would show; the others as it would write them.
      if (first) await keep(store, first.id, peerSession(first.facts))
      await pool.query(
        `insert into ${table} (sid, sess, expire)
          select sid, sess::json, to_timestamp(expire) from unnest($1::text[], $2::text[], $3::bigint[]) as t(sid, sess, expire)`,
        [
          others.map(({ id }) => id),
          others.map(({ facts }) => JSON.stringify(peerSession(facts))),
          others.map(({ facts }) => Math.ceil((facts.seenAt + idle) / 1000)),
        ],
      )
      samples.note(named)
    },
    check: () => samples.check((id) => kept(store, id)),
    size: () =>
      sizesOf(
        pool,
        table,
        (part) => `update ${table} set expire = expire + interval '5 minutes' where ${isIn('sid', part)}`,
      ),
    close,
  }
}

const parts = 25

function isIn(id: string, part: number): string {
  return `abs(hashtext(${id})::bigint) % ${parts} = ${part}`
}

async function sizesOf(pool: Pool, table: string, seenOnceMore: (part: number) => string): Promise<Size> {
  const bytes = await sizeOf(pool, table)
  for (let part = 0; part < parts; part++) {
    await pool.query(seenOnceMore(part))
    if (part % 5 === 4) await pool.query(`vacuum ${table}`)
  }
  return { bytes, afterUse: await sizeOf(pool, table) }
}

async function sizeOf(pool: Pool, table: string): Promise<number> {
  await pool.query(`vacuum analyze ${table}`)
  const { rows } = await pool.query<{ size: string }>(`select pg_total_relation_size('${table}') as size`)
  return Number(rows[0]?.size)
}
