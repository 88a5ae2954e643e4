// The data of sessions, encrypted at rest, on real stores: who steals a store, or writes in it, and what nodes see of each
// other's keys.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createSojourn,
  localFeed,
  type EncryptionOptions,
  type Entry,
  type Sojourn,
  type SojournEvent,
  type SojournOptions,
} from '../../src/index.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { issuer, secret } from '../support/secrets.ts'
import { grounds, type Ground, type Place } from './engine-places.ts'

type Words = Readonly<Record<string, unknown>>
type Options = Partial<SojournOptions<Words, Words>>

interface Application extends Pick<Place, 'store' | 'dump'> {
  readonly clock: ManualClock
  readonly events: SojournEvent[]
  /** One more node on the store, which is closed in the end. */
  node(options?: Options): Sojourn<Words, Words>
}

const [oldest, newest] = [secret(2), secret(3)]
const encryption = { secrets: [oldest] } as const satisfies EncryptionOptions
const planted = 'sunflower-in-the-cart'

for (const [name, { isHere, start }] of Object.entries(grounds)) {
  describe.skipIf(!isHere)(`encrypted data on ${name}`, () => {
    let ground: Ground
    beforeAll(async () => void (ground = await start()))
    afterAll(() => ground.close())

    async function within(story: (application: Application) => Promise<void>): Promise<void> {
      const { store, now, dump, close } = await ground.open()
      const clock = manualClock(now)
      const events: SojournEvent[] = []
      const nodes: Sojourn<Words, Words>[] = []
      const secrets = [secret()]
      // A store without a feed is for one process; several nodes in it share one.
      const feed = 'follow' in store ? {} : { feed: localFeed() }
      const node = (options: Options = {}): Sojourn<Words, Words> => {
        const listeners = [(event: SojournEvent) => void events.push(event)]
        const settings = {
          issuer,
          environment: 'test',
          secrets,
          store,
          clock,
          listeners,
          encryption,
          ...feed,
        }
        const made = createSojourn<Words, Words>({ ...settings, ...options })
        nodes.push(made)
        return made
      }
      try {
        await story({ store, clock, events, dump, node })
      } finally {
        for (const made of nodes) made.close()
        await close()
      }
    }

    const signIn = (sojourn: Sojourn<Words, Words>, subject?: string) =>
      sojourn.create({ ...(subject === undefined ? {} : { subject }), data: { cart: [planted] } })

    it('shows nothing of it to somebody who steals the store, and all of it to the application', async () => {
      await within(async ({ node, dump, clock }) => {
        const sojourn = node()
        const { session, sessionToken } = await signIn(sojourn, 'alice')
        const visitor = await signIn(sojourn)
        clock.pass('61s')
        const next = await sojourn.refresh(sessionToken)
        expect(next.session.data).toEqual({ cart: [planted] })
        await sojourn.update(session.id, { data: (data) => ({ ...data, note: 'second-planted-word' }) })
        const stolen = await dump()
        expect(stolen).toContain(session.id.slice(8))
        expect(stolen).not.toContain(planted)
        expect(stolen).not.toContain('second-planted-word')
        for (const id of [session.id, visitor.session.id])
          expect((await sojourn.find(id))?.data).toMatchObject({ cart: [planted] })
        expect((await sojourn.list('alice'))[0]?.data).toMatchObject({ note: 'second-planted-word' })
        const { items } = await sojourn.browse()
        expect(items.map(({ data }) => data['cart'])).toEqual([[planted], [planted]])
      })
    })

    it('would show it all if it were not encrypted', async () => {
      await within(async ({ node, dump }) => {
        const sojourn = plainNode(node)
        const { session } = await signIn(sojourn, 'alice')
        const stolen = await dump()
        expect(stolen).toContain(session.id.slice(8))
        expect(stolen).toContain(planted)
      })
    })

    it('does not open what was moved to another session, another subject, or back from before a change', async () => {
      await within(async ({ node, store, events }) => {
        const sojourn = node()
        const [first, second, other] = [
          (await signIn(sojourn, 'alice')).session,
          (await sojourn.create({ subject: 'alice', data: { cart: ['hers'] } })).session,
          (await sojourn.create({ subject: 'bob', data: { cart: ['his'] } })).session,
        ]
        const sealedIn = async (id: string): Promise<unknown> => stateOf((await store.find(id))!)['e']
        const plant = async (id: string, sealed: unknown): Promise<void> => {
          const entry = (await store.find(id))!
          const state = JSON.stringify({ ...stateOf(entry), e: sealed })
          await store.remove(id)
          expect(await store.insert({ ...entry, state })).toBe(true)
        }
        const before = await sealedIn(first.id)
        await plant(second.id, before)
        await plant(other.id, before)
        expect(await sojourn.find(second.id)).toBeUndefined()
        expect(await sojourn.find(other.id)).toBeUndefined()
        await sojourn.update(first.id, { data: () => ({ cart: ['changed'] }) })
        await plant(first.id, before)
        expect(await sojourn.find(first.id)).toBeUndefined()
        const reasons = events.filter(({ type }) => type === 'session.unreadable')
        expect(reasons).toMatchObject([
          { sessionId: second.id, reason: 'tampered', level: 'critical' },
          // The key of somebody else is no key of his.
          { sessionId: other.id, reason: 'erased' },
          { sessionId: first.id, reason: 'tampered' },
        ])
        // Whoever cannot be read can be signed out.
        expect(await sojourn.revoke(second.id)).toBe(true)
      })
    })

    it('gives a subject one key, however many nodes make the first one at once', async () => {
      await within(async ({ node, store }) => {
        const nodes = Array.from({ length: 6 }, () => node())
        const issued = await Promise.all(nodes.map((one) => signIn(one, 'alice')))
        const kept = await Promise.all(issued.map(({ session }) => store.find(session.id)))
        const names = kept.map((entry) => (stateOf(entry!)['e'] as [string, string])[0])
        expect(new Set(names).size).toBe(1)
        for (const one of nodes) expect(await one.list('alice')).toHaveLength(6)
        const all = (await store.scan(undefined, 100)).items.map(stateOf)
        expect(all.filter(({ t }) => t === 'data keys')).toHaveLength(1)
      })
    })

    it('ends the sessions of a subject whose key is dropped, on every node, and nobody reads a copy of them', async () => {
      await within(async ({ node, store, events, clock }) => {
        const [here, there] = [node(), node()]
        const { session, sessionToken, accessToken } = await signIn(here, 'alice')
        const other = await signIn(here, 'bob')
        // There the key is remembered.
        expect((await there.find(session.id))?.data).toEqual({ cart: [planted] })
        const backup = (await store.find(session.id))!
        expect(await here.dataKeys.drop('alice')).toEqual({ hadKey: true, sessions: [session.id] })
        expect(await here.dataKeys.drop('alice')).toEqual({ hadKey: false, sessions: [] })
        await expect(here.refresh(sessionToken)).rejects.toMatchObject({
          code: 'session_unknown',
          members: { reason: 'erased' },
        })
        expect(await here.authenticate(accessToken, clock())).toMatchObject({ ok: false, reason: 'erased' })

        // Somebody restores the sessions from a copy.
        expect(await store.insert(backup)).toBe(true)
        await expect(here.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
        expect(await here.find(session.id)).toBeUndefined()
        expect(await here.list('alice')).toEqual([])
        const told = events.filter((event) => event.type === 'session.unreadable')
        expect(told.every(({ reason, level }) => reason === 'erased' && level === 'warning')).toBe(true)
        expect(events.filter(({ type }) => type === 'data_key.dropped')).toHaveLength(1)
        await expect.poll(() => there.find(session.id), { timeout: 60_000 }).toBeUndefined()

        // A new sign-in has a new key, which does not open what was.
        const again = await signIn(there, 'alice')
        expect(await there.find(session.id)).toBeUndefined()
        expect((await here.find(again.session.id))?.data).toEqual({ cart: [planted] })
        expect((await here.find(other.session.id))?.data).toEqual({ cart: [planted] })
      })
    })

    it('reads what is plain, encrypts it when it is written or renewed, and refuses it where that is said', async () => {
      await within(async ({ node, dump, store, clock }) => {
        const plain = plainNode(node)
        const [first, second] = [await signIn(plain, 'alice'), await signIn(plain, 'bob')]
        const sojourn = node()
        clock.pass('61s')
        expect((await sojourn.refresh(first.sessionToken)).session.data).toEqual({ cart: [planted] })
        expect(stateOf((await store.find(first.session.id))!)).not.toHaveProperty('d')
        expect((await sojourn.find(second.session.id))?.data).toEqual({ cart: [planted] })
        const strict = node({ encryption: { ...encryption, plain: 'refuse' } })
        expect(await strict.find(second.session.id)).toBeUndefined()
        expect(await sojourn.dataKeys.renew()).toMatchObject({ resealed: 1, unreadable: 0, done: true })
        expect((await strict.find(second.session.id))?.data).toEqual({ cart: [planted] })
        const states = (await store.scan(undefined, 100)).items.map(({ state }) => state)
        expect(states.join()).not.toContain(planted)
        expect(await dump()).toContain(second.session.id.slice(8))
      })
    })

    it('brings keys and sessions under a new secret, page by page, so that the old one can go', async () => {
      await within(async ({ node, store, clock }) => {
        const before = node()
        const subjects = Array.from({ length: 7 }, (_, n) => `person ${n}`)
        const sessions = await Promise.all(subjects.map((subject) => signIn(before, subject)))
        const visitor = await signIn(before)
        // A node that has the new secret only cannot read, and says so rather than sign anybody out.
        const early = node({ encryption: { secrets: [newest] } })
        const lookUp = early.find(sessions[0]!.session.id)
        await expect(lookUp).rejects.toMatchObject({ code: 'data_locked', status: 503 })
        await expect(signIn(early, 'person 0')).rejects.toMatchObject({ code: 'data_locked' })

        const both = node({ encryption: { secrets: [newest, oldest] } })
        let [rewrapped, resealed, turns] = [0, 0, 0]
        for (let done = false; !done; turns++) {
          expect(turns).toBeLessThan(100)
          const renewed = await both.dataKeys.renew({ batch: 3, goOn: async () => false })
          rewrapped += renewed.rewrapped
          resealed += renewed.resealed
          expect(renewed.unreadable).toBe(0)
          ;({ done } = renewed)
        }
        expect({ rewrapped, resealed }).toEqual({ rewrapped: 7, resealed: 1 })
        // Whoever could not read goes on at once, without a restart.
        expect((await early.find(sessions[0]!.session.id))?.data).toEqual({ cart: [planted] })
        expect(await both.dataKeys.renew()).toMatchObject({ rewrapped: 0, resealed: 0, done: true })
        expect(await both.dataKeys.renew({ again: true })).toMatchObject({ rewrapped: 0, done: true })

        const after = node({ encryption: { secrets: [newest] } })
        for (const { session } of [...sessions, visitor])
          expect((await after.find(session.id))?.data).toEqual({ cart: [planted] })
        clock.pass('61s')
        expect((await after.refresh(sessions[0]!.sessionToken)).session.data).toEqual({ cart: [planted] })
        expect((await store.find(sessions[0]!.session.id))!.version).toBe(2)
      })
    })

    it('gives a subject a new key for what is written from then on, and reads what was before', async () => {
      await within(async ({ node, store, clock }) => {
        const [here, there] = [node(), node()]
        const [first, second] = [await signIn(here, 'alice'), await signIn(here, 'alice')]
        expect((await there.find(first.session.id))?.data).toEqual({ cart: [planted] })
        const keyOf = async (id: string): Promise<unknown> =>
          (stateOf((await store.find(id))!)['e'] as string[])[0]
        const former = await keyOf(first.session.id)
        expect(await here.dataKeys.rotate('alice')).toBe(true)
        expect(await here.dataKeys.rotate('nobody')).toBe(false)
        clock.pass('61s')
        await here.refresh(first.sessionToken)
        expect(await keyOf(first.session.id)).not.toBe(former)
        expect(await keyOf(second.session.id)).toBe(former)
        for (const { session } of [first, second])
          expect((await there.find(session.id))?.data).toEqual({ cart: [planted] })
        expect(await here.dataKeys.renew({ again: true })).toMatchObject({ resealed: 1, rewrapped: 0 })
        expect(await keyOf(second.session.id)).toBe(await keyOf(first.session.id))
      })
    })
  })
}

/** A node without encryption. */
function plainNode(node: Application['node']): Sojourn<Words, Words> {
  return node({ encryption: undefined })
}

function stateOf({ state }: Entry): Record<string, unknown> {
  return JSON.parse(state) as Record<string, unknown>
}
