// The keys of subjects within one process: what they cost, how long they are remembered, and what happens between two steps.

import { describe, expect, it } from 'vitest'

import type { EncryptionOptions } from '../../src/core/data-options.ts'
import { localFeed, type Feed } from '../../src/core/feed.ts'
import { readOptions } from '../../src/core/options.ts'
import type { Facts, StandardSchema } from '../../src/core/schema.ts'
import type { Entry } from '../../src/core/store.ts'
import { readStatusList, statusAt } from '../../src/status-list.ts'
import { memoryStore, type MemoryStore } from '../../src/store/memory.ts'
import { testSojourn } from '../http/support/sojourn.ts'
import { countedStore } from '../support/counted-store.ts'
import { opened } from '../support/forge.ts'
import { issuer, secret } from '../support/secrets.ts'

const encryption: EncryptionOptions = { secrets: [secret(2)] }
const data = { cart: ['book'] }

function stateOf({ state }: Entry): Record<string, unknown> {
  return JSON.parse(state) as Record<string, unknown>
}

/** The entry that keeps the keys of the one subject there is. */
async function ringIn(store: MemoryStore): Promise<Entry | undefined> {
  return (await store.scan(undefined, 1000)).items.find((entry) => stateOf(entry)['t'] === 'data keys')
}

function keysIn(ring: Entry | undefined): unknown[][] {
  return stateOf(ring!)['k'] as unknown[][]
}

describe('what encryption costs', () => {
  it('is nothing more at the store once the key of a subject is known here', async () => {
    const calls: string[] = []
    const { sojourn, clock } = testSojourn({ store: countedStore(memoryStore(), calls), encryption })
    const { session, sessionToken, accessToken } = await sojourn.create({ subject: 'alice', data })
    // Looks for a key, makes one, keeps the session.
    expect(calls.splice(0)).toEqual(['find', 'insert', 'insert'])
    await sojourn.create({ subject: 'alice', data })
    expect(calls.splice(0)).toEqual(['find', 'insert'])
    clock.pass('61s')
    await sojourn.refresh(sessionToken)
    await sojourn.find(session.id)
    await sojourn.list('alice')
    expect(calls.splice(0)).toEqual(['find', 'replace', 'find', 'list'])
    await sojourn.verify(accessToken)
    expect(calls).toEqual([])
  })

  it('is nothing at all where it is off, or for somebody who has no subject', async () => {
    for (const off of [true, false]) {
      const calls: string[] = []
      const store = countedStore(memoryStore(), calls)
      const { sojourn } = testSojourn({ store, ...(off ? {} : { encryption }) })
      const { session, sessionToken } = await sojourn.create({ ...(off ? { subject: 'alice' } : {}), data })
      await sojourn.refresh(sessionToken)
      await sojourn.update(session.id, { data: () => ({ cart: [] }) })
      expect(calls).toEqual(['insert', 'find', 'replace', 'find', 'replace'])
      expect((await sojourn.find(session.id))?.data).toEqual({ cart: [] })
    }
  })

  it('is bounded in memory: the key that was used longest ago is read again', async () => {
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    const { sojourn } = testSojourn({ store, encryption, cacheSize: 2 })
    const [a, b, c] = [
      await sojourn.create({ subject: 'a', data }),
      await sojourn.create({ subject: 'b', data }),
      await sojourn.create({ subject: 'c', data }),
    ].map(({ session }) => session.id)
    const readsFor = async (id: string | undefined): Promise<number> => {
      calls.length = 0
      expect((await sojourn.find(id!))?.data).toEqual(data)
      return calls.length
    }
    expect([await readsFor(a), await readsFor(b), await readsFor(a)]).toEqual([2, 2, 1])
    expect([await readsFor(c), await readsFor(a), await readsFor(b)]).toEqual([2, 1, 2])
  })

  it('is a read of the key each time while the feed is interrupted, and one in five minutes otherwise', async () => {
    let isFresh = true
    const feed: Feed = {
      ...localFeed(),
      follow: () => ({ upToDateAt: (now) => (isFresh ? now : -Infinity), close: () => {} }),
    }
    const calls: string[] = []
    const { sojourn, clock } = testSojourn({ store: countedStore(memoryStore(), calls), encryption, feed })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const reads = async (): Promise<number> => {
      calls.length = 0
      expect((await sojourn.find(session.id))?.data).toEqual(data)
      return calls.length
    }
    expect([await reads(), await reads()]).toEqual([2, 1])
    isFresh = false
    expect([await reads(), await reads()]).toEqual([2, 2])
    isFresh = true
    expect(await reads()).toBe(1)
    clock.pass('5m')
    expect([await reads(), await reads()]).toEqual([2, 1])
  })
})

