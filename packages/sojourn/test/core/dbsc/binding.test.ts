// What being bound to a device means to the rules of a session and to its entry.

import { describe, expect, it } from 'vitest'

import { generateJwk, publicJwk } from '../../../src/core/algorithms.ts'
import { entryOf, sessionOf } from '../../../src/core/codec.ts'
import { deviceBound, present, type Session } from '../../../src/core/session.ts'
import { bare } from '../../support/dbsc-user-agent.ts'
import { testSojourn } from '../../http/support/sojourn.ts'

const minute = 60_000
const jkt = 'k'.repeat(43)
const key = { jkt, algorithm: 'ES256', jwk: bare(generateJwk('ES256')) } as const

async function scene(): Promise<{
  session: Session
  bound: Session
  policy: Parameters<typeof present>[3]
  now: number
}> {
  const { sojourn, clock } = testSojourn()
  const { session } = await sojourn.create({ subject: 'alice' })
  const now = clock()
  return { session, bound: deviceBound(session, 0, key, now), policy: sojourn.settings.policy, now }
}

describe('R189 a session that is bound to a device', () => {
  it('has a new generation, and one from it on is good with the key only', async () => {
    const { bound, policy, now } = await scene()
    expect(bound).toMatchObject({ generation: 1, jkt, deviceKey: { algorithm: 'ES256', from: 1 } })
    const decide = (of: Session, generation: number, shown?: string): string =>
      present(of, { generation, ...(shown === undefined ? {} : { jkt: shown }) }, now, policy).kind
    expect([decide(bound, 1), decide(bound, 1, 'x'.repeat(43)), decide(bound, 1, jkt)]).toEqual([
      'unproven',
      'unproven',
      'rotated',
    ])
    expect(decide(bound, 9)).toBe('unproven')
  })

  it('A110 is not unbound by an old cookie once the new one was seen, and is where it never was', async () => {
    const { bound, policy, now } = await scene()
    for (const later of [0, 10 * minute]) {
      const lost = present(bound, { generation: 0 }, now + later, policy)
      expect(lost).toMatchObject({ kind: 'replayed', session: { generation: 1 } })
      if (lost.kind !== 'replayed') throw new Error('not replayed')
      expect([lost.session?.jkt, lost.session?.deviceKey]).toEqual([undefined, undefined])
    }
    const used = { ...bound, uses: [...bound.uses, { generation: 1, at: now }] }
    for (const later of [0, 10 * minute])
      expect(present(used, { generation: 0 }, now + later, policy)).toEqual({ kind: 'unproven' })
    const refreshed = present(bound, { generation: 1, jkt }, now, policy)
    if (refreshed.kind !== 'rotated') throw new Error('not rotated')
    expect(present(refreshed.session, { generation: 0 }, now, policy).kind).toBe('unproven')
    expect(present(refreshed.session, { generation: 1 }, now, policy).kind).toBe('unproven')
  })

  it('is written into its entry and read back, with either kind of key', async () => {
    const { session, policy, now } = await scene()
    const rsa = publicJwk(generateJwk('RS256'))
    for (const of of [
      key,
      { jkt, algorithm: 'RS256', jwk: { kty: rsa['kty'], n: rsa['n'], e: rsa['e'] } } as const,
    ]) {
      const bound = deviceBound(session, 0, of, now)
      expect(sessionOf(entryOf(bound, 'o'.repeat(24), policy, 1), {})).toEqual(bound)
    }
  })
})
