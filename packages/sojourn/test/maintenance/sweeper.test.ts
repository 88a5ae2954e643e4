// Sweeping by one of several nodes on one store, each with a Sojourn of its own.

import { join } from 'node:path'

import { Pool } from 'pg'
import { afterAll, describe, expect, it } from 'vitest'

import { createSojourn, type SojournEvent, type Sojourn, type Store } from '../../src/index.ts'
import { startSweeper, type Sweeper, type SweeperOptions } from '../../src/maintenance.ts'
import { postgresStore } from '../../src/postgres.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { memoryStore, type MemoryStore } from '../../src/store/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing/clock.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { plainStore } from '../support/plain-store.ts'
import { hasPostgres, startPostgres } from '../support/postgres.ts'
import { issuer, secret } from '../support/secrets.ts'

const closings: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closings.reverse()) await close()
})

interface Node {
  readonly sojourn: Sojourn
  readonly sweeper: Sweeper
  readonly swept: Extract<SojournEvent, { type: 'sweep.finished' }>[]
}

// As an hour, so that no turn comes by itself unless a test wants it.
function nodeOn(store: Store, clock: () => number, options: SweeperOptions = {}, stops = true): Node {
  const swept: Node['swept'] = []
  const sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    clock,
    listeners: [(event) => void (event.type === 'sweep.finished' && swept.push(event))],
  })
  const sweeper = startSweeper(sojourn, { every: '1h', ...options })
  closings.push(() => {
    sojourn.close()
    return stops ? sweeper.stop() : undefined
  })
  return { sojourn, sweeper, swept }
}

async function addExpired(store: Store, count: number): Promise<void> {
  for (let number = 0; number < count; number++)
    await store.insert({
      id: `expired-${String(number).padStart(16, '0')}`,
      owner: 'expired-',
      version: 1,
      expiresAt: 1 + number,
      state: '{"t":"s"}',
    })
}

const ten = Array.from({ length: 10 })
function ownStores(): Readonly<Record<string, () => Promise<readonly Store[]>>> {
  return {
    memory: async () => {
      const store = memoryStore()
      return ten.map(() => store)
    },
    SQLite: async () => {
      const { folder, remove } = makeFolder()
      const stores = ten.map(() => sqliteStore(join(folder, 'sessions.db')))
      closings.push(remove, () => Promise.all(stores.map((store) => store.close())))
      return stores
    },
    ...(hasPostgres
      ? {
          PostgreSQL: async () => {
            const postgres = await startPostgres()
            const pool = new Pool({ connectionString: postgres.url, max: 10 })
            closings.push(
              () => postgres.remove(),
              () => pool.end(),
            )
            const stores = ten.map(() => postgresStore({ client: pool }))
            await stores[0]!.migrate()
            return stores
          },
        }
      : {}),
  }
}

describe('P40 ten nodes', () => {
  it.each(Object.entries(ownStores()))(
    'on %s that begin to sweep together: one does, and nothing that lives goes',
    { timeout: 120_000 },
    async (_, open) => {
      const clock = manualClock()
      const stores = await open()
      const nodes = stores.map((store) => nodeOn(store, clock, { batch: 50 }))
      const { session } = await nodes[0]!.sojourn.create({ subject: 'alice' })
      await addExpired(stores[0]!, 400)
      const results = await Promise.all(nodes.map(({ sweeper }) => sweeper.sweep()))
      expect(results.filter((swept) => swept !== undefined && swept.removed > 0)).toEqual([
        { removed: 400, took: expect.any(Number), done: true, left: 0 },
      ])
      expect(await nodes[9]!.sojourn.find(session.id)).toBeDefined()
      expect(nodes.flatMap(({ swept }) => swept.filter(({ removed }) => removed > 0))).toMatchObject([
        { removed: 400, done: true },
      ])
    },
  )

  it('sweep on a schedule as often as one node would', async () => {
    const store = memoryStore()
    const every = 40
    const began = Date.now()
    const nodes = Array.from({ length: 10 }, () => nodeOn(store, Date.now, { every: `${every}ms` }))
    const count = (): number => nodes.reduce((sum, { swept }) => sum + swept.length, 0)
    while (count() < 5) await new Promise((resolve) => setTimeout(resolve, 5))
    await Promise.all(nodes.map(({ sweeper }) => sweeper.stop()))
    expect(count()).toBeLessThanOrEqual((Date.now() - began) / (every * 0.9) + 1)
  })
})

