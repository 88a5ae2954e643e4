// Sessions of another layer, brought into the store ahead of their people.

import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import type { FormerSession, Issued } from '../../src/index.ts'
import type { Facts } from '../../src/core/schema.ts'
import { testSojourn, type TestSojourn } from '../http/support/sojourn.ts'

const hour = 3_600_000
const day = 24 * hour
const newName = (): string => randomBytes(24).toString('base64url')

function formerOf(
  { clock }: TestSojourn,
  more: Partial<FormerSession<Facts, Facts>> = {},
): FormerSession<Facts, Facts> {
  return {
    name: newName(),
    signIn: { subject: 'ada', claims: { role: 'owner' }, data: { basket: ['tea'] }, remember: true },
    expiresAt: clock() + 7 * day,
    source: 'redis://old sess:',
    ...more,
  }
}

const handed = (issued: Issued<Facts, Facts> | undefined): readonly unknown[] => [
  issued?.session.id,
  issued?.sessionToken,
]

describe('a former session', () => {
  it('is handed over with its facts, and to ten requests at once as one session', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    expect(await test.sojourn.former.bring(former)).toMatchObject({ outcome: 'brought' })
    expect(await test.sojourn.list('ada')).toHaveLength(1)
    const all = await Promise.all(Array.from({ length: 10 }, () => test.sojourn.former.handOver(former.name)))
    expect(new Set(all.map((one) => JSON.stringify(handed(one)))).size).toBe(1)
    expect(all[0]?.session).toMatchObject({ subject: 'ada', claims: { role: 'owner' }, generation: 1 })
    expect((await test.sojourn.find(all[0]!.session.id))?.data).toEqual({ basket: ['tea'] })
    expect(await test.sojourn.list('ada')).toHaveLength(1)
    // And it goes on as any other.
    const next = await test.sojourn.refresh(all[0]!.sessionToken)
    expect(next.session.generation).toBe(2)
  })

  it('keeps nothing in the store that its id or a token could be made of', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    await test.sojourn.former.bring(former)
    const issued = await test.sojourn.former.handOver(former.name)
    const kept = JSON.stringify((await test.store.scan(undefined, 100)).items)
    const secretPart = issued!.sessionToken.slice(12, 40)
    for (const hidden of [former.name, former.name.slice(0, 16), secretPart])
      expect(kept).not.toContain(hidden)
  })

  it('ends when the former one would have, and counts as proved long ago', async () => {
    const test = testSojourn()
    const former = formerOf(test, { expiresAt: test.clock() + 2 * day })
    await test.sojourn.former.bring(former)
    const issued = await test.sojourn.former.handOver(former.name)
    expect(issued!.session.authenticatedAt).toBeLessThanOrEqual(test.clock() - hour)
    test.clock.pass('47h')
    const last = await test.sojourn.refresh(issued!.sessionToken)
    expect(last.expiresAt).toBe(former.expiresAt)
    test.clock.pass('1h')
    await expect(test.sojourn.refresh(last.sessionToken)).rejects.toMatchObject({ code: 'session_expired' })
    expect(await test.sojourn.former.bring(former)).toMatchObject({ outcome: 'expired' })
  })

  it('that has ended is not handed over, and does not come back by being brought again', async () => {
    const test = testSojourn()
    const [taken, waiting] = [formerOf(test), formerOf(test)]
    for (const former of [taken, waiting]) await test.sojourn.former.bring(former)
    const issued = await test.sojourn.former.handOver(taken.name)
    await test.sojourn.revoke(issued!.session.id, 'signed_out')
    await test.sojourn.revokeAll('ada')
    for (const former of [taken, waiting]) {
      expect(await test.sojourn.former.bring(former)).toMatchObject({ outcome: 'ended' })
      expect(await test.sojourn.former.handOver(former.name)).toBeUndefined()
    }
    expect(await test.sojourn.list('ada')).toEqual([])
  })

  it('is brought up to date until its person comes, and left alone from then on', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    await test.sojourn.former.bring(former)
    const later = { ...former, signIn: { ...former.signIn, data: { basket: ['tea', 'cup'] } } }
    expect(await test.sojourn.former.bring(later)).toMatchObject({ outcome: 'renewed' })
    const issued = await test.sojourn.former.handOver(former.name)
    expect(issued!.session.data).toEqual({ basket: ['tea', 'cup'] })
    expect(await test.sojourn.former.bring(former)).toMatchObject({ outcome: 'taken_over' })
    expect((await test.sojourn.find(issued!.session.id))?.data).toEqual({ basket: ['tea', 'cup'] })
  })

  it('whose id is shown again long after its owner has gone on with ours is a copy, and ends', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    await test.sojourn.former.bring(former)
    const issued = await test.sojourn.former.handOver(former.name)
    await test.sojourn.refresh(issued!.sessionToken)
    // The overlap lets what was under way pass.
    expect(await test.sojourn.former.handOver(former.name)).toBeDefined()
    test.clock.pass('2m')
    expect(await test.sojourn.former.handOver(former.name)).toBeUndefined()
    expect(await test.sojourn.find(issued!.session.id)).toBeUndefined()
    expect(test.told('session.reused')).toHaveLength(1)
  })

  it('is handed over again where the answer was lost', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    await test.sojourn.former.bring(former)
    const lost = await test.sojourn.former.handOver(former.name)
    test.clock.pass('5h')
    expect(handed(await test.sojourn.former.handOver(former.name))).toEqual(handed(lost))
  })

  it('of somebody else under the same id takes its place, unless its person has gone on here', async () => {
    const test = testSojourn()
    const former = formerOf(test)
    const asBob = { ...former, signIn: { ...former.signIn, subject: 'bob' } }
    await test.sojourn.former.bring(former)
    expect(await test.sojourn.former.bring(asBob)).toMatchObject({ outcome: 'brought' })
    expect(await test.sojourn.list('ada')).toEqual([])
    expect((await test.sojourn.former.handOver(former.name))?.session.subject).toBe('bob')
    expect(await test.sojourn.former.bring(former)).toMatchObject({ outcome: 'taken_over' })
    expect(await test.sojourn.list('ada')).toEqual([])
  })

  it('is brought wholly by the next try where one broke off at any step', async () => {
    for (const brokenAt of [1, 2, 3]) {
      const test = testSojourn()
      const former = formerOf(test)
      let writes = 0
      const { insert, replace } = test.store
      const counted =
        <T extends unknown[], R>(write: (...args: T) => R) =>
        (...args: T): R => {
          if (++writes === brokenAt) throw new Error('killed')
          return write.apply(test.store, args)
        }
      Object.assign(test.store, { insert: counted(insert), replace: counted(replace) })
      await expect(test.sojourn.former.bring(former)).rejects.toMatchObject({ code: 'store_unavailable' })
      Object.assign(test.store, { insert, replace })
      await test.sojourn.former.bring(former)
      expect(await test.sojourn.list('ada')).toHaveLength(1)
      expect((await test.sojourn.former.handOver(former.name))?.session.subject).toBe('ada')
    }
  })
})

