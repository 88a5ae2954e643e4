// An application that moves from express-session in one step: signed in with the old layer, imported, restarted with
// Sojourn alone. The stores are the real ones.

import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import express, { type Express } from 'express'
import session, { type Store } from 'express-session'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { createSojourn, type Sojourn } from 'sojourn'
import { adoptImported, signedIn, sojournExpress } from 'sojourn/express'
import { sqliteStore, type SqliteStore } from 'sojourn/sqlite'
import { testClient, type TestClient } from 'sojourn/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { hasPostgres, startPostgres } from '../../sojourn/test/support/postgres.ts'
import { hasRedis, startRedis } from '../../sojourn/test/support/redis.ts'
import { otherStore } from '../src/commands/other-store.ts'
import { openFormerStore } from '../src/former/open-former-store.ts'
import { importFormer, type Imported } from '../src/former/import.ts'
import { pickBy } from '../src/former/pick.ts'
import { readStoreUrl, type StoreLocation } from '../src/store-url.ts'
import { run } from './support/command.ts'
import { issuer, secret, temporaryFolder } from './support/server.ts'

declare module 'express-session' {
  interface SessionData {
    passport?: { user: string }
    role?: string
    basket?: string[]
  }
}

interface Old {
  readonly store: Store
  readonly url: string
  /** Takes every session away. */
  empty(): Promise<unknown>
  close(): Promise<unknown>
}

const oldSecret = 'the secret that express-session has been using'
const day = 24 * 3_600_000

const kinds: Readonly<Record<string, { readonly isHere: boolean; readonly open: () => Promise<Old> }>> = {
  'connect-redis': {
    isHere: hasRedis,
    async open() {
      const server = await startRedis()
      const client = createClient({ url: server.url })
      await client.connect()
      return {
        store: new RedisStore({ client }),
        url: server.url,
        empty: () => client.flushDb(),
        async close() {
          await client.close()
          await server.close()
        },
      }
    },
  },
  'connect-pg-simple': {
    isHere: hasPostgres,
    async open() {
      const server = await startPostgres()
      const pool = new Pool({ connectionString: server.url, max: 4 })
      const PgStore = connectPgSimple(session)
      const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
      return {
        store,
        url: server.url,
        empty: () => pool.query('delete from session'),
        async close() {
          store.close()
          await pool.end()
          await server.remove()
        },
      }
    },
  },
}

async function serve(app: Express): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function oldApp(store: Store): Express {
  const app = express()
  app.use(express.json())
  app.use(
    session({
      secret: oldSecret,
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 7 * day },
    }),
  )
  app.post('/sign-in', (request, response) => {
    const { name } = request.body as { name: string }
    Object.assign(request.session, { passport: { user: name }, role: 'owner', basket: ['Assam'] })
    response.sendStatus(204)
  })
  app.post('/visit', (request, response) => {
    request.session.basket = ['Darjeeling']
    response.sendStatus(204)
  })
  app.post('/sign-out', (request, response) => {
    request.session.destroy(() => response.sendStatus(204))
  })
  return app
}

function newApp(sojourn: Sojourn): Express {
  const app = express()
  app.use(sojournExpress(sojourn, { trustedProxies: ['loopback'] }))
  app.use(adoptImported({ secrets: ['a newer one', oldSecret] }))
  app.get('/me', signedIn(), (request, response, next) => {
    request.sojourn
      .load()
      .then((found) => response.json({ subject: found?.subject, claims: found?.claims, data: found?.data }))
      .catch(next)
  })
  app.post('/sign-out', (request, response, next) => {
    request.sojourn
      .signOut()
      .then(() => response.sendStatus(204))
      .catch(next)
  })
  return app
}

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

/** A browser that has signed in with the old application. */
async function signIn(url: string, name: string): Promise<TestClient> {
  const browser = testClient({ url })
  closings.push(() => browser.close())
  expect((await browser.ask('POST', '/sign-in', { json: { name } })).status).toBe(204)
  return browser
}

const options = { issuer, secrets: [secret], environment: 'development' }

