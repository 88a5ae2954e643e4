// Moving sessions to another store: what is left when the command is killed in the middle of it, and what has ended
// meanwhile.

import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { Pool } from 'pg'
import { createClient } from 'redis'
import { createSojourn, type Entry, type Facts, type Issued, type Sojourn, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore, type SqliteStore } from 'sojourn/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { hasPostgres, startPostgres } from '../../sojourn/test/support/postgres.ts'
import { hasRedis, startRedis } from '../../sojourn/test/support/redis.ts'
import { newSecret } from '../src/credentials-file.ts'
import { checkpointAt } from '../src/transfer/checkpoint.ts'
import { copySessions, copyState, type Copied } from '../src/transfer/copy.ts'
import { movablePages, together } from '../src/transfer/movable.ts'
import { start } from './support/command.ts'
import { issuer, secret, temporaryFolder } from './support/server.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

let folder: string
beforeEach(() => {
  const made = temporaryFolder()
  folder = made.path
  closings.push(made.remove)
})

function sqlite(name: string): SqliteStore {
  const store = sqliteStore(join(folder, name))
  closings.push(() => store.close())
  return store
}

function sojournOn(store: Store): Sojourn {
  const sojourn = createSojourn({ issuer, secrets: [secret], environment: 'development', store })
  closings.push(() => sojourn.close())
  return sojourn
}

const later = Date.now() + 3_600_000
function entryOf(number: number): Entry {
  const owner = `${String(number * 7919).padStart(8, '0')}-owner-of-it`
  return {
    id: `${owner.slice(0, 8)}-${number}`,
    owner,
    version: 1,
    expiresAt: later,
    state: '{"c":1,"sub":"x"}',
  }
}
async function fill(store: Store, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) await store.insert(entryOf(number))
}

async function entriesIn(store: Store): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>()
  for await (const { items } of movablePages(store, undefined))
    for (const one of items) found.set(one.id, one)
  return found
}

const variables = {
  SOJOURN_ISSUER: issuer,
  SOJOURN_SECRETS: secret,
  SOJOURN_STORE: 'sqlite:from.db',
  SOJOURN_AUDIT: 'off',
}

/** Runs a command and kills it once it has said so many lines; resolves to whether it was still running. */
async function killed(args: readonly string[], lines: number, more = {}): Promise<boolean> {
  const { child, ended, said } = start(args, { folder, variables: { ...variables, ...more } })
  while (
    child.exitCode === null &&
    said()
      .stderr.split('\n')
      .filter((one) => one.includes(' of ')).length < lines
  )
    await Promise.race([once(child.stderr, 'data'), ended])
  child.kill('SIGKILL')
  return (await ended).status === null
}

async function finished(args: readonly string[], more = {}): Promise<Record<string, number>> {
  const { status, stdout, stderr } = await start([...args, '--json'], {
    folder,
    variables: { ...variables, ...more },
  }).ended
  expect([status, stderr]).toEqual([0, expect.any(String)])
  return JSON.parse(stdout) as Record<string, number>
}

describe('sojourn sessions copy', () => {
  it(
    'killed again and again loses nothing, doubles nothing, and brings nothing back',
    { timeout: 180_000 },
    async () => {
      const [from, to] = [sqlite('from.db'), sqlite('to.db')]
      await fill(from, 3000)
      const sojourn = sojournOn(from)
      const args = ['sessions', 'copy', '--from', 'sqlite:from.db', '--to', 'sqlite:to.db']
      expect(await killed(args, 1)).toBe(true)
      const some = (await entriesIn(to)).size
      expect(some).toBeGreaterThan(0)
      expect(some).toBeLessThan(3000)
      // One that was copied ends, and one that was not; another one goes on.
      const [first, last] = [entryOf(1), entryOf(3000)]
      for (const { id } of [first, last]) await sojourn.revoke(id)
      await from.replace({ ...entryOf(2), version: 2, state: '{"c":2,"sub":"x"}' })
      expect(await killed(args, 2)).toBe(true)
      await to.insert(first)
      expect(await finished(args)).toMatchObject({ isCertain: true })
      expect(await finished(args)).toMatchObject({ copied: 0, present: 2997, updated: 1 })
      expect(await entriesIn(to)).toEqual(await entriesIn(from))
      expect((await entriesIn(to)).size).toBe(2998)
    },
  )
})