describe('a node that dies while it sweeps', () => {
  // Its first batch never comes back. Resolves when it has begun.
  async function die(store: MemoryStore, clock: ManualClock): Promise<void> {
    await new Promise<void>((begun) => {
      const sweep = (): Promise<number> => {
        begun()
        return new Promise(() => {})
      }
      void nodeOn({ ...storeOf(store), sweep } as Store, clock, { lease: '30s' }, false).sweeper.sweep()
    })
  }

  function storeOf(store: MemoryStore): Store & Pick<MemoryStore, 'sweep' | 'backlog' | 'stats'> {
    return {
      ...plainStore(store),
      sweep: (before, limit) => store.sweep(before, limit),
      backlog: (before, limit) => store.backlog(before, limit),
      stats: (now) => store.stats(now),
    }
  }

  async function scene(): Promise<{ store: MemoryStore; clock: ManualClock; other: Node }> {
    const [store, clock] = [memoryStore(), manualClock()]
    await addExpired(store, 100)
    return { store, clock, other: nodeOn(store, clock, { lease: '30s', batch: 10 }) }
  }

  it('is replaced once its lease has run out, and not before', async () => {
    const { store, clock, other } = await scene()
    await die(store, clock)
    clock.pass('35s')
    expect(await other.sweeper.sweep()).toBe(undefined)
    clock.pass('10s')
    expect(await other.sweeper.sweep()).toMatchObject({ removed: 100, done: true })
  })

  it('and comes back to life, leaves the work to the one that has taken over', async () => {
    const { store, clock, other } = await scene()
    let wake = (): void => {}
    const asleep = new Promise<void>((resolve) => (wake = resolve))
    const seen = { batches: 0 }
    const slow = {
      ...storeOf(store),
      async sweep(before: number, limit: number) {
        seen.batches += 1
        if (seen.batches === 2) await asleep
        return store.sweep(before, limit)
      },
    }
    const sleeper = nodeOn(slow, clock, { lease: '30s', batch: 10 })
    const sleeping = sleeper.sweeper.sweep()
    while (seen.batches < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    clock.pass('1m')
    await addExpired(store, 200)
    const working = other.sweeper.sweep()
    wake()
    expect(await sleeping).toMatchObject({ done: false })
    expect(seen.batches).toBe(2)
    expect(await working).toMatchObject({ done: true })
  })

  it('does not keep others away by a clock that is far ahead', async () => {
    const { store, clock, other } = await scene()
    await die(store, manualClock(clock() + 86_400_000))
    expect(await other.sweeper.sweep()).toMatchObject({ removed: 100 })
  })
})

describe('a sweep', () => {
  it('goes on another time where its budget was spent, and says so', async () => {
    const [store, clock] = [memoryStore(), manualClock()]
    await addExpired(store, 100)
    const counting = (): number => clock.pass('1s')
    const { sojourn, sweeper, swept } = nodeOn(store, counting, { batch: 10, budget: '5s' })
    const first = await sweeper.sweep()
    expect(first?.done).toBe(false)
    expect(first?.left).toBe(100 - (first?.removed ?? 0))
    expect(await sojourn.backlog()).toBe(first?.left)
    while (!(await sweeper.sweep())?.done);
    expect(swept.reduce((sum, { removed }) => sum + removed, 0)).toBe(100)
    expect(swept.at(-1)).toMatchObject({ done: true, left: 0 })
  })

  it('says that ten thousand are left where there are more, and counts no further', async () => {
    const [store, clock] = [memoryStore(), manualClock()]
    await addExpired(store, 10_050)
    const counting = (): number => clock.pass('1s')
    const { sojourn, sweeper } = nodeOn(store, counting, { batch: 10, budget: '1s' })
    expect(await sojourn.backlog()).toBe(10_000)
    expect(await sweeper.sweep()).toMatchObject({ done: false, left: 10_000 })
  })

  it('of a store that is down fails, is told of, and is made up for when it is back', async () => {
    const store = memoryStore()
    let isDown = true
    const errors: unknown[] = []
    const brittle = new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return isDown && name === 'find'
          ? () => Promise.reject(new Error('the store is down'))
          : (member as (...args: unknown[]) => unknown).bind(target)
      },
    })
    await addExpired(store, 10)
    const { sweeper, swept } = nodeOn(brittle, Date.now, {
      every: '20ms',
      onError: (error) => errors.push(error),
    })
    await expect(sweeper.sweep()).rejects.toMatchObject({ code: 'store_unavailable' })
    while (errors.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(errors[0]).toMatchObject({ code: 'store_unavailable' })
    isDown = false
    while (swept.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(swept[0]).toMatchObject({ removed: 10, done: true })
    await sweeper.stop()
  })

  it.each(Object.entries(ownStores()).slice(0, 2))(
    'lets reads through between its batches: %s',
    { timeout: 120_000 },
    async (_, open) => {
      const [store] = (await open()) as [Store]
      const { sojourn, sweeper } = nodeOn(store, Date.now, { batch: 100 })
      const { session } = await sojourn.create({ subject: 'alice' })
      await addExpired(store, 3000)
      let reads = 0
      const state = { isOver: false }
      const sweeping = sweeper.sweep().finally(() => (state.isOver = true))
      while (!state.isOver) {
        expect(await sojourn.find(session.id)).toBeDefined()
        reads += 1
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(await sweeping).toMatchObject({ removed: 3000 })
      // One in each pause at the least.
      expect(reads).toBeGreaterThanOrEqual(29)
    },
  )

  it('ends when it is told to stop, and lets another node go on at once', async () => {
    const [store, clock] = [memoryStore(), manualClock()]
    await addExpired(store, 1000)
    const [one, other] = [nodeOn(store, clock, { batch: 10 }), nodeOn(store, clock)]
    const sweeping = one.sweeper.sweep()
    await one.sweeper.stop()
    expect(await sweeping).toMatchObject({ done: false })
    expect(await other.sweeper.sweep()).toMatchObject({ done: true })
  })

  it('is not needed where a store forgets by itself', async () => {
    const store = memoryStore()
    const forgetful: Store = {
      insert: (entry) => store.insert(entry),
      find: (id) => store.find(id),
      replace: (entry) => store.replace(entry),
      remove: (id) => store.remove(id),
      list: (owner) => store.list(owner),
      removeAll: (owner, except) => store.removeAll(owner, except),
    }
    const { sojourn, sweeper } = nodeOn(forgetful, manualClock())
    expect(await sweeper.sweep()).toEqual({ removed: 0, took: 0, done: true, left: 0 })
    expect(await sojourn.backlog()).toBe(0)
    expect((await store.stats(0)).live).toBe(0)
  })
})

it('options that cannot be used are told all at once', () => {
  const { sojourn } = nodeOn(memoryStore(), manualClock())
  expect(() => startSweeper(sojourn, { every: 'often' as '1m', batch: 0 })).toThrow(
    /every is "often".*batch/s,
  )
})
