// When PostgreSQL is paused, gone, or has come back: an answer in time, never a wrong one, and no restart of ours.

import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { SojournError } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts'
import { until } from '../support/redis.ts'
import { nodeOn, type Node } from './nodes.ts'
import { openPostgres, postgresLibraries, type OpenedPostgres } from './postgres-clients.ts'

const timeout = 500

describe.skipIf(!hasPostgres).each(postgresLibraries)(
  'PostgreSQL store in an outage, %s',
  { timeout: 120_000 },
  (library) => {
    let server: PostgresServer
    let opened: OpenedPostgres
    let node: Node
    beforeAll(async () => {
      server = await startPostgres()
      opened = openPostgres(library, server.url)
      // Without an ear, so that verifying asks the store.
      const store = postgresStore({ client: opened.options.client, timeout })
      await store.migrate()
      node = nodeOn(store, async () => {}, { feedPatience: '1s' })
    })
    afterAll(async () => {
      await node.close()
      await opened.close()
      await server.remove()
    })

    /** Everything that a person may ask for, each refused with 503 in time. */
    async function expectRefusals(sessionToken: string, id: string): Promise<void> {
      const { sojourn } = node
      const asked: Readonly<Record<string, () => Promise<unknown>>> = {
        create: () => sojourn.create({ subject: 'bob' }),
        refresh: () => sojourn.refresh(sessionToken),
        find: () => sojourn.find(id),
        list: () => sojourn.list('alice'),
        update: () => sojourn.update(id, { data: () => ({ changed: true }) }),
        revoke: () => sojourn.revoke(id),
        revokeAll: () => sojourn.revokeAll('alice'),
        sweep: () => sojourn.sweep(),
      }
      const began = performance.now()
      const answers = Object.entries(asked).map(async ([name, ask]) => {
        const answer = await ask().then(
          () => 'done',
          (error: unknown) => (error instanceof SojournError ? `${error.code} ${error.retryAfter}` : error),
        )
        // Revoking announces first, behind an announcement that is already waiting.
        return [name, answer, performance.now() - began < 4 * timeout + 3000 ? 'in time' : 'too late']
      })
      const expected = Object.keys(asked).map((name) => [name, 'store_unavailable 1', 'in time'])
      expect(await Promise.all(answers)).toEqual(expected)
    }

    it('R207 P36 A113 answers 503 in time while the server is paused, and goes on when it does', async () => {
      const { sojourn } = node
      const { sessionToken, session } = await sojourn.create({ subject: 'alice' })
      server.freeze()
      try {
        await expectRefusals(sessionToken, session.id)
      } finally {
        server.thaw()
      }
      await until(async () => (await sojourn.list('carol')).length === 0)
      const again = await sojourn.create({ subject: 'carol' })
      expect((await sojourn.refresh(again.sessionToken)).session.id).toBe(again.session.id)
      expect(await sojourn.revoke(again.session.id)).toBe(true)
      // What was refused may have happened when the server went on: signed out, or still there, but not half of it.
      expect([0, 1]).toContain((await sojourn.list('alice')).length)
    })

    it.each(['stop', 'crash'] as const)(
      'R207 P36 A113 answers 503 in time while the server is gone (%s), keeps what was answered, and is back by itself',
      async (how) => {
        const { sojourn } = node
        const { sessionToken, session } = await sojourn.create({ subject: how })
        const ended = await sojourn.create({ subject: how })
        await sojourn.revoke(ended.session.id)
        if (how === 'stop') await server.stop()
        else await server.crash()
        await expectRefusals(sessionToken, session.id)
        await server.start()
        await until(async () => (await sojourn.list(how)).length > 0)
        expect((await sojourn.list(how)).map(({ id }) => id)).toEqual([session.id])
        expect((await sojourn.refresh(sessionToken)).session.generation).toBe(1)
        await expect(sojourn.refresh(ended.sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
        expect(await sojourn.revoke(session.id)).toBe(true)
      },
    )

    it('R207 a full pool, each of whose connections waits for a row, is an outage and no hang', async () => {
      const { sojourn } = node
      const { session } = await sojourn.create({ subject: 'dora' })
      const pool = new Pool({ connectionString: server.url, max: 1 })
      const locking = await pool.connect()
      await locking.query('begin')
      await locking.query('select from sojourn.sessions for update')
      const refused = Array.from({ length: 8 }, () => sojourn.revoke(session.id))
      const results = await Promise.allSettled(refused)
      expect(results.every((result) => result.status === 'rejected')).toBe(true)
      await locking.query('rollback')
      locking.release()
      await until(
        async () => (await sojourn.revoke(session.id)) || (await sojourn.find(session.id)) === undefined,
      )
      await pool.end()
    })
  },
)