describe.each(Object.entries(kinds).filter(([, { isHere }]) => isHere))('from %s', (_, kind) => {
  let old: Old
  let oldUrl: string
  let folder: ReturnType<typeof temporaryFolder>
  let store: SqliteStore
  beforeAll(async () => {
    old = await kind.open()
  })
  afterAll(async () => old.close())
  beforeEach(async () => {
    folder = temporaryFolder()
    store = sqliteStore(join(folder.path, 'sessions.db'))
    closings.push(folder.remove, () => store.close())
    const before = await serve(oldApp(old.store))
    oldUrl = before.url
    closings.push(before.close)
    // Where connect-pg-simple makes its table.
    await testClient({ url: oldUrl }).ask('POST', '/visit')
    await old.empty()
  })

  /** What the command does, in this process. */
  async function importAll(
    more: { readonly endAbsent?: boolean; readonly dryRun?: boolean } = {},
    subject = 'passport.user',
  ): Promise<Imported> {
    const location = readStoreUrl(old.url) as StoreLocation
    const former = await openFormerStore(location, {})
    const sojourn = createSojourn({ ...options, store })
    try {
      const pick = pickBy({ subject, claims: 'role=role', data: 'basket' })
      const given = { endAbsent: false, dryRun: false, onProgress: () => {}, ...more }
      return await importFormer({ sojourn, former, pick, ...given })
    } finally {
      sojourn.close()
      await former.close()
    }
  }

  /** The application after its restart, as one of its nodes. */
  async function startNew(): Promise<{ readonly url: string; readonly sojourn: Sojourn }> {
    const own = sqliteStore(join(folder.path, 'sessions.db'))
    const sojourn = createSojourn({ ...options, store: own })
    const after = await serve(newApp(sojourn))
    closings.push(
      () => own.close(),
      () => sojourn.close(),
      after.close,
    )
    return { url: after.url, sojourn }
  }
  function browserAt(url: string, { cookies }: TestClient): TestClient {
    const browser = testClient({ url }, cookies)
    closings.push(() => browser.close())
    return browser
  }

  it('people stay signed in with what they had, and the old cookie goes', async () => {
    const before = await signIn(oldUrl, 'ada')
    await testClient({ url: oldUrl }).ask('POST', '/visit')
    expect(await importAll({ dryRun: true })).toMatchObject({ brought: 1, nobody: 1 })
    expect(await importAll()).toMatchObject({ brought: 1, renewed: 0, nobody: 1, refused: 0, shortened: 0 })
    expect(await importAll()).toMatchObject({ brought: 0, renewed: 1 })
    const { url, sojourn } = await startNew()
    const ada = browserAt(url, before)
    expect([...ada.cookies.keys()]).toEqual(['connect.sid'])
    expect((await ada.ask('GET', '/me')).json()).toEqual({
      subject: 'ada',
      claims: { role: 'owner' },
      data: { basket: ['Assam'] },
    })
    expect([...ada.cookies.keys()].toSorted()).toEqual(['__Host-Http-access', '__Host-Http-session'])
    expect(await sojourn.list('ada')).toMatchObject([{ remember: true }])
    // It lives as long as the old one would have, to the second that the old store rounds to.
    const { authenticatedAt } = (await sojourn.list('ada'))[0]!
    const end = authenticatedAt + sojourn.settings.policy.remember.absolute
    expect(Math.abs(end - (Date.now() + 7 * day))).toBeLessThan(60_000)
  })

  it('ten requests that come together with the old cookie, on two nodes, get one session', async () => {
    const before = await signIn(oldUrl, 'ada')
    await importAll()
    const [one, other] = [await startNew(), await startNew()]
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        browserAt((index % 2 ? one : other).url, before).ask('GET', '/me'),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const sessionCookies = answers.map(({ cookies }) => cookies.find((line) => line.includes('-session=')))
    expect(new Set(sessionCookies.map((line) => line?.split(';')[0])).size).toBe(1)
    expect(await one.sojourn.list('ada')).toHaveLength(1)
  })

  it('who has signed out stays signed out, here and there, whatever is imported again', async () => {
    const [ada, bob, eve] = [
      await signIn(oldUrl, 'ada'),
      await signIn(oldUrl, 'bob'),
      await signIn(oldUrl, 'eve'),
    ]
    await importAll()
    // Bob signs out of the old application, which is still running; ada of the new one.
    const bobsCookie = new Map(bob.cookies)
    expect((await bob.ask('POST', '/sign-out')).status).toBe(204)
    const { url, sojourn } = await startNew()
    const after = browserAt(url, ada)
    await after.ask('GET', '/me')
    await after.useCsrfToken()
    expect((await after.ask('POST', '/sign-out')).status).toBe(204)
    expect(await importAll({ endAbsent: true })).toMatchObject({
      brought: 0,
      renewed: 1,
      ended: 1,
      endedAbsent: 1,
    })
    for (const cookies of [ada.cookies, bobsCookie]) {
      const late = testClient({ url }, cookies)
      expect((await late.ask('GET', '/me')).status).toBe(401)
      // It is of no use any more.
      expect(late.cookies.size).toBe(0)
      late.close()
    }
    expect((await browserAt(url, eve).ask('GET', '/me')).status).toBe(200)
    expect(await sojourn.list('bob')).toEqual([])
    // A store that was emptied says nothing of anybody.
    await old.empty()
    expect(await importAll({ endAbsent: true })).toMatchObject({ brought: 0, endedAbsent: 0 })
    expect(await sojourn.list('eve')).toHaveLength(1)
  })

  it('an old id is worth nothing without the signature of the old layer', async () => {
    const before = await signIn(oldUrl, 'ada')
    await importAll()
    const { url } = await startNew()
    const [, name = '', signature = ''] =
      /^s:(.+)\.(.+)$/.exec(decodeURIComponent(before.cookies.get('connect.sid')!)) ?? []
    const forged = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const value of [name, `s:${name}`, `s:${name}.`, `s:${name}.${forged}`, `s:${name}.${signature}x`]) {
      const thief = testClient({ url }, new Map([['connect.sid', encodeURIComponent(value)]]))
      expect((await thief.ask('GET', '/me')).status).toBe(401)
      thief.close()
    }
    expect((await browserAt(url, before).ask('GET', '/me')).status).toBe(200)
  })

  it('says what is wrong with a path that leads to no name, and imports nothing', async () => {
    await signIn(oldUrl, 'ada')
    expect(await importAll({}, 'passport')).toMatchObject({
      brought: 0,
      refused: 1,
      reasons: [expect.stringContaining('--subject names')],
    })
  })
})

