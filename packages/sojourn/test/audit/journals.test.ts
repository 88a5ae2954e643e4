// Every journal passes the suite, on the real place where it keeps its lines.

import { join } from 'node:path'

import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, describe, it } from 'vitest'

import { memoryJournal } from '../../src/audit.ts'
import { fileJournal } from '../../src/file.ts'
import { postgresJournal } from '../../src/postgres.ts'
import { redisJournal } from '../../src/redis.ts'
import { sqliteJournal } from '../../src/sqlite.ts'
import { journalSuite } from '../../src/testing.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { runnerWhere } from '../support/suite-runner.ts'

const closings: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closings.reverse()) await close()
})

journalSuite('memory', async () => ({ journal: memoryJournal(), close: async () => {} }), { describe, it })

journalSuite(
  'SQLite',
  async () => {
    const { folder, remove } = makeFolder()
    const journal = sqliteJournal(join(folder, 'audit.db'))
    return {
      journal,
      close: async () => {
        journal.close()
        remove()
      },
    }
  },
  { describe, it },
)

for (const rotateBytes of [undefined, 2000])
  journalSuite(
    `files${rotateBytes === undefined ? '' : ', many of them'}`,
    async () => {
      const { folder, remove } = makeFolder()
      const journal = fileJournal(
        join(folder, 'audit.jsonl'),
        rotateBytes === undefined ? {} : { rotateBytes },
      )
      return {
        journal,
        close: async () => {
          await journal.close()
          remove()
        },
      }
    },
    { describe, it },
  )

const redis = hasRedis ? await startRedis() : undefined
const ioRedis = new Redis(redis?.port ?? 1, { lazyConnect: true })
const nodeRedis = createClient({ socket: { host: '127.0.0.1', port: redis?.port ?? 1 } })
nodeRedis.on('error', () => {})
if (redis) {
  await Promise.all([ioRedis.connect(), nodeRedis.connect()])
  closings.push(
    () => redis.close(),
    () => ioRedis.disconnect(),
    () => nodeRedis.destroy(),
  )
}
for (const [name, client] of [
  ['ioredis', ioRedis],
  ['redis', nodeRedis],
] as const) {
  const open = async () => {
    await redis?.command('FLUSHALL')
    return { journal: redisJournal({ client }), close: async () => {} }
  }
  journalSuite(`Redis through ${name}`, open, runnerWhere(hasRedis))
}

const postgres = hasPostgres ? await startPostgres() : undefined
const pool = new Pool({ connectionString: postgres?.url ?? 'postgres://nowhere.invalid', max: 10 })
closings.push(
  () => postgres?.remove(),
  () => pool.end(),
)
const inPostgres = postgresJournal({ client: pool })
if (postgres) await inPostgres.migrate()
journalSuite(
  'PostgreSQL',
  async () => {
    await pool.query(
      `truncate sojourn.audit_lines; update sojourn.audit_marks set number = 0, mac = '', seal = ''`,
    )
    return { journal: inPostgres, close: async () => {} }
  },
  runnerWhere(hasPostgres),
)