describe('a key that is dropped', () => {
  it('is not made again by whoever has read a session before and writes it after', async () => {
    const kept = memoryStore()
    // The key is taken while what is to be written is looked at: the session has been read, and is not yet written.
    const facts: StandardSchema<Facts> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => {
          if ('stolen' in (value as Facts)) await kept.remove((await ringIn(kept))!.id)
          return { value: value as Facts }
        },
      },
    }
    const feed: Feed = { ...localFeed(), follow: () => ({ upToDateAt: () => -Infinity, close: () => {} }) }
    const { sojourn, told } = testSojourn({ store: kept, encryption, feed, data: facts })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const change = sojourn.update(session.id, { data: (before) => ({ ...before, stolen: 1 }) })
    await expect(change).rejects.toMatchObject({ code: 'session_unknown' })
    expect(await ringIn(kept)).toBeUndefined()
    expect(told('session.unreadable')).toMatchObject([{ sessionId: session.id, reason: 'erased' }])
  })

  it('takes its sessions out of the status list, although nobody can read their data', async () => {
    const { sojourn, store } = testSojourn({ encryption, algorithm: 'ES256', statusList: {} })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const { list: name, index } = session.status!
    await sojourn.dataKeys.drop('alice')
    expect(await store.find(session.id)).toBeUndefined()
    const { token } = (await sojourn.statusList(name))!
    const { status_list: encoded } = opened(token).payload
    expect(statusAt(readStatusList(encoded)!, index)).not.toBe(0)
  })

  it('goes with everything else when a subject is forgotten', async () => {
    const { sojourn, store, told } = testSojourn({ encryption })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const copy = (await store.find(session.id))!
    expect(await sojourn.subjects.forget('alice')).toMatchObject({ sessions: 1 })
    expect(await ringIn(store)).toBeUndefined()
    expect(told('session.ended')).toMatchObject([{ sessionId: session.id, reason: 'erased' }])
    await store.insert(copy)
    expect(await sojourn.find(session.id)).toBeUndefined()
  })

  it('ends sessions also where nothing is encrypted', async () => {
    const { sojourn, told } = testSojourn()
    const { session } = await sojourn.create({ subject: 'alice', data })
    expect(await sojourn.dataKeys.drop('alice')).toEqual({ hadKey: false, sessions: [session.id] })
    expect(told('session.ended')).toMatchObject([{ reason: 'erased' }])
    await expect(sojourn.dataKeys.renew()).rejects.toMatchObject({ code: 'request_malformed' })
    await expect(sojourn.dataKeys.rotate('alice')).rejects.toMatchObject({ code: 'request_malformed' })
  })

  it('lets sessions be counted, listed for the limit and signed out without their data', async () => {
    const { sojourn, store, clock } = testSojourn({ encryption, policy: { limit: { count: 2 } } })
    const first = await sojourn.create({ subject: 'alice', tenant: 'acme', data })
    await store.remove((await ringIn(store))!.id)
    clock.pass('1s')
    await sojourn.create({ subject: 'alice', tenant: 'acme', data })
    clock.pass('1s')
    await sojourn.create({ subject: 'alice', tenant: 'acme', data })
    expect(await store.find(first.session.id)).toBeUndefined()
    await store.remove((await ringIn(store))!.id)
    expect(await sojourn.revokeMatching({ tenant: 'acme' })).toBe(2)
  })
})

