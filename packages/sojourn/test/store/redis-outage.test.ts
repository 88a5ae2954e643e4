// When Redis is paused, gone, or has come back: an answer in time, never a wrong one, and no restart of ours.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createSojourn, SojournError, type Sojourn } from '../../src/index.ts'
import { redisStore } from '../../src/redis.ts'
import { hasRedis, startRedis, until, type RedisServer } from '../support/redis.ts'
import { issuer, secret } from '../support/secrets.ts'
import { libraries, openClient, type OpenedClient } from './redis-clients.ts'

const timeout = 250

describe.skipIf(!hasRedis).each(libraries)('Redis store in an outage, %s', (library) => {
  let server: RedisServer
  let opened: OpenedClient
  let sojourn: Sojourn
  beforeAll(async () => {
    server = await startRedis(['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'])
    opened = await openClient(library, server.port)
    const store = redisStore({ client: opened.client, timeout })
    sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store })
  })
  afterAll(async () => {
    await opened.close()
    await server.close()
  })

  /** Everything that a person may ask for, each refused with 503 in time. */
  async function expectRefusals(sessionToken: string, accessToken: string, id: string): Promise<void> {
    const asked: Readonly<Record<string, () => Promise<unknown>>> = {
      create: () => sojourn.create({ subject: 'bob' }),
      refresh: () => sojourn.refresh(sessionToken),
      // Without a follower this node asks the store about each access token.
      verify: () => sojourn.verify(accessToken),
      find: () => sojourn.find(id),
      list: () => sojourn.list('alice'),
      update: () => sojourn.update(id, { data: () => ({ changed: true }) }),
      revoke: () => sojourn.revoke(id),
      revokeAll: () => sojourn.revokeAll('alice'),
    }
    const began = performance.now()
    const answers = Object.entries(asked).map(async ([name, ask]) => {
      const answer = await ask().then(
        () => 'done',
        (error: unknown) => (error instanceof SojournError ? `${error.code} ${error.retryAfter}` : error),
      )
      return [name, answer, performance.now() - began < timeout + 1000 ? 'in time' : 'too late']
    })
    const expected = Object.keys(asked).map((name) => [name, 'store_unavailable 1', 'in time'])
    expect(await Promise.all(answers)).toEqual(expected)
  }

  it('R207 P36 A113 answers 503 in time while the server is paused, and goes on when it does', async () => {
    const { sessionToken, accessToken, session } = await sojourn.create({ subject: 'alice' })
    server.freeze()
    try {
      await expectRefusals(sessionToken, accessToken, session.id)
    } finally {
      server.thaw()
    }
    await until(async () => (await sojourn.list('alice')).length === 1)
    expect(await sojourn.verify(accessToken)).toMatchObject({ sessionId: session.id })
    expect((await sojourn.refresh(sessionToken)).session.id).toBe(session.id)
    expect(await sojourn.revoke(session.id)).toBe(true)
    await expect(sojourn.verify(accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
  })

  it('R207 P36 A113 answers 503 in time while the server is gone, and is back within seconds of it', async () => {
    const { sessionToken, accessToken, session } = await sojourn.create({ subject: 'carol' })
    await server.kill()
    await expectRefusals(sessionToken, accessToken, session.id)
    await sleep(200)
    const began = performance.now()
    await server.start()
    await until(async () => (await sojourn.list('dave')).length === 0)
    expect(performance.now() - began).toBeLessThan(15_000)
    // A server that has restarted knows no script.
    const again = await sojourn.create({ subject: 'dave' })
    expect(await sojourn.find(again.session.id)).toBeDefined()
    expect((await sojourn.refresh(again.sessionToken)).session.generation).toBe(1)
  })

  it('R207 what was answered is there after a crash, with a log that is written at once', async () => {
    const kept = await sojourn.create({ subject: 'erin' })
    const ended = await sojourn.create({ subject: 'erin' })
    await sojourn.revoke(ended.session.id)
    await server.kill()
    await server.start()
    await until(async () => (await sojourn.list('erin')).length > 0)
    expect((await sojourn.list('erin')).map(({ id }) => id)).toEqual([kept.session.id])
    await expect(sojourn.refresh(ended.sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
  })

  it('R207 does not take for missing what it cannot read', async () => {
    const { session } = await sojourn.create({ subject: 'frank' })
    const key = `sj:{${session.id.slice(0, 8)}}`
    await server.command('HSET', key, session.id.slice(8), 'something else')
    await expect(sojourn.find(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
    await server.command('DEL', key)
    await server.command('SET', key, 'no hash', 'PX', '60000')
    await expect(sojourn.find(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(sojourn.revoke(session.id)).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})
