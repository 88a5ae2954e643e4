// A browser and an Express application over real HTTP, while the store is paused or gone: every answer comes in time and
// says what is true. Nobody is quietly taken for a visitor, and nothing counts as done that was not done.

import express from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type Feed, type Sojourn, type Store } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { redisStore } from '../../src/redis.ts'
import { testClient, type TestClient, type Told } from '../../src/testing.ts'
import { routes } from '../../src/testing/adapter-suite/application.ts'
import type { Served } from '../../src/testing/adapter-suite.ts'
import { serveExpress } from '../adapter/serve-express.ts'
import { openPostgres } from '../store/postgres-clients.ts'
import { openClient } from '../store/redis-clients.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { issuer, secret } from '../support/secrets.ts'

interface Down {
  down(): Promise<void> | void
  up(): Promise<void> | void
}

interface Place {
  /** Without an ear of its own, so that trust in what was verified ends soon. */
  readonly store: Store & Feed
  readonly ways: Readonly<Record<Way, Down>>
  close(): Promise<void>
}

type Way = 'paused' | 'gone'

const timeout = 500
// More than any store is waited for, and far less than what anybody calls a hang.
const bound = 10_000

const places: Readonly<Record<string, { readonly isHere: boolean; open(): Promise<Place> }>> = {
  Redis: {
    isHere: hasRedis,
    async open() {
      const server = await startRedis(['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'])
      const opened = await openClient('redis', server.port)
      return {
        store: redisStore({ client: opened.client, timeout }),
        ways: {
          paused: { down: server.freeze, up: server.thaw },
          gone: { down: server.kill, up: server.start },
        },
        async close() {
          await opened.close()
          await server.close()
        },
      }
    },
  },
  PostgreSQL: {
    isHere: hasPostgres,
    async open() {
      const server = await startPostgres()
      const opened = openPostgres('pg', server.url)
      const store = postgresStore({ client: opened.options.client, timeout })
      await store.migrate()
      return {
        store,
        ways: {
          paused: { down: server.freeze, up: server.thaw },
          gone: { down: server.crash, up: server.start },
        },
        async close() {
          await opened.close()
          await server.remove()
        },
      }
    },
  },
}

for (const [name, { isHere, open }] of Object.entries(places)) {
  describe.skipIf(!isHere)(`Express on ${name}`, { timeout: 120_000 }, () => {
    let place: Place
    let sojourn: Sojourn
    let served: Served
    let browser: TestClient
    let visitor: TestClient
    beforeAll(async () => {
      place = await open()
      sojourn = createSojourn({
        issuer,
        environment: 'test',
        secrets: [secret()],
        store: place.store,
        feedPatience: '2s',
      })
      const options = { trustedProxies: ['loopback'] }
      served = await serveExpress(express)({ sojourn, options, routes })
    })
    afterAll(async () => {
      await served.close()
      sojourn.close()
      await place.close()
    })
    beforeEach(async () => {
      browser = testClient({ url: served.url })
      visitor = testClient({ url: served.url })
      await browser.useCsrfToken()
      const json = { subject: 'ada', claims: { role: 'owner' } }
      await browser.ask('POST', '/login', { json })
      await browser.useCsrfToken()
    })
    afterEach(() => {
      browser.close()
      visitor.close()
    })

    const timed = async (asking: Promise<Told>): Promise<readonly unknown[]> => {
      const began = performance.now()
      const told = await asking
      const isInTime = performance.now() - began < bound
      const isProblem = String(told.headers['content-type']).startsWith('application/problem+json')
      return [
        told.status,
        isProblem && told.json()['code'],
        told.headers['retry-after'],
        told.cookies,
        isInTime,
      ]
    }
    const unavailable = [503, 'store_unavailable', '1', [], true]

    it.each(['paused', 'gone'] as const)(
      'R207 P20 P36 A113 the store is %s: 503 with Retry-After in time, nothing is done or said to be done, and it recovers',
      async (way) => {
        expect((await browser.ask('GET', '/me')).json()).toMatchObject({ subject: 'ada' })
        await place.ways[way].down()
        try {
          // As long as the feed is trusted, what was verified before may go on.
          const me = async (): Promise<number> => {
            const told = await browser.ask('GET', '/me')
            expect([200, 503]).toContain(told.status)
            return told.status
          }
          await expect.poll(me, { timeout: 20_000 }).toBe(503)
          expect(await timed(browser.ask('GET', '/me'))).toEqual(unavailable)
          // The page is for everybody, but somebody who is signed in is not shown it as a stranger.
          expect(await timed(browser.ask('GET', '/public'))).toEqual(unavailable)
          expect(await timed(browser.ask('POST', '/change'))).toEqual(unavailable)
          const json = { subject: 'grace' }
          expect(await timed(visitor.ask('POST', '/login', { json }))).toEqual(unavailable)
          expect(await timed(browser.ask('POST', '/session/refresh'))).toEqual(unavailable)
          expect(await timed(browser.ask('POST', '/logout'))).toEqual(unavailable)
          expect(await timed(browser.ask('POST', '/session/logout', { json: {} }))).toEqual(unavailable)
          expect(await timed(browser.ask('GET', '/session/devices'))).toEqual(unavailable)
          // A visitor needs no store.
          expect((await visitor.ask('GET', '/public')).json()).toEqual({ subject: null })
        } finally {
          await place.ways[way].up()
        }
        const login = async (): Promise<number> => {
          await visitor.useCsrfToken()
          return (await visitor.ask('POST', '/login', { json: { subject: 'grace' } })).status
        }
        await expect.poll(login, { timeout: 20_000 }).toBe(200)
        await visitor.useCsrfToken()
        expect((await visitor.ask('GET', '/me')).json()).toMatchObject({ subject: 'grace' })
        expect((await visitor.ask('POST', '/session/refresh')).status).toBe(204)
        expect((await visitor.ask('POST', '/session/logout', { json: {} })).status).toBe(204)
        // The first browser kept its cookies: asked again, the sign-out is done.
        expect((await browser.ask('POST', '/session/logout', { json: {} })).status).toBe(204)
        expect((await browser.ask('GET', '/me')).status).toBe(401)
      },
    )
  })
}
