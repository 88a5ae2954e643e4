// What being bound to a key means to the rules of a session, its entry and its access tokens.

import { describe, expect, it } from 'vitest'

import { verifyAccessToken } from '../../../src/core/access-token.ts'
import { headerOf } from '../../../src/core/algorithms.ts'
import { present, type Session } from '../../../src/core/session.ts'
import { proofKey } from '../../support/dpop.ts'
import { hs256, jws, opened } from '../../support/forge.ts'
import { issuer } from '../../support/secrets.ts'
import { testSojourn } from '../../http/support/sojourn.ts'
import { codeOf } from '../../http/support/view.ts'

const { jkt } = proofKey()
const other = proofKey().jkt

describe('R180 a bound session', () => {
  const bound = async (): Promise<{
    scene: ReturnType<typeof testSojourn>
    session: Session
    token: string
  }> => {
    const scene = testSojourn({ dpop: {} })
    const signIn = { subject: 'alice', profile: 'bearer', jkt } as const
    const { session, sessionToken } = await scene.sojourn.create(signIn)
    return { scene, session, token: sessionToken }
  }

  it('A72 decides nothing about a token without its key: whatever the generation, and also when its time is up', async () => {
    const { scene, session } = await bound()
    const { policy } = scene.sojourn.settings
    const day = 86_400_000
    for (const key of [{}, { jkt: other }])
      for (const generation of [0, 1, 7])
        for (const now of [session.createdAt, session.createdAt + 400 * day])
          expect(present(session, { generation, ...key }, now, policy)).toEqual({ kind: 'unproven' })
    expect(present(session, { generation: 0, jkt }, session.createdAt, policy).kind).toBe('rotated')
    expect(present(session, { generation: 0, jkt }, session.createdAt + 400 * day, policy).kind).toBe(
      'expired',
    )
  })

  it('keeps its key through refreshes, a change and a step-up', async () => {
    const { scene, token } = await bound()
    const { sojourn, clock } = scene
    clock.pass('5m')
    const refreshed = await sojourn.refresh(token, { jkt })
    await sojourn.update(refreshed.session.id, { data: () => ({ cart: ['tea'] }) })
    const raised = await sojourn.stepUp(refreshed.sessionToken, { amr: ['otp'] })
    expect(raised.tokenType).toBe('DPoP')
    expect((await sojourn.find(raised.session.id))?.jkt).toBe(jkt)
    expect(opened(raised.accessToken).payload['cnf']).toEqual({ jkt })
    expect(await codeOf(() => sojourn.refresh(raised.sessionToken))).toBe('session_bound')
    expect(await codeOf(() => sojourn.refresh(raised.sessionToken, { jkt: other }))).toBe('session_bound')
    expect(scene.told('proof.rejected').map(({ reason }) => reason)).toEqual(['missing', 'other_key'])
  })

  it('R180 of none that was not bound at sign-in becomes one by a refresh: a thief could do that', async () => {
    const { sojourn } = testSojourn({ dpop: {} })
    const { sessionToken } = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    const { session, tokenType, sessionToken: next } = await sojourn.refresh(sessionToken, { jkt })
    expect([session.jkt, tokenType]).toEqual([undefined, 'Bearer'])
    expect((await sojourn.refresh(next)).tokenType).toBe('Bearer')
  })
})

describe('R178 cnf in an access token', () => {
  const key = Buffer.alloc(32, 7)
  const judge = (cnf: unknown): unknown => {
    const now = 1_767_225_600
    const header = headerOf('HS256', 'k')
    const claims = {
      iss: issuer,
      sub: 'alice',
      aud: issuer,
      client_id: issuer,
      iat: now,
      exp: now + 60,
      jti: 'j',
      sid: 's',
      gen: 0,
      ver: 1,
      auth_time: now,
      cnf,
    }
    const token = jws(JSON.parse(Buffer.from(header, 'base64url').toString()), claims, hs256(key))
    const verifier = { kid: 'k', algorithm: 'HS256', header, verify: () => true } as const
    return verifyAccessToken(token, () => verifier, { issuer, audience: issuer, tolerance: 0 }, now * 1000)
  }

  it('is the key of the token, and makes it worthless where it is no key', () => {
    expect(judge(undefined)).toMatchObject({ ok: true, access: { claims: {} } })
    expect(judge({ jkt })).toMatchObject({ ok: true, access: { jkt } })
    for (const wrong of [null, {}, [], 'x', { jkt: 1 }, { jkt: '' }, { jkt: `${jkt}A` }, { 'x5t#S256': jkt }])
      expect(judge(wrong)).toEqual({ ok: false, reason: 'payload' })
  })
})
