// What fails from outside, or is passed by somebody whom no compiler helps.

import { describe, expect, it } from 'vitest'
import { createSojourn } from '../../src/core/sojourn.ts'
import { localFeed } from '../../src/core/feed.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'
import { testSojourn } from '../http/support/sojourn.ts'

describe('a store that fails', () => {
  const broken = (): never => {
    throw new Error('boom')
  }

  it('is unavailable also when it throws at once, and when it is only read through or measured', async () => {
    const { sojourn, store } = testSojourn()
    const { sessionToken } = await sojourn.create({ subject: 'alice' })
    Object.assign(store, { find: broken, scan: broken, stats: broken, sweep: broken, backlog: broken })
    await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(sojourn.stats()).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(sojourn.backlog()).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(sojourn.sweep()).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(sojourn.revokeMatching({ tenant: 'a' })).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it('P30: keeps one unreadable session from spoiling the requests of everybody else', async () => {
    const { sojourn, store, told } = testSojourn()
    const { session } = await sojourn.create({ subject: 'alice' })
    const other = await sojourn.create({ subject: 'alice' })
    const entry = (await store.find(session.id))!
    await store.replace({ ...entry, version: entry.version + 1, state: '{' })
    expect((await sojourn.list('alice')).map(({ id }) => id)).toEqual([other.session.id])
    expect(told('session.unreadable')).toHaveLength(1)
  })
})

describe('a caller without types', () => {
  it('gets the same refusal for no token as for a wrong one', async () => {
    const { sojourn } = testSojourn()
    const nothing = undefined as unknown as string
    await expect(sojourn.verify(nothing)).rejects.toMatchObject({ code: 'token_rejected' })
    await expect(sojourn.refresh(nothing)).rejects.toMatchObject({ code: 'token_malformed' })
    expect(await sojourn.introspect(nothing)).toEqual({ active: false })
  })
})

describe('an access token that would be too long', () => {
  it('R37: is refused before anything is changed, for no browser would keep it', async () => {
    const { sojourn } = testSojourn()
    const before = await sojourn.create({ subject: 'alice' })
    const amr = Array.from({ length: 16 }, (_, index) => `${index}`.padEnd(64, '字'))
    await expect(
      sojourn.create({
        subject: '字'.repeat(255),
        amr,
        acr: '字'.repeat(255),
        replaces: before.sessionToken,
      }),
    ).rejects.toMatchObject({ code: 'claims_invalid' })
    expect(await sojourn.find(before.session.id)).toBeDefined()
  })
})

describe('a key that is gone at once', () => {
  it('R107 A39: ends what another node has verified under it, also what is hot there', async () => {
    const shared = { store: memoryStore(), feed: localFeed(), clock: manualClock(), secrets: [secret()] }
    const node = () => createSojourn({ ...shared, issuer, environment: 'test', algorithm: 'ES256' })
    const [a, b] = [node(), node()]
    const { accessToken } = await a.create({ subject: 'alice' })
    const now = shared.clock()
    expect((await b.authenticate(accessToken, now)).ok).toBe(true)
    expect(b.known(accessToken, now)).toBeDefined()
    await a.keys.rotate({ atOnce: true })
    expect(b.known(accessToken, now)).toBeUndefined()
    expect((await b.authenticate(accessToken, now)).ok).toBe(false)
  })
})

describe('an interrupted feed', () => {
  it('is told once in a while, not with every request', async () => {
    const feed = { ...localFeed(), follow: () => ({ upToDateAt: () => -Infinity, close: () => {} }) }
    const { sojourn, clock, told } = testSojourn({ feed })
    const { accessToken } = await sojourn.create({ subject: 'alice' })
    for (let request = 0; request < 20; request++) await sojourn.authenticate(accessToken, clock())
    expect(told('feed.stale')).toHaveLength(1)
    clock.pass('11s')
    await sojourn.authenticate(accessToken, clock())
    expect(told('feed.stale')).toHaveLength(2)
  })
})
