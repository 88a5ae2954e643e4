import { beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type Idp, type Sojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { countedStore } from '../support/counted-store.ts'
import { issuer, secret } from '../support/secrets.ts'

const idp = { issuer: 'https://idp.example', sid: 'there', subject: 'person-1' }

let clock: ManualClock
let store: ReturnType<typeof memoryStore>
let sojourn: Sojourn
beforeEach(() => {
  clock = manualClock()
  store = memoryStore()
  sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    clock,
  })
})
const kept = async (): Promise<number> => (await store.scan(undefined, 100)).items.length

describe('the links of a session to its identity provider', () => {
  it('are of no concern to a session that has none', async () => {
    const calls: string[] = []
    const counted = countedStore(store, calls)
    const one = createSojourn({ issuer, environment: 'test', secrets: [secret()], store: counted, clock })
    const { session } = await one.create({ subject: 'alice' })
    expect([session.idp, calls]).toEqual([undefined, ['insert']])
    one.close()
  })

  it('go with the session, however it ends', async () => {
    const { session } = await sojourn.create({ subject: 'alice', idp })
    expect([(await sojourn.find(session.id))?.idp, await kept()]).toEqual([idp, 3])
    await sojourn.revoke(session.id)
    expect(await kept()).toBe(0)
    await sojourn.create({ subject: 'alice', idp })
    await sojourn.revokeAll('alice')
    expect(await kept()).toBe(0)
  })

  it('are no sessions: none is found by their ids, listed or browsed', async () => {
    const { session } = await sojourn.create({ subject: 'alice', idp })
    const { items } = await store.scan(undefined, 100)
    for (const { id } of items.filter((entry) => entry.id !== session.id))
      expect(await sojourn.find(id)).toBeUndefined()
    expect((await sojourn.browse()).items).toHaveLength(1)
    // Nobody who reads the entries learns whom they lead from.
    expect(JSON.stringify(items.filter((entry) => entry.id !== session.id))).not.toMatch(
      /idp\.example|there|person/,
    )
  })

  it('live as long as the session does, also when a step-up makes it live longer', async () => {
    const first = await sojourn.create({ subject: 'alice', idp, remember: true })
    clock.pass('13d')
    let { sessionToken } = await sojourn.stepUp(first.sessionToken, { amr: ['otp'] })
    for (const pause of ['13d', '13d'] as const) {
      clock.pass(pause)
      ;({ sessionToken } = await sojourn.refresh(sessionToken))
      await sojourn.sweep()
    }
    // 39 days after the sign-in, and 26 after the step-up.
    const { session } = first
    expect(await sojourn.revokeSignedInBy({ issuer: idp.issuer, sid: idp.sid })).toEqual([session.id])
  })

  it('lead nowhere across applications and environments on one store', async () => {
    const { session } = await sojourn.create({ subject: 'alice', idp })
    for (const other of [{ issuer: 'https://other.example' }, { environment: 'staging' }]) {
      const elsewhere = createSojourn({
        issuer,
        environment: 'test',
        secrets: [secret()],
        store,
        clock,
        ...other,
      })
      expect(await elsewhere.revokeSignedInBy(idp)).toEqual([])
      elsewhere.close()
    }
    expect(await sojourn.find(session.id)).toBeDefined()
  })
})

describe('a sign-in from a session that the provider has ended', () => {
  it('is refused for ten minutes, long after which the ID token has run out', async () => {
    await sojourn.revokeSignedInBy({ issuer: idp.issuer, sid: idp.sid })
    clock.pass('9m')
    await expect(sojourn.create({ subject: 'alice', idp })).rejects.toMatchObject({
      code: 'session_unknown',
      members: { reason: 'signed_out_at_provider' },
    })
    expect(await sojourn.list('alice')).toEqual([])
    expect((await sojourn.create({ subject: 'alice', idp: { ...idp, sid: 'new' } })).outcome).toBe('created')
  })

  it('is welcome again where all of the person was ended, and they have signed in after that', async () => {
    await sojourn.revokeSignedInBy({ issuer: idp.issuer, subject: idp.subject })
    await expect(sojourn.create({ subject: 'alice', idp })).rejects.toMatchObject({ code: 'session_unknown' })
    clock.pass('1s')
    expect((await sojourn.create({ subject: 'alice', idp })).outcome).toBe('created')
  })
})

it.each([
  {},
  { issuer: 'https://idp.example' },
  { sid: 'a' },
  { issuer: '', sid: 'a' },
  { issuer: 'https://idp.example', sid: '' },
  { issuer: 'https://idp.example', subject: 'x'.repeat(256) },
  { issuer: 'https://idp.example', sid: 1 },
  { issuer: 'https://idp.example', sid: '\ud800' },
  null,
])('%j names no session of a provider', async (wrong) => {
  const malformed = { code: 'request_malformed', detail: expect.stringContaining('idp') as string }
  await expect(sojourn.create({ subject: 'alice', idp: wrong as Idp })).rejects.toMatchObject(malformed)
  await expect(sojourn.revokeSignedInBy(wrong as Idp)).rejects.toMatchObject(malformed)
  expect(await kept()).toBe(0)
})
