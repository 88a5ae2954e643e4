// The rules of sessions on real stores: what createSojourn promises holds alike wherever sessions are kept.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createSojourn, type Sojourn, type SojournOptions, type StandardSchema } from '../../src/index.ts'
import { readStatusList, statusAt } from '../../src/status-list.ts'
import { manualClock, seededRandom, type ManualClock } from '../../src/testing.ts'
import { proofKey } from '../support/dpop.ts'
import { opened } from '../support/forge.ts'
import { issuer, secret } from '../support/secrets.ts'
import { grounds, type Ground, type Place } from './engine-places.ts'

interface Application extends Pick<Place, 'store' | 'dump'> {
  readonly sojourn: Sojourn<Words, Words>
  readonly clock: ManualClock
}

type Words = Readonly<Record<string, unknown>>

for (const [name, { isHere, isSwept, start }] of Object.entries(grounds)) {
  describe.skipIf(!isHere)(`R208 sessions on ${name}`, () => {
    let ground: Ground
    beforeAll(async () => void (ground = await start()))
    afterAll(() => ground.close())

    /** Tells one story in an application of its own. */
    async function within(
      options: Partial<SojournOptions<Words, Words>>,
      story: (application: Application) => Promise<void>,
    ): Promise<void> {
      const { store, now, dump, close } = await ground.open()
      const clock = manualClock(now)
      const random = seededRandom(name)
      const settings = { issuer, environment: 'test', secrets: [secret()], store, clock, random }
      const sojourn = createSojourn<Words, Words>({ ...settings, ...options })
      try {
        await story({ sojourn, store, clock, dump })
      } finally {
        sojourn.close()
        await close()
      }
    }

    it('R177 A72 takes a proof of a key once, however many nodes are asked at the same time', async () => {
      await within({}, async ({ store, clock, sojourn }) => {
        const settings = { issuer, environment: 'test', secrets: [secret()], store, clock }
        const nodes = Array.from({ length: 5 }, () => createSojourn({ ...settings, dpop: { nonce: false } }))
        const key = proofKey()
        const url = 'https://app.example/'
        const signIn = { subject: 'alice', profile: 'bearer', jkt: key.jkt } as const
        const { accessToken } = await nodes[0]!.create(signIn)
        const proofs = [key.prove({ url, now: clock(), accessToken })]
        const asked = nodes.map((node) => node.verify(accessToken, { proofs, method: 'GET', targets: [url] }))
        const settled = await Promise.allSettled(asked)
        const outcomes = settled.map((one) =>
          one.status === 'fulfilled' ? 'taken' : String((one.reason as { code: unknown }).code),
        )
        expect(outcomes.toSorted()).toEqual([...Array<string>(4).fill('dpop_proof_invalid'), 'taken'])
        // The entry is nobody's session: neither the list of a person nor a look through the store has it.
        expect(await sojourn.list('alice')).toHaveLength(1)
        expect((await sojourn.browse()).items).toHaveLength(1)
        for (const node of nodes) node.close()
      })
    })

    it('P34 signs in, refreshes, lists and signs out, by the same verbs as on every other store', async () => {
      await within({}, async ({ sojourn, clock }) => {
        const first = await sojourn.create({
          subject: 'alice',
          claims: { role: 'owner' },
          data: { cart: ['é 😀'] },
        })
        clock.pass('61s')
        const second = await sojourn.create({ subject: 'alice' })
        await sojourn.create({ subject: 'bob' })
        const listed = await sojourn.list('alice')
        expect(listed.map(({ id }) => id)).toEqual([second.session.id, first.session.id])
        expect(listed[1]).toMatchObject({ claims: { role: 'owner' }, data: { cart: ['é 😀'] } })

        const next = await sojourn.refresh(first.sessionToken)
        expect(next.session).toMatchObject({ id: first.session.id, generation: 1, lastSeenAt: clock() })
        expect(await sojourn.revoke(first.session.id)).toBe(true)
        expect(await sojourn.revoke(first.session.id)).toBe(false)
        await expect(sojourn.refresh(next.sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
        expect((await sojourn.list('alice')).map(({ id }) => id)).toEqual([second.session.id])
        expect(await sojourn.list('bob')).toHaveLength(1)
      })
    })

    it('R123 gives 30 simultaneous refreshes of one session token the same successor', async () => {
      await within({}, async ({ sojourn }) => {
        const { sessionToken, session } = await sojourn.create({ subject: 'alice' })
        const results = await Promise.all(Array.from({ length: 30 }, () => sojourn.refresh(sessionToken)))
        expect(new Set(results.map((result) => result.sessionToken)).size).toBe(1)
        expect(await sojourn.find(session.id)).toMatchObject({ generation: 1, version: 2 })
      })
    })

    it('R22 A46 P14 P18 a slow request that began before the sign-out brings nothing back', async () => {
      const slow = gate()
      const data: StandardSchema<Words> = {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: async (value) => ({ value: await slow.pass(value as Words) }),
        },
      }
      await within({ data }, async ({ sojourn, store, clock }) => {
        const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
        const writing = sojourn.update(session.id, { data: () => ({ slow: true }) })
        const written = Promise.allSettled([writing])
        await slow.reached
        await sojourn.revoke(session.id)
        slow.open()
        expect(await written).toMatchObject([{ status: 'rejected', reason: { code: 'session_unknown' } }])
        expect(await sojourn.find(session.id)).toBeUndefined()
        expect(await store.stats(clock())).toMatchObject({ live: 0, expired: 0 })
        await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_unknown' })
      })
    })

    it('R22 A46 refreshes and changes that race with a sign-out everywhere leave nothing behind', async () => {
      await within({}, async ({ sojourn, store, clock }) => {
        for (let round = 0; round < 20; round++) {
          const issued = await Promise.all(
            Array.from({ length: 4 }, () => sojourn.create({ subject: 'alice' })),
          )
          const works = issued.flatMap(({ session, sessionToken }) => [
            () => sojourn.refresh(sessionToken),
            () => sojourn.update(session.id, (claims) => ({ ...claims, round })),
          ])
          const before = works.slice(0, round % 9)
          const running = before.map((work) => work())
          const ending = sojourn.revokeAll('alice')
          const late = works.slice(before.length).map((work) => work())
          await Promise.allSettled([...running, ending, ...late])
          expect([...(await ending)].sort()).toEqual(issued.map(({ session }) => session.id).sort())
          expect(await sojourn.list('alice')).toEqual([])
          expect(await store.stats(clock())).toMatchObject({ live: 0, expired: 0 })
        }
      })
    })

    it('R168 P24 finds the sessions of an identity provider by sid and by person, without reading the store through', async () => {
      await within({}, async ({ sojourn, store, clock }) => {
        const idp = { issuer: 'https://idp.example', subject: 'person-1' }
        const issued = await Promise.all(
          ['a', 'b', 'c'].map((sid) => sojourn.create({ subject: 'alice', idp: { ...idp, sid } })),
        )
        const [first, ...others] = issued.map(({ session }) => session.id)
        await sojourn.create({ subject: 'bob', idp: { ...idp, subject: 'person-2', sid: 'd' } })
        expect(await sojourn.revokeSignedInBy({ issuer: idp.issuer, sid: 'a' })).toEqual([first])
        expect(await sojourn.revokeSignedInBy({ issuer: idp.issuer, sid: 'a' })).toEqual([])
        expect([...(await sojourn.revokeSignedInBy(idp))].sort()).toEqual(others.sort())
        expect([await sojourn.list('alice'), (await sojourn.list('bob')).length]).toEqual([[], 1])
        // What is left: the session of the other person with its two links, and two marks for some minutes.
        expect((await store.scan(undefined, 100)).items).toHaveLength(5)
        clock.pass('31d')
        expect(await sojourn.sweep()).toMatchObject({ removed: isSwept ? 5 : 0, left: 0 })
      })
    })

    it('R168 leaves nobody signed in whom the provider signs out while they are on the way', async () => {
      await within({}, async ({ sojourn }) => {
        for (let round = 0; round < 12; round++) {
          const idp = { issuer: 'https://idp.example', sid: `round ${round}`, subject: 'person-1' }
          const late = round % 4
          const coming = Array.from({ length: 4 }, (_, n) =>
            n < late ? sojourn.create({ subject: 'alice', idp }) : undefined,
          )
          const leaving = sojourn.revokeSignedInBy({ issuer: idp.issuer, sid: idp.sid })
          const later = coming.map((one) => one ?? sojourn.create({ subject: 'alice', idp }))
          const settled = await Promise.allSettled(later)
          await leaving
          const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
          for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'session_unknown' })
          expect(await sojourn.list('alice')).toEqual([])
        }
      })
    })

    it('R171 tells in a status list who has signed out, by the places that each session has for itself', async () => {
      await within({ algorithm: 'ES256', statusList: {} }, async ({ sojourn }) => {
        const issued = await Promise.all(
          Array.from({ length: 70 }, (_, n) => sojourn.create({ subject: `person ${n}` })),
        )
        const places = issued.map(({ session }) => session.status!)
        expect(new Set(places.map(({ index }) => index)).size).toBe(70)
        const { list: name } = places[0]!
        await sojourn.revoke(issued[3]!.session.id)
        await sojourn.revokeAll('person 5')
        const { token } = (await sojourn.statusList(name))!
        const { status_list: encoded } = opened(token).payload
        const list = readStatusList(encoded)!
        const invalid = places.flatMap(({ index }, n) => (statusAt(list, index) === 0 ? [] : [n]))
        expect(invalid).toEqual([3, 5])
      })
    })

    it('R23 A48 P15 50 simultaneous changes of different claims and data are all there afterwards', async () => {
      await within({}, async ({ sojourn }) => {
        const { session } = await sojourn.create({ subject: 'alice' })
        const names = Array.from({ length: 50 }, (_, index) => `name${index}`)
        await Promise.all(
          names.map((key) =>
            sojourn.update(session.id, {
              claims: (claims) => ({ ...claims, [key]: 1 }),
              data: (data) => ({ ...data, [key]: 2 }),
            }),
          ),
        )
        const kept = await sojourn.find(session.id)
        expect(Object.keys(kept?.claims ?? {}).sort()).toEqual([...names].sort())
        expect(Object.keys(kept?.data ?? {}).sort()).toEqual([...names].sort())
        expect(kept?.version).toBe(51)
      })
    })

    for (const onLimit of ['evict', 'refuse'] as const) {
      it(`R20 A52 P45 50 simultaneous sign-ins with a limit of 3 (${onLimit}) end with exactly 3 sessions`, async () => {
        await within({ policy: { limit: { count: 3, onLimit } } }, async ({ sojourn, store, clock }) => {
          const signIns = Array.from({ length: 50 }, () => sojourn.create({ subject: 'alice' }))
          const results = await Promise.allSettled(signIns)
          const admitted = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
          const live = await sojourn.list('alice')
          expect(live).toHaveLength(3)
          expect(await store.stats(clock())).toMatchObject({ live: 3, expired: 0 })
          expect(admitted.map(({ session }) => session.id)).toEqual(
            expect.arrayContaining(live.map(({ id }) => id)),
          )

          // One after another, the policy shows: the newest get in, or nobody does.
          clock.pass('1s')
          const late = sojourn.create({ subject: 'alice' })
          const [lateResult] = await Promise.allSettled([late])
          const expected = onLimit === 'evict' ? 'fulfilled' : 'rejected'
          expect(lateResult.status).toBe(expected)
          const after = (await sojourn.list('alice')).map(({ createdAt }) => createdAt === clock())
          expect(after).toEqual([onLimit === 'evict', false, false])
        })
      })
    }

    it('R214 stores no more than the limit, however often one person signs in', async () => {
      await within({ policy: { limit: { count: 3 } } }, async ({ sojourn, store, clock }) => {
        for (let time = 0; time < 300; time++) {
          clock.pass('1s')
          await sojourn.create({ subject: 'alice' })
        }
        expect(await store.stats(clock())).toMatchObject({ live: 3, expired: 0 })
      })
    })

    it('ends all sessions of a subject but one', async () => {
      await within({}, async ({ sojourn }) => {
        const issued = await Promise.all(
          Array.from({ length: 5 }, () => sojourn.create({ subject: 'alice' })),
        )
        const [kept, ...others] = issued.map(({ session }) => session.id) as [string, ...string[]]
        expect([...(await sojourn.revokeAll('alice', kept))].sort()).toEqual(others.sort())
        expect((await sojourn.list('alice')).map(({ id }) => id)).toEqual([kept])
      })
    })

    it('R211 A56 keeps subjects apart whose names contain what separates others, or a pattern', async () => {
      const subjects = [
        'a:b',
        'a',
        'a:',
        ':b',
        'a*',
        '*',
        'a%',
        '%',
        '_',
        "a' OR '1'='1",
        'A',
        'á',
        '__proto__',
      ]
      await within({}, async ({ sojourn }) => {
        for (const subject of subjects) await sojourn.create({ subject, tenant: 'b:c' })
        for (const [index, subject] of subjects.entries()) {
          expect(await sojourn.list(subject)).toHaveLength(1)
          expect(await sojourn.revokeAll(subject)).toHaveLength(1)
          const rest = await Promise.all(subjects.map((other) => sojourn.list(other)))
          expect(rest.flat()).toHaveLength(subjects.length - index - 1)
        }
      })
    })

    it('A116 a stored session with __proto__ in it changes no other object', async () => {
      await within({}, async ({ sojourn, store }) => {
        const { session, sessionToken } = await sojourn.create({
          subject: 'alice',
          claims: { role: 'x' },
          data: { y: 1 },
        })
        const entry = (await store.find(session.id))!
        const poison = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}'
        const state = entry.state.replace('{"role":"x"}', poison).replace('{"y":1}', poison)
        expect(state).not.toBe(entry.state)
        await store.replace({ ...entry, version: 2, state })
        const found = await sojourn.find(session.id)
        const refreshed = await sojourn.refresh(sessionToken)
        const access = await sojourn.verify(refreshed.accessToken)
        for (const value of [
          {},
          [],
          found,
          found?.claims,
          found?.data,
          refreshed.session.claims,
          access,
          access.claims,
        ]) {
          expect(Reflect.get(value ?? {}, 'isAdmin')).toBeUndefined()
        }
      })
    })

    it('R29 whoever steals the store finds no credential in it, and nothing that is accepted as one', async () => {
      await within({}, async ({ sojourn, dump }) => {
        const credentials: string[] = []
        for (const subject of ['alice', 'bob']) {
          const created = await sojourn.create({ subject })
          const refreshed = await sojourn.refresh(created.sessionToken)
          for (const { sessionToken, accessToken } of [created, refreshed])
            credentials.push(sessionToken, accessToken)
        }
        const stolen = await dump()
        expect(stolen).toContain('alice')
        for (const credential of credentials) {
          expect(stolen).not.toContain(credential)
          // Nor the secret in the middle of it: the generation and the MAC around it could be guessed or forged.
          expect(stolen).not.toContain(credential.slice(16, 40))
        }
        const words = new Set(stolen.match(/[\w.-]{16,}/g))
        expect(words.size).toBeGreaterThan(3)
        for (const word of words) {
          for (const tried of [word, `sj_${word}`, `sj_${word.padEnd(68, 'A').slice(0, 68)}`]) {
            await expect(sojourn.refresh(tried)).rejects.toMatchObject({ code: 'token_malformed' })
            await expect(sojourn.verify(tried)).rejects.toMatchObject({ code: 'token_rejected' })
          }
        }
      })
    })

    it('P37 a thousand requests with one access token write once, and those after a refresh once more', async () => {
      await within({}, async ({ sojourn, store, clock }) => {
        const created = await sojourn.create({ subject: 'alice' })
        const versionAfterUse = async (accessToken: string): Promise<number | undefined> => {
          for (let request = 0; request < 1000; request++) {
            clock.pass('100ms')
            expect(await sojourn.authenticate(accessToken, clock())).toMatchObject({ ok: true })
          }
          return (await store.find(created.session.id))?.version
        }
        expect(await versionAfterUse(created.accessToken)).toBe(2)
        const refreshed = await sojourn.refresh(created.sessionToken)
        expect(await versionAfterUse(refreshed.accessToken)).toBe(4)
      })
    })

    it('P42 a session takes the same room however often it is refreshed', async () => {
      await within({}, async ({ sojourn, store, clock }) => {
        const created = await sojourn.create({ subject: 'alice' })
        const { session } = created
        let { sessionToken } = created
        // The three latest uses are remembered, and never more.
        for (let time = 0; time < 4; time++) {
          clock.pass('2m')
          ;({ sessionToken } = await sojourn.refresh(sessionToken))
        }
        const before = (await store.find(session.id))!.state.length
        for (let time = 0; time < 300; time++) {
          clock.pass('2m')
          ;({ sessionToken } = await sojourn.refresh(sessionToken))
        }
        expect(await store.stats(clock())).toMatchObject({ live: 1, expired: 0 })
        // Of what grows, there is the number of the generation: two more digits.
        expect((await store.find(session.id))!.state.length).toBeLessThanOrEqual(before + 8)
      })
    })

    it('R213 P41 sweeps what has expired, unless it goes by itself, and lets live sessions be', async () => {
      await within({}, async ({ sojourn, store, clock }) => {
        for (let count = 0; count < 120; count++) await sojourn.create({ subject: `old${count}` })
        clock.pass('50m')
        const young = await Promise.all(
          [1, 2, 3].map((count) => sojourn.create({ subject: `young${count}` })),
        )
        clock.pass('30m')
        expect(await store.stats(clock())).toMatchObject({ live: 3, expired: 120 })
        const removed = isSwept ? 120 : 0
        expect(await sojourn.sweep({ batch: 50 })).toMatchObject({ removed, done: true })
        expect(await sojourn.sweep({ batch: 50 })).toMatchObject({ removed: 0, done: true })
        expect(await sojourn.stats()).toMatchObject({ live: 3, expired: 120 - removed })
        for (const { sessionToken } of young) await sojourn.refresh(sessionToken)
      })
    })
  })
}

/** Lets a value with `slow` in it pass only when it has been opened. */
function gate(): { readonly reached: Promise<void>; pass(value: Words): Promise<Words>; open(): void } {
  const opened = signal()
  const reached = signal()
  return {
    reached: reached.given,
    open: opened.give,
    pass: async (value) => {
      if (!('slow' in value)) return value
      reached.give()
      await opened.given
      return value
    },
  }
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
