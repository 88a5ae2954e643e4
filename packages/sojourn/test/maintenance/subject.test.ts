// All about one person, on every store: handed out, and forgotten.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { auditTrail, memoryJournal, type Journal } from '../../src/audit.ts'
import { createSojourn, type Browsable, type Notice, type Sojourn, type Store } from '../../src/index.ts'
import { eraseSubject, exportSubject } from '../../src/maintenance.ts'
import { readStatusList, statusAt } from '../../src/status-list.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { plainStore } from '../support/plain-store.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { grounds, type Ground } from '../store/engine-places.ts'
import { issuer, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const
const by = { by: 'the privacy officer' }
const device = { label: 'Her laptop', userAgent: 'Firefox/1', ip: '192.0.2.77' }
const idp = { issuer: 'https://idp.example', sid: 'sid-1', subject: 'sub-1' }

function within(store: Store, { clock = manualClock(), journal = memoryJournal(), hasLists = true } = {}) {
  const trail = auditTrail({ ...given, journal, clock })
  const sojourn: Sojourn = createSojourn({
    ...given,
    store,
    clock,
    listeners: [trail.listener],
    ...(hasLists ? { algorithm: 'ES256', statusList: {} } : {}),
  })
  return { sojourn, trail, clock, journal, kept: { sojourn, trail } }
}

async function settle({ sojourn, clock }: { sojourn: Sojourn; clock: ManualClock }): Promise<string[]> {
  const first = await sojourn.create({
    subject: 'alice',
    tenant: 'acme',
    claims: { role: 'admin' },
    data: { basket: ['book'] },
    device,
    idp,
  })
  clock.pass('10s')
  const second = await sojourn.refresh((await sojourn.create({ subject: 'alice' })).sessionToken, {
    device: { ...device, ip: '198.51.100.7' },
  })
  await sojourn.former.bring({
    name: 'a former session id of alice',
    signIn: { subject: 'alice' },
    expiresAt: clock() + 600_000,
    source: 'redis://old',
  })
  await sojourn.create({ subject: 'bob', device, idp: { ...idp, sid: 'sid-2', subject: 'sub-2' } })
  return [first.sessionToken, second.sessionToken, second.accessToken]
}

async function document(pieces: AsyncIterable<string>): Promise<Readonly<Record<string, unknown>>> {
  let text = ''
  for await (const piece of pieces) text += piece
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

const othersOf = async (store: Browsable): Promise<string> =>
  JSON.stringify((await store.scan(undefined, 1000)).items)

for (const [name, { isHere, start }] of Object.entries(grounds)) {
  describe.skipIf(!isHere)(`one person on ${name}`, () => {
    let ground: Ground
    beforeAll(async () => void (ground = await start()))
    afterAll(() => ground.close())

    it('is handed out with all facts and nothing that signs in, then forgotten with all that leads to them', async () => {
      const place = await ground.open()
      const world = within(place.store, { clock: manualClock(place.now) })
      const { sojourn, trail, kept } = world
      const tokens = await settle(world)
      const exported = await document(exportSubject(kept, 'alice', by))
      expect(exported).toMatchObject({ sojourn: 'subject', version: 1, subject: 'alice', issuer })
      expect(exported['counts']).toEqual({ sessions: 3, others: 3, audit: 4 })
      const sessions = exported['sessions'] as Record<string, unknown>[]
      expect(sessions.find((one) => one['tenant'] === 'acme')).toMatchObject({
        claims: { role: 'admin' },
        data: { basket: ['book'] },
        device,
        idp,
        status: { index: expect.any(Number) },
        createdAt: expect.stringMatching(/Z$/),
      })
      expect((exported['others'] as { kind: string }[]).map(({ kind }) => kind).toSorted()).toEqual([
        'former_id',
        'provider_link',
        'provider_link',
      ])
      for (const token of tokens) expect(JSON.stringify(exported)).not.toContain(token.slice(-20))

      const notices: Notice[] = []
      const since = world.clock()
      const watching = sojourn.settings.feed.follow((notice) => void notices.push(notice), since)
      expect(await eraseSubject(kept, 'alice', by)).toEqual({
        sessions: 3,
        providerLinks: 0,
        formerIds: 1,
        auditLines: 8,
      })
      await expect
        .poll(() => notices.filter(({ kind }) => kind === 'ended').length, { timeout: 30_000 })
        .toBe(3)
      watching.close()
      expect(await sojourn.list('alice')).toEqual([])
      expect(await sojourn.list('bob')).toHaveLength(1)
      const left = await othersOf(place.store)
      for (const trace of ['alice', 'sub-1', 'sid-1', 'acme', '198.51.100.7'])
        expect(left).not.toContain(trace)
      expect(left).toContain('bob')
      expect(JSON.stringify(await world.journal.read(0, 1000))).not.toContain('alice')
      expect(await trail.verify()).toMatchObject({ ok: true })
      expect((await document(exportSubject(kept, 'alice', by)))['counts']).toEqual({
        sessions: 0,
        others: 0,
        audit: 0,
      })
      sojourn.close()
      await place.close()
    })

    it('is forgotten however many sign in as them at the same moment: what was there before is gone', async () => {
      const place = await ground.open()
      const { sojourn, kept } = within(place.store, { clock: manualClock(place.now), hasLists: false })
      const before = await Promise.all([1, 2, 3].map(() => sojourn.create({ subject: 'alice' })))
      const [erased, ...meanwhile] = await Promise.all([
        eraseSubject(kept, 'alice', by),
        ...[1, 2, 3, 4].map(() => sojourn.create({ subject: 'alice' })),
      ])
      expect(erased.sessions).toBeGreaterThanOrEqual(3)
      const living = (await sojourn.list('alice')).map(({ id }) => id)
      for (const { session } of before) expect(living).not.toContain(session.id)
      // Whoever came meanwhile is signed out, or is somebody new whom the next time forgets.
      expect(living.length).toBe(3 + meanwhile.length - erased.sessions)
      expect(await eraseSubject(kept, 'alice', by)).toMatchObject({ sessions: living.length })
      expect(await eraseSubject(kept, 'alice', by)).toMatchObject({ sessions: 0, auditLines: 0 })
      expect(await sojourn.list('alice')).toEqual([])
      sojourn.close()
      await place.close()
    })
  })
}

describe('forgetting a person', () => {
  it('says nothing is gone where the journal or the store is out of reach, and goes on when it is called again', async () => {
    const journal = memoryJournal()
    let isDown = true
    const down = async (): Promise<never> => Promise.reject(new Error('out of reach'))
    const flaky: Journal = { ...journal, amend: (changes) => (isDown ? down() : journal.amend(changes)) }
    const store = memoryStore()
    const world = within(store, { journal: flaky })
    await settle(world)
    await expect(eraseSubject(world.kept, 'alice', by)).rejects.toMatchObject({ code: 'store_unavailable' })
    isDown = false
    expect(await eraseSubject(world.kept, 'alice', by)).toMatchObject({ sessions: 0, auditLines: 7 })
    const unread: Store & Browsable = { ...plainStore(store), scan: down }
    const broken = within(unread, { journal })
    await expect(eraseSubject(broken.kept, 'bob', by)).rejects.toMatchObject({ code: 'store_unavailable' })
    // What a node has not written yet comes later: here, that it has ended his session.
    await broken.trail.flush()
    expect(await eraseSubject(world.kept, 'bob', by)).toMatchObject({ auditLines: 2 })
  })

  it('keeps the place of a session in a status list, without which its access token would be good again', async () => {
    const world = within(memoryStore())
    const { session, accessToken } = await world.sojourn.create({ subject: 'alice' })
    await eraseSubject(world.kept, 'alice', by)
    expect(session.status).toBeDefined()
    await expect(world.sojourn.verify(accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
    const served = await world.sojourn.statusList(session.status!.list)
    const [, payload = ''] = served!.token.split('.')
    const { status_list } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { status_list: never }
    expect(statusAt(readStatusList(status_list)!, session.status!.index)).toBe(1)
  })

  it.each(['', 'x'.repeat(256), '\ud800'])('refuses a subject that nobody can have: %j', async (subject) => {
    const { kept } = within(memoryStore())
    await expect(eraseSubject(kept, subject, by)).rejects.toMatchObject({ code: 'request_malformed' })
    await expect(document(exportSubject(kept, subject, by))).rejects.toMatchObject({
      code: 'request_malformed',
    })
  })

  it('refuses a store that cannot be read through, before anything is done', async () => {
    const { kept, sojourn } = within(plainStore(memoryStore()), { hasLists: false })
    await sojourn.create({ subject: 'alice' })
    await expect(eraseSubject(kept, 'alice', by)).rejects.toMatchObject({ code: 'request_malformed' })
    expect(await sojourn.list('alice')).toHaveLength(1)
  })
})