describe('sojourn sessions export and import', () => {
  it('killed again and again lose nothing and double nothing', { timeout: 180_000 }, async () => {
    const [from, to] = [sqlite('from.db'), sqlite('to.db')]
    await fill(from, 3000)
    const file = join(folder, 'sessions.jsonl')
    const args = ['sessions', 'export', 'sessions.jsonl']
    expect(await killed(args, 1)).toBe(true)
    const sojourn = sojournOn(from)
    await sojourn.revoke(entryOf(1).id)
    expect(await killed(args, 1)).toBe(true)
    expect(await finished(args)).toMatchObject({ file: 'sessions.jsonl' })
    expect(existsSync(`${file}.checkpoint`)).toBe(false)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const ids = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((text) => (JSON.parse(text) as { id?: string }).id ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    const target = { SOJOURN_STORE: 'sqlite:to.db' }
    const imported = await finished(['sessions', 'import', 'sessions.jsonl'], target)
    expect(imported['imported']).toBe(2999)
    expect(await entriesIn(to)).toEqual(await entriesIn(from))
    // What has ended in the new store since does not come back.
    await sojournOn(to).revoke(entryOf(2).id)
    expect(await finished(['sessions', 'import', 'sessions.jsonl'], target)).toMatchObject({
      imported: 0,
      present: 2998,
    })
    expect(await to.find(entryOf(2).id)).toBeUndefined()
    expect(await to.find(entryOf(1).id)).toBeUndefined()
  })
})

const places: Readonly<Record<string, { readonly isHere: boolean; readonly open: () => Promise<Store> }>> = {
  Redis: {
    isHere: hasRedis,
    async open() {
      const server = await startRedis()
      const client = createClient({ url: server.url })
      const follower = client.duplicate()
      closings.push(
        () => server.close(),
        () => client.close(),
        () => follower.destroy(),
      )
      await Promise.all([client.connect(), follower.connect()])
      return redisStore({ client, follower, timeout: 10_000 })
    },
  },
  PostgreSQL: {
    isHere: hasPostgres,
    async open() {
      const server = await startPostgres()
      const pool = new Pool({ connectionString: server.url, max: 4 })
      closings.push(
        () => server.remove(),
        () => pool.end(),
      )
      const store = postgresStore({ client: pool, timeout: 10_000 })
      await store.migrate()
      return store
    },
  },
}

const copy = (from: Store, to: Store, mirror = false, onProgress = (): void => {}): Promise<Copied> => {
  const checkpoint = checkpointAt(join(folder, 'copy'), copyState)
  return copySessions({ from, to, copying: 'here to there', checkpoint, mirror, onProgress })
}

describe.each(Object.entries(places).filter(([, { isHere }]) => isHere))('a copy from %s', (_, { open }) => {
  it('while people come and go has those who are there, and with mirror no others', async () => {
    const [from, to] = [await open(), sqlite('to.db')]
    const sojourn = sojournOn(from)
    const sessions: Issued<Facts, Facts>[] = []
    const people = Array.from({ length: 700 }, (_unused, index) => `person-${index % 300}`)
    await together(people, async (subject) => void sessions.push(await sojourn.create({ subject })))
    // As soon as something was copied, one of each kind goes, comes and changes.
    let went: Promise<unknown> | undefined
    const copied = await copy(from, to, false, () => {
      went ??= Promise.all([
        ...sessions.slice(0, 20).map(({ session }) => sojourn.revoke(session.id)),
        ...sessions.slice(20, 40).map(({ sessionToken }) => sojourn.refresh(sessionToken)),
        sojourn.create({ subject: 'newcomer' }),
      ])
    })
    await went
    expect(copied.isCertain).toBe(true)
    for (const { session } of sessions.slice(0, 20)) expect(await to.find(session.id)).toBeUndefined()
    await copy(from, to)
    expect(await entriesIn(to)).toEqual(await entriesIn(from))
    // What ended when nobody was told, such as in a store that was put back.
    const [lost] = (await entriesIn(from)).keys()
    await from.remove(lost!)
    await copy(from, to)
    expect(await to.find(lost!)).toBeDefined()
    await copy(from, to, true)
    expect(await to.find(lost!)).toBeUndefined()
    const moved = sojournOn(to)
    const { session, sessionToken } = sessions[100]!
    expect((await moved.refresh(sessionToken)).session.id).toBe(session.id)
  })
})

it('a copy has the keys that somebody has now, and not those that were dropped', async () => {
  const [from, to] = [sqlite('from.db'), sqlite('to.db')]
  const secrets = { secrets: [secret], encryption: { secrets: [newSecret()] } }
  const on = (store: Store): Sojourn => {
    const sojourn = createSojourn({ issuer, environment: 'development', store, ...secrets })
    closings.push(() => sojourn.close())
    return sojourn
  }
  const [here, there] = [on(from), on(to)]
  const data = { cart: ['book'] }
  const keysIn = async (): Promise<number> =>
    [...(await entriesIn(to)).values()].filter((entry) => JSON.stringify(entry).includes('data keys')).length
  await here.create({ subject: 'ada', data })
  const { session } = await here.create({ subject: 'grace', data })
  await copy(from, to)
  expect((await there.find(session.id))?.data).toEqual(data)
  expect(await keysIn()).toBe(2)
  await here.dataKeys.drop('ada')
  await here.dataKeys.drop('grace')
  const again = await here.create({ subject: 'grace', data })
  await copy(from, to)
  expect(await keysIn()).toBe(1)
  expect(await there.find(session.id)).toBeUndefined()
  expect((await there.find(again.session.id))?.data).toEqual(data)
})

it('signing keys and API keys stay where they are, and a checkpoint of something else is not used', async () => {
  const [from, to] = [memoryStore(), memoryStore()]
  await from.insert(entryOf(1))
  await from.insert({ ...entryOf(2), state: '{"t":"keys","sealed":[]}' })
  await from.insert({ ...entryOf(3), state: '{"t":"former","s":"x","f":"y","m":1}' })
  await from.insert({ ...entryOf(4), expiresAt: 1 })
  await from.insert({ ...entryOf(5), state: '{"t":"idp","id":"x"}' })
  await from.insert({ ...entryOf(6), state: '{"t":"apikey"}' })
  await from.insert({ ...entryOf(7), state: '{"t":"status lists","list":"x","seed":"y","given":64}' })
  const checkpoint = checkpointAt(join(folder, 'copy'), copyState)
  checkpoint.write({
    copying: 'other',
    startedAt: 1,
    cursor: '9',
    copied: 7,
    updated: 0,
    present: 0,
    ended: 0,
  })
  expect(await copy(from, to)).toMatchObject({ copied: 3 })
  expect([...(await entriesIn(to)).keys()].toSorted()).toEqual(
    [1, 3, 5].map((number) => entryOf(number).id).toSorted(),
  )
})
