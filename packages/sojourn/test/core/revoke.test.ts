// Ending sessions: one, a person's, a tenant's, everybody's; and what is told of it.

import { describe, expect, it } from 'vitest'

import { createVerifier } from '../../src/index.ts'
import { testSojourn, type TestSojourn } from '../http/support/sojourn.ts'
import { secret } from '../support/secrets.ts'

describe('an administrator', () => {
  it('R18 R16: ends one session, all of a person, all of a tenant, or everybody’s', async () => {
    const { sojourn, clock, store } = testSojourn()
    const subjects = Array.from({ length: 250 }, (_, index) => `person${index}`)
    const issued = await Promise.all(
      subjects.flatMap((subject, index) =>
        [1, 2, 3, 4].map(() => sojourn.create({ subject, tenant: index < 50 ? 'red' : 'blue' })),
      ),
    )
    const isDead = async (index: number): Promise<boolean> => {
      const { sessionToken, accessToken } = issued[index]!
      const [verified, refreshed] = await Promise.allSettled([
        sojourn.verify(accessToken),
        sojourn.refresh(sessionToken),
      ])
      expect(verified.status).toBe(refreshed.status)
      return verified.status === 'rejected'
    }
    expect(await sojourn.revoke(issued[0]!.session.id)).toBe(true)
    expect([await isDead(0), await isDead(1)]).toEqual([true, false])
    expect(await sojourn.revokeAll('person0')).toHaveLength(3)
    expect([await isDead(3), await isDead(4)]).toEqual([true, false])
    expect(await sojourn.revokeMatching({ tenant: 'red' })).toBe(49 * 4)
    expect([await isDead(199), await isDead(200)]).toEqual([true, false])
    clock.pass('1s')
    const late = await sojourn.create({ subject: 'person249' })
    expect(await sojourn.revokeMatching({ createdBefore: clock() })).toBe(200 * 4)
    expect([await isDead(999), await isDead(500)]).toEqual([true, true])
    expect((await sojourn.verify(late.accessToken)).subject).toBe('person249')
    expect(await store.stats(clock())).toMatchObject({ live: 1 })
  })

  it('R18: has to say whom to sign out', async () => {
    await expect(testSojourn().sojourn.revokeMatching({})).rejects.toMatchObject({
      code: 'request_malformed',
    })
  })

  it('P47: needs the public id only, which signs nobody in', async () => {
    const { sojourn } = testSojourn()
    const { session } = await sojourn.create({ subject: 'alice' })
    await expect(sojourn.refresh(session.id)).rejects.toMatchObject({ code: 'token_malformed' })
    expect(await sojourn.revoke(session.id)).toBe(true)
  })
})

describe('whatever ends a session', () => {
  it('P25 P60: is told, with the reason', async () => {
    const { sojourn, clock, told } = testSojourn({ policy: { limit: { count: 1 } } })
    const sessionOf = async (): Promise<{ id: string; token: string }> => {
      clock.pass('1s')
      const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
      return { id: session.id, token: sessionToken }
    }
    const first = await sessionOf()
    const second = await sessionOf()
    clock.pass('1s')
    await sojourn.create({ subject: 'alice', replaces: second.token })
    await sojourn.revokeAll('alice')
    const idle = await sessionOf()
    clock.pass('1h')
    await sojourn.refresh(idle.token).catch(() => {})
    const copied = await sessionOf()
    const next = await sojourn.refresh(copied.token)
    clock.pass('2m')
    await sojourn.refresh(next.sessionToken)
    clock.pass('2m')
    await sojourn.refresh(copied.token).catch(() => {})
    const revoked = await sessionOf()
    await sojourn.revoke(revoked.id)
    const reasons = told('session.ended').map(({ reason }) => reason)
    expect(reasons).toEqual(['evicted', 'replaced', 'revoked', 'idle', 'reused', 'revoked'])
    expect(told('session.ended')[0]).toMatchObject({ sessionId: first.id, subject: 'alice' })
  })
})