describe('from SQLite', () => {
  const name = 'x'.repeat(32)
  const text = JSON.stringify({ cookie: { originalMaxAge: null }, passport: { user: 7 } } satisfies {
    cookie: object
    passport: { user: number }
  })
  it.each([
    ['better-sqlite3-session-store', 'expire TEXT NOT NULL', new Date(Date.now() + day).toISOString()],
    ['connect-sqlite3', 'expired', Date.now() + day],
  ])('as %s has it', async (_, column, expiry) => {
    const { path, remove } = temporaryFolder()
    closings.push(remove)
    mkdirSync(join(path, 'old'))
    const database = new DatabaseSync(join(path, 'old', 'sessions.db'))
    database.exec(`CREATE TABLE sessions (sid TEXT NOT NULL PRIMARY KEY, sess JSON NOT NULL, ${column})`)
    database.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run(name, text, expiry)
    database.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run(`${name}2`, 'nonsense', expiry)
    database.close()
    const store = sqliteStore(join(path, 'sessions.db'))
    closings.push(() => store.close())
    const { status, stdout, stderr } = await run(
      [
        'sessions',
        'import-express',
        '--from',
        'sqlite:old/sessions.db',
        '--subject',
        'passport.user',
        '--json',
      ],
      {
        folder: path,
        variables: { SOJOURN_ISSUER: issuer, SOJOURN_SECRETS: secret, SOJOURN_STORE: 'sqlite:sessions.db' },
      },
    )
    expect([status, stderr]).toEqual([0, expect.any(String)])
    // Without a cookie that outlives the browser it is held to the shorter lifetimes.
    expect(JSON.parse(stdout)).toMatchObject({ brought: 1, nobody: 1, shortened: 1 })
    const sojourn = createSojourn({ ...options, store })
    closings.push(() => sojourn.close())
    expect((await sojourn.former.handOver(name))?.session).toMatchObject({ subject: '7', remember: false })
  })
})

it.each([
  [undefined, 'say the store: --from or SOJOURN_FROM'],
  ['mysql://x', '--from has mysql: and names no store'],
  ['redis://:hunter2@h', 'say it in SOJOURN_FROM'],
  ['memory:', 'nobody else sees it'],
])('--from %j is a mistake', (url, said) => {
  let detail = ''
  try {
    otherStore('from', url)
  } catch (error) {
    detail = (error as Error).message
  }
  expect(detail).toContain(said)
  expect(detail).not.toContain('hunter2')
})

it.each([
  [{ subject: 'a..b' }, '--subject is no path'],
  [{ subject: 'a', claims: 'role' }, 'write NAME=PATH'],
  [{ subject: 'a', claims: 'role=' }, '--claims is no path'],
])('%j is a mistake', (flags, said) => {
  expect(() => pickBy(flags)).toThrow(said)
})

it('a path finds what is a session’s own, and nothing that every object has', () => {
  const pick = pickBy({ subject: 'user.id', claims: 'role=user.role,kind=constructor.name' })
  expect(pick({ user: { id: 7, role: null }, cookie: {}, cart: [1] })).toEqual({
    subject: '7',
    claims: {},
    data: { user: { id: 7, role: null }, cart: [1] },
    remember: false,
  })
  expect(pick({ user: 'ada' })).toBeUndefined()
  expect(pickBy({ subject: 'constructor.name' })({})).toBeUndefined()
})