describe('the keys of a subject', () => {
  it('live as long as any session that needs them, and go by themselves after it', async () => {
    const { sojourn, store, clock } = testSojourn({ encryption })
    let { sessionToken } = await sojourn.create({ subject: 'alice', remember: true, data })
    for (let day = 0; day < 29; day++) {
      clock.pass('1d')
      ;({ sessionToken } = await sojourn.refresh(sessionToken))
      await sojourn.sweep()
    }
    const late = await sojourn.create({ subject: 'alice', remember: true, data })
    expect((await store.find(late.session.id))!.expiresAt).toBeLessThanOrEqual(
      (await ringIn(store))!.expiresAt,
    )
    clock.pass('13d')
    expect((await sojourn.find(late.session.id))?.data).toEqual(data)
    clock.pass('120d')
    await sojourn.sweep()
    expect((await store.scan(undefined, 10)).items).toEqual([])
  })

  it('turn by themselves, and the former one goes when no session can be under it', async () => {
    const { sojourn, store, clock } = testSojourn({ encryption: { ...encryption, rotateEvery: '10d' } })
    const first = await sojourn.create({ subject: 'alice', remember: true, data })
    const [[former]] = keysIn(await ringIn(store)) as [[string]]
    clock.pass('11d')
    const second = await sojourn.create({ subject: 'alice', remember: true, data })
    const ids = keysIn(await ringIn(store)).map(([id]) => id)
    expect(ids).toHaveLength(2)
    expect(ids[1]).toBe(former)
    for (const { session } of [first, second]) expect((await sojourn.find(session.id))?.data).toEqual(data)
    clock.pass('11d')
    await sojourn.create({ subject: 'alice', remember: true, data })
    clock.pass('40d')
    await sojourn.create({ subject: 'alice', remember: true, data })
    const late = keysIn(await ringIn(store)).map(([id]) => id)
    expect(late).not.toContain(former)
  })

  it('may be kept apart from the sessions, and are swept there', async () => {
    const keys = memoryStore()
    const { sojourn, store, clock } = testSojourn({ encryption: { ...encryption, keys } })
    const { session } = await sojourn.create({ subject: 'alice', data })
    expect(await ringIn(store)).toBeUndefined()
    expect(await ringIn(keys)).toBeDefined()
    // A copy of the sessions alone is of no use to anybody, whatever secrets they have.
    const elsewhere = testSojourn({ store, clock, encryption })
    expect(await elsewhere.sojourn.find(session.id)).toBeUndefined()
    expect(elsewhere.told('session.unreadable')).toMatchObject([{ reason: 'erased' }])
    expect(await sojourn.dataKeys.renew()).toMatchObject({ done: true, unreadable: 0 })
    clock.pass('400d')
    expect(await sojourn.backlog()).toBeGreaterThan(1)
    expect(await sojourn.sweep({ batch: 1 })).toMatchObject({ done: true, left: 0 })
    expect(await ringIn(keys)).toBeUndefined()
    expect(await store.find(session.id)).toBeUndefined()
  })

  it('are other ones in another environment, also with the same secret', async () => {
    const { sojourn, store, clock } = testSojourn({ encryption, environment: 'production' })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const staging = testSojourn({ store, clock, encryption, environment: 'staging' })
    expect(await staging.sojourn.find(session.id)).toBeUndefined()
    expect(staging.told('session.unreadable')).toMatchObject([{ reason: 'erased' }])
  })

  it('that somebody has changed in the store seal nothing any more', async () => {
    const { sojourn, store, told } = testSojourn({ encryption, cacheSize: 1 })
    const { session } = await sojourn.create({ subject: 'alice', data })
    const ring = (await ringIn(store))!
    const [[id, createdAt, mark, sealed]] = keysIn(ring) as [[string, number, string, string]]
    const spoilt = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA')
    for (const k of [[[id, createdAt, mark, spoilt]], 'nothing']) {
      const kept = (await store.find(ring.id))!
      const state = JSON.stringify({ ...stateOf(kept), k })
      expect(await store.replace({ ...kept, version: kept.version + 1, state })).toBe(true)
      // Another subject takes the place of what is remembered.
      const other = await sojourn.create({ subject: 'bob', data })
      await sojourn.find(other.session.id)
      await expect(sojourn.create({ subject: 'alice', data })).rejects.toMatchObject({ code: 'data_locked' })
      await expect(sojourn.find(session.id)).rejects.toMatchObject({ code: 'data_locked' })
    }
    expect(told('session.unreadable')[0]).toMatchObject({ reason: 'locked', level: 'critical' })
    expect(await sojourn.dataKeys.renew()).toMatchObject({ unreadable: 2 })
    expect(await sojourn.dataKeys.drop('alice')).toMatchObject({ hadKey: true, sessions: [session.id] })
    expect((await sojourn.create({ subject: 'alice', data })).session.data).toEqual(data)
  })
})