describe('what is gone where it was brought from', () => {
  it('ends here too, unless its person has gone on here or it came from elsewhere', async () => {
    const test = testSojourn()
    const [there, gone, goneOn, elsewhere] = [
      formerOf(test),
      formerOf(test),
      formerOf(test),
      formerOf(test, { source: 'postgres://other' }),
    ]
    const marks = new Set<string>()
    for (const former of [there, gone, goneOn, elsewhere]) {
      const { mark } = await test.sojourn.former.bring(former)
      if (former === there) marks.add(mark)
    }
    await test.sojourn.former.handOver(goneOn.name)
    expect(await test.sojourn.former.endAbsent('redis://old sess:', marks)).toBe(1)
    expect(await test.sojourn.former.handOver(gone.name)).toBeUndefined()
    for (const former of [there, goneOn, elsewhere])
      expect(await test.sojourn.former.handOver(former.name)).toBeDefined()
  })
})

it('names that are too short to be secrets, and facts that do not fit, are refused', async () => {
  const test = testSojourn()
  const refused = { code: 'request_malformed' }
  await expect(test.sojourn.former.bring(formerOf(test, { name: 'short' }))).rejects.toMatchObject(refused)
  const signIn = { subject: 'ada', claims: { note: 'x'.repeat(5000) } }
  await expect(test.sojourn.former.bring(formerOf(test, { signIn }))).rejects.toMatchObject({
    code: 'claims_invalid',
  })
  expect((await test.store.stats(0)).live).toBe(0)
  expect(await test.sojourn.former.handOver(newName())).toBeUndefined()
})
