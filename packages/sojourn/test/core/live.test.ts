// What stays open learns when its session is over: by the feed, by the passing of time, and when nobody can tell any more.

import { describe, expect, it } from 'vitest'

import type { OverReason } from '../../src/core/live.ts'
import {
  createSojourn,
  localFeed,
  type Access,
  type Feed,
  type Sojourn,
  type Store,
} from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'
import { plainStore } from '../support/plain-store.ts'
import { until } from '../support/redis.ts'

const clock = manualClock()

/** A feed whose followers have heard nothing since an instant. */
function silentFeed(): Feed & { silentSince: number | undefined } {
  const feed = localFeed()
  const silent = {
    silentSince: undefined as number | undefined,
    announce: feed.announce,
    follow: (listener: Parameters<Feed['follow']>[0], since: number) => ({
      close: feed.follow(listener, since).close,
      upToDateAt: (now: number) => silent.silentSince ?? now,
    }),
  }
  return silent
}

interface Setting {
  readonly store?: Store
  readonly feed?: Feed
  readonly onInterruptedFeed?: 'strict' | 'closed' | 'open'
}

function nodeOf({
  store = memoryStore(),
  feed = localFeed(),
  onInterruptedFeed = 'strict',
}: Setting = {}): Sojourn {
  return createSojourn({
    issuer,
    secrets: [secret()],
    environment: 'test',
    store,
    feed,
    clock,
    onInterruptedFeed,
    // Looks every 20 milliseconds.
    feedPatience: '80ms',
  })
}

/** Signs somebody in, and opens something that hears of the end. */
async function open(
  node: Sojourn,
  at: Sojourn = node,
): Promise<{ access: Access; token: string; over: OverReason[]; claims: unknown[]; release: () => void }> {
  const { access, sessionToken: token } = await node.create({ subject: 'alice', claims: { role: 'user' } })
  const over: OverReason[] = []
  const claims: unknown[] = []
  const release = at.watch(access, {
    over: (reason) => over.push(reason),
    changed: (session) => claims.push(session.claims),
  })
  return { access, token, over, claims, release }
}

describe('something that stands on a session', () => {
  it('hears at once that the session was ended, and why, on another node', async () => {
    const shared = { store: memoryStore(), feed: localFeed() }
    const [a, b] = [nodeOf(shared), nodeOf(shared)]
    const here = await open(a, b)
    const other = await open(a, b)
    await a.revoke(here.access.sessionId, 'signed_out')
    expect(here.over).toEqual(['signed_out'])
    await a.revokeAll('alice')
    expect(other.over).toEqual(['revoked'])
    expect(here.over).toEqual(['signed_out'])
  })

  it('hears of an end that came between the authentication and the opening', async () => {
    const node = nodeOf()
    const { access } = await node.create({ subject: 'alice' })
    await node.revoke(access.sessionId)
    const over = await new Promise((resolve) => node.watch(access, { over: resolve }))
    expect(over).toBe('revoked')
  })

  it('hears nothing more once it has let go', async () => {
    const node = nodeOf()
    const { access, over, release } = await open(node)
    release()
    await node.revoke(access.sessionId)
    expect(over).toEqual([])
  })

  it('R7 outlives its access token, and ends with the idle time of the session', async () => {
    const node = nodeOf()
    const { over, token } = await open(node)
    clock.pass('30m')
    await node.refresh(token)
    clock.pass('40m')
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(over).toEqual([])
    clock.pass('21m')
    await until(async () => over.length > 0)
    expect(over).toEqual(['idle'])
  })

  it('is told of changed claims, also when they changed before it was opened', async () => {
    const node = nodeOf()
    const first = await open(node)
    await node.update(first.access.sessionId, (claims) => ({ ...claims, role: 'admin' }))
    await until(async () => first.claims.length > 0)
    const late: unknown[] = []
    node.watch(first.access, { over: () => {}, changed: ({ claims }) => late.push(claims) })
    await until(async () => late.length > 0)
    expect([first.claims, late]).toEqual([[{ role: 'admin' }], [{ role: 'admin' }]])
  })
})

describe('while the feed is interrupted', () => {
  it('strict: the store is asked, and a session that is gone is over', async () => {
    const [store, feed] = [memoryStore(), silentFeed()]
    const node = nodeOf({ store, feed })
    const [gone, there] = [await open(node), await open(node)]
    feed.silentSince = clock() - 60_000
    await store.remove(gone.access.sessionId)
    await until(async () => gone.over.length > 0)
    expect([gone.over, there.over]).toEqual([['ended'], []])
  })

  it('closed: nobody can tell, so it is over', async () => {
    const feed = silentFeed()
    const { over } = await open(nodeOf({ feed, onInterruptedFeed: 'closed' }))
    feed.silentSince = clock() - 60_000
    await until(async () => over.length > 0)
    expect(over).toEqual(['unverifiable'])
  })

  it('open: it goes on until its time', async () => {
    const [store, feed] = [memoryStore(), silentFeed()]
    const { access, over } = await open(nodeOf({ store, feed, onInterruptedFeed: 'open' }))
    feed.silentSince = clock() - 60_000
    await store.remove(access.sessionId)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(over).toEqual([])
    clock.pass('10m')
    await until(async () => over.length > 0)
    expect(over).toEqual(['ended'])
  })
})

describe('while the store is down', () => {
  it('goes on as long as its session is known to live, and no longer', async () => {
    const store = memoryStore()
    let isDown = false
    const find: Store['find'] = async (id) => {
      if (isDown) throw new Error('down')
      return store.find(id)
    }
    const node = nodeOf({ store: { ...plainStore(store), find } })
    const { over } = await open(node)
    clock.pass('10m')
    // The access token has run out, so the session was read again: it lives for the rest of its idle time.
    await new Promise((resolve) => setTimeout(resolve, 60))
    isDown = true
    clock.pass('30m')
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(over).toEqual([])
    clock.pass('30m')
    await until(async () => over.length > 0)
    expect(over).toEqual(['unverifiable'])
  })
})