describe('encryption that is turned off again', () => {
  it('signs nobody out and shows nobody without their data: it says that the secret is missing', async () => {
    const { sojourn, store, clock } = testSojourn({ encryption })
    const { session, sessionToken } = await sojourn.create({ subject: 'alice', data })
    const off = testSojourn({ store, clock })
    await expect(off.sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'data_locked' })
    await expect(off.sojourn.update(session.id, () => ({}))).rejects.toMatchObject({ code: 'data_locked' })
    expect(await off.sojourn.list('alice')).toEqual([])
    expect(off.told('session.unreadable').map(({ reason }) => reason)).toContain('locked')
    expect((await sojourn.refresh(sessionToken)).session.data).toEqual(data)
    expect(await off.sojourn.revoke(session.id)).toBe(true)
  })
})

describe('the options of encryption', () => {
  const faultsOf = (given: object): readonly string[] => {
    try {
      readOptions({
        issuer,
        secrets: [secret()],
        store: memoryStore(),
        encryption: given as EncryptionOptions,
      })
      return []
    } catch (error) {
      return (error as { members: { faults: string[] } }).members.faults
    }
  }

  it('are held to the same rules as other secrets, and to secrets of their own', () => {
    expect(faultsOf(encryption)).toEqual([])
    expect(faultsOf({ secrets: [] })[0]).toContain('encryption.secrets is empty')
    expect(faultsOf({})[0]).toContain('encryption.secrets is empty')
    expect(faultsOf({ secrets: 'x' })[0]).toContain('encryption.secrets is not a list')
    expect(faultsOf({ secrets: ['short'] })[0]).toContain('encryption.secrets[0] has 5 characters')
    expect(faultsOf({ secrets: [secret(2), secret(2)] })[0]).toContain('encryption.secrets[1] is the same')
    expect(faultsOf({ secrets: [secret()] })[0]).toContain('encryption.secrets[0] is one of secrets')
    expect(faultsOf({ ...encryption, plain: 'maybe' })).toEqual([
      "encryption.plain must be 'read' or 'refuse'",
    ])
    expect(faultsOf({ ...encryption, rotateEvery: '1m' })).toEqual([
      'encryption.rotateEvery is shorter than 1h',
    ])
    expect(faultsOf({ ...encryption, rotateEvery: 'often' })[0]).toContain(
      'encryption.rotateEvery is "often"',
    )
    expect(faultsOf({ ...encryption, keys: {} })[0]).toContain('encryption.keys has no insert(), find()')
    expect(faultsOf({ ...encryption, key: 1 })[0]).toContain('encryption.key is no option')
  })
})