describe('nobody is signed out', () => {
  it('P43: by a deployment, nor by the replacement of the secret', async () => {
    const before = testSojourn()
    const { sessionToken, accessToken } = await before.sojourn.create({ subject: 'alice' })
    const { store, clock } = before
    before.sojourn.close()
    for (const secrets of [[secret()], [secret(1), secret(2)], [secret(2), secret(1)]]) {
      const { sojourn } = testSojourn({ store, clock, secrets })
      expect((await sojourn.verify(accessToken)).subject).toBe('alice')
      await sojourn.refresh(sessionToken)
      sojourn.close()
    }
    const moved = testSojourn({ store, clock, secrets: [secret(2), secret(1)] })
    const next = await moved.sojourn.refresh(sessionToken)
    const after = testSojourn({ store, clock, secrets: [secret(2)] })
    expect((await after.sojourn.refresh(next.sessionToken)).session.subject).toBe('alice')
    await expect(after.sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'token_malformed' })
  })

  it('R215: while nodes are restarted one by one with the next secret; and one that was taken away opens nothing', async () => {
    const { store, clock } = testSojourn()
    const node = (...of: number[]): TestSojourn =>
      testSojourn({ store, clock, secrets: of.map((which) => secret(which)) })
    const [first, second] = [1, 2]
    const nodes: [TestSojourn, TestSojourn] = [node(first), node(first)]
    const early = await nodes[0].sojourn.create({ subject: 'early' })
    let newest = early.sessionToken
    for (const secrets of [[first, second], [second, first], [second]])
      for (const restarted of [0, 1] as const) {
        nodes[restarted].sojourn.close()
        nodes[restarted] = node(...secrets)
        for (const here of nodes)
          for (const there of nodes) {
            const { accessToken, sessionToken } = await here.sojourn.create({ subject: 'late' })
            expect((await there.sojourn.verify(accessToken)).subject).toBe('late')
            expect((await there.sojourn.refresh(sessionToken)).outcome).toBe('rotated')
          }
        newest = (await nodes[restarted].sojourn.refresh(newest)).sessionToken
        clock.pass('2m')
      }
    for (const { sojourn } of nodes) {
      await expect(sojourn.refresh(early.sessionToken)).rejects.toMatchObject({ code: 'token_malformed' })
      await expect(sojourn.verify(early.accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
      newest = (await sojourn.refresh(newest)).sessionToken
      sojourn.close()
    }
  })

  it('P51: by another browser version, network or address', async () => {
    const { sojourn, told } = testSojourn()
    let { sessionToken } = await sojourn.create({
      subject: 'alice',
      device: { userAgent: 'Firefox/1', ip: '192.0.2.1' },
    })
    for (let version = 2; version < 20; version++) {
      const device = { userAgent: `Firefox/${version}`, ip: `198.51.100.${version}` }
      ;({ sessionToken } = await sojourn.refresh(sessionToken, { device }))
    }
    expect(told('session.refreshed')[0]).toMatchObject({ device: { userAgent: 'Firefox/2' } })
    expect(told('session.ended')).toEqual([])
  })

  it('P50: and yet a person can be told of a sign-in: with the device, and the list of the others', async () => {
    const { sojourn, told } = testSojourn()
    await sojourn.create({ subject: 'alice', device: { label: 'laptop' } })
    await sojourn.create({ subject: 'alice', device: { label: 'phone', ip: '192.0.2.7' } })
    const signIn = told('session.created').at(-1)
    expect(signIn).toMatchObject({ subject: 'alice', device: { label: 'phone', ip: '192.0.2.7' } })
    const labels = (await sojourn.list('alice')).map(({ device }) => device.label)
    expect(new Set(labels)).toEqual(new Set(['laptop', 'phone']))
  })
})

it('P9: a resource server verifies with the public keys alone, and asks nobody again', async () => {
  const { sojourn, clock } = testSojourn({ algorithm: 'ES256' })
  const { accessToken } = await sojourn.create({ subject: 'alice' })
  const jwks = await sojourn.keys.jwks()
  const { issuer } = sojourn.settings
  const verifier = createVerifier({ issuer, audience: issuer, jwks, clock })
  for (let request = 0; request < 3; request++)
    expect((await verifier.verify(accessToken)).subject).toBe('alice')
})

describe('a client whose session was ended', () => {
  it.each(['revoked', 'signed_out_elsewhere', 'evicted'] as const)(
    'is told why for as long as the node knows: %s',
    async (reason) => {
      const { sojourn, clock } = testSojourn()
      const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
      await sojourn.revoke(session.id, reason)
      const refusal = { code: 'session_unknown', members: { reason } }
      await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject(refusal)
      await expect(sojourn.stepUp(sessionToken, { amr: ['otp'] })).rejects.toMatchObject(refusal)
      clock.pass('1d')
      // Others' notices make room for what is to be forgotten.
      await sojourn.revoke((await sojourn.create({ subject: 'bob' })).session.id)
      const known = await sojourn.refresh(sessionToken).catch((error: unknown) => error)
      expect(known).toMatchObject({ code: 'session_unknown', members: {} })
      expect(known).not.toHaveProperty('members.reason')
    },
  )

  it('is told nothing who has no token of it, nor who has one that was altered', async () => {
    const { sojourn } = testSojourn()
    const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
    await sojourn.revoke(session.id)
    const altered = sessionToken.slice(0, -4) + (sessionToken.endsWith('AAAA') ? 'BBBB' : 'AAAA')
    for (const token of [session.id, altered]) {
      const error: unknown = await sojourn.refresh(token).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'token_malformed' })
      expect(error).not.toHaveProperty('members.reason')
    }
  })
})
