import { describe, expect, it } from 'vitest'

import type { Page } from '../../src/core/verbs/browse.ts'
import { testSojourn } from '../http/support/sojourn.ts'

describe('browsing', () => {
  it('shows every live session once, page by page, and nothing else that the store keeps', async () => {
    const { sojourn, clock, store } = testSojourn()
    await sojourn.create({ subject: 'gone' })
    clock.pass('2h')
    const ids: string[] = []
    for (let count = 0; count < 25; count++) {
      const { session } = await sojourn.create({
        subject: `s${count}`,
        tenant: count % 5 === 0 ? 'acme' : 'other',
      })
      ids.push(session.id)
    }
    await store.insert({
      id: 'foreign!one',
      owner: 'foreign!',
      version: 1,
      expiresAt: 9e15,
      state: '{"t":"x"}',
    })
    const read = async (tenant?: string): Promise<string[]> => {
      const seen: string[] = []
      let page: Page<unknown, unknown> | undefined
      do {
        const cursor = page?.next
        page = await sojourn.browse({
          limit: 4,
          ...(tenant === undefined ? {} : { tenant }),
          ...(cursor === undefined ? {} : { cursor }),
        })
        expect(page.items.length).toBeLessThanOrEqual(4)
        seen.push(...page.items.map(({ id }) => id))
      } while (page.next !== undefined)
      return seen
    }
    expect((await read()).toSorted()).toEqual(ids.toSorted())
    expect((await read('acme')).toSorted()).toEqual(ids.filter((_, index) => index % 5 === 0).toSorted())
    expect(await read('nobody')).toEqual([])
  })

  it('says so where the store cannot be read through', async () => {
    const { store } = testSojourn()
    const { insert, find, replace, remove, list, removeAll } = store
    const bare = { insert, find, replace, remove, list, removeAll }
    const { sojourn } = testSojourn({ store: bare })
    await expect(sojourn.browse()).rejects.toMatchObject({ code: 'request_malformed' })
  })
})

describe('an entry that holds no session', () => {
  // An empty state was read as a session without times, which never ended and spoilt the list of all.
  it('is told of and left out', async () => {
    const { sojourn, store, told } = testSojourn()
    const { session } = await sojourn.create({ subject: 'ada' })
    await store.insert({ id: 'spoilt!!one', owner: 'spoilt!!', version: 1, expiresAt: 9e15, state: '{}' })
    expect((await sojourn.browse()).items.map(({ id }) => id)).toEqual([session.id])
    expect(told('session.unreadable')).toHaveLength(1)
  })
})

describe('the id in a session token', () => {
  it('is told of every token that we made, whatever it is worth, and of no other', async () => {
    const { sojourn } = testSojourn()
    const { session, sessionToken } = await sojourn.create({ subject: 'ada' })
    const { sessionToken: next } = await sojourn.refresh(sessionToken)
    await sojourn.revoke(session.id)
    expect([sojourn.idOf(sessionToken), sojourn.idOf(next)]).toEqual([session.id, session.id])
    const { sessionToken: foreign } = await testSojourn({ environment: 'staging' }).sojourn.create({})
    for (const token of ['', 'sj_', session.id, `${next.slice(0, -1)}A`, foreign])
      expect(sojourn.idOf(token)).toBeUndefined()
  })
})

describe('the lag of the feed', () => {
  it('is how far behind the subscription is, and never less than nothing', () => {
    let behind = 1234
    const feed = {
      announce: async () => {},
      follow: () => ({ upToDateAt: (now: number) => now - behind, close: () => {} }),
    }
    const { sojourn } = testSojourn({ feed })
    expect(sojourn.feedLag()).toBe(1234)
    behind = -5
    expect(sojourn.feedLag()).toBe(0)
  })
})
