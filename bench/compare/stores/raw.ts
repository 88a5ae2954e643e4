// What the drivers themselves take for the same trips: one row read by its key, one row written, one row added, the rows of
// a person listed. No rules, no tokens, no cryptography, no JSON.

import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

import { Pool } from 'pg'

import { redisConnection } from '../../servers.ts'

export interface RawStore {
  /** What it is called in a table. */
  readonly name: string
  insert(owner: string, id: string, state: string): Promise<unknown>
  read(owner: string, id: string): Promise<string | undefined>
  write(owner: string, id: string, state: string): Promise<unknown>
  list(owner: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** As long as the state of a session is. */
export function rawState(): string {
  return randomBytes(150).toString('hex').slice(0, 277)
}

export function rawMemory(): RawStore {
  const owners = new Map<string, Map<string, string>>()
  const rows = new Map<string, string>()
  return {
    name: 'a Map, twice',
    async insert(owner, id, state) {
      rows.set(id, state)
      const own = owners.get(owner) ?? new Map<string, string>()
      owners.set(owner, own.set(id, state))
    },
    read: async (_owner, id) => rows.get(id),
    write: async (_owner, id, state) => rows.set(id, state),
    list: async (owner) => [...(owners.get(owner)?.values() ?? [])],
    close: async () => {},
  }
}

export function rawSqlite(file: string): RawStore {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE row (id TEXT PRIMARY KEY, owner TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE INDEX row_by_owner ON row (owner)`)
  const insert = database.prepare('INSERT INTO row VALUES (?, ?, 1, ?)')
  const read = database.prepare('SELECT state FROM row WHERE id = ?')
  const write = database.prepare('UPDATE row SET version = version + 1, state = ? WHERE id = ?')
  const list = database.prepare('SELECT state FROM row WHERE owner = ?')
  return {
    name: 'node:sqlite, two statements',
    insert: async (owner, id, state) => insert.run(id, owner, state),
    read: async (_owner, id) => read.get(id)?.['state'] as string | undefined,
    write: async (_owner, id, state) => write.run(state, id),
    list: async (owner) => list.all(owner).map(({ state }) => String(state)),
    close: async () => database.close(),
  }
}

export async function rawRedis(url: string): Promise<RawStore> {
  const client = redisConnection(url)
  await client.connect()
  return {
    name: 'redis, two commands',
    insert: (owner, id, state) => client.hSet(`raw:${owner}`, id, state),
    read: async (owner, id) => (await client.hGet(`raw:${owner}`, id)) ?? undefined,
    write: (owner, id, state) => client.hSet(`raw:${owner}`, id, state),
    list: async (owner) => Object.values(await client.hGetAll(`raw:${owner}`)),
    close: async () => client.destroy(),
  }
}

export async function rawPostgres(url: string): Promise<RawStore> {
  const pool = new Pool({ connectionString: url, max: 10 })
  await pool.query(`create table raw (id text collate "C" primary key, owner text not null, version integer not null,
    state text not null) with (fillfactor = 80)`)
  await pool.query('create index raw_owner on raw (owner)')
  interface Row {
    readonly state: string
  }
  return {
    name: 'pg, two statements',
    insert: (owner, id, state) =>
      pool.query({
        name: 'raw-insert',
        text: 'insert into raw values ($1, $2, 1, $3)',
        values: [id, owner, state],
      }),
    async read(_owner, id) {
      const { rows } = await pool.query<Row>({
        name: 'raw-read',
        text: 'select state from raw where id = $1',
        values: [id],
      })
      return rows[0]?.state
    },
    write: (_owner, id, state) =>
      pool.query({
        name: 'raw-write',
        text: 'update raw set version = version + 1, state = $2 where id = $1',
        values: [id, state],
      }),
    async list(owner) {
      const text = 'select state from raw where owner = $1'
      const { rows } = await pool.query<Row>({ name: 'raw-list', text, values: [owner] })
      return rows.map(({ state }) => state)
    },
    close: () => pool.end(),
  }
}
