// What the trail answers to "why was I signed out?": real sessions, whose events went through a real trail.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { auditTrail, memoryJournal, type AuditTrail, type Explanation } from '../../src/audit.ts'
import { createSojourn, type Actor, type EndReason, type Sojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'

const laptop = { label: 'Firefox on Linux', ip: '192.0.2.77' }
const stranger = { userAgent: 'curl/8', ip: '198.51.100.9' }

let clock: ReturnType<typeof manualClock>
let trail: AuditTrail
let sojourn: Sojourn
beforeEach(() => {
  clock = manualClock()
  const same = { issuer, environment: 'test', secrets: [secret()], clock }
  trail = auditTrail({ ...same, journal: memoryJournal() })
  sojourn = createSojourn({
    ...same,
    store: memoryStore(),
    listeners: [trail.listener],
    policy: { limit: { count: 1, onLimit: 'evict' } },
  })
})
afterEach(async () => {
  sojourn.close()
  await trail.close()
})

async function explained(id: string): Promise<Explanation> {
  await trail.flush()
  const explanation = await trail.explain('grace', id, (await sojourn.find(id)) !== undefined)
  expect(explanation?.sessionId).toBe(id)
  return explanation!
}

const texts = ({ story }: Explanation): string[] => story.map(({ text }) => text)

describe('P60 the explanation of a session', () => {
  it('tells how it began, what happened to it and that it lives', async () => {
    const issued = await sojourn.create({
      subject: 'ada',
      profile: 'bearer',
      device: laptop,
    })
    const { session } = issued
    let { sessionToken } = issued
    for (let turn = 0; turn < 3; turn++) {
      clock.pass('5m')
      sessionToken = (await sojourn.refresh(sessionToken, { device: laptop })).sessionToken
    }
    clock.pass('5m')
    sessionToken = (await sojourn.refresh(sessionToken, { device: stranger })).sessionToken
    await sojourn.update(session.id, { claims: () => ({ role: 'admin' }) })
    await sojourn.stepUp(sessionToken, { amr: ['otp'], acr: 'two' })
    const explanation = await explained(session.id)
    expect(texts(explanation)).toEqual([
      'Began for ada, with bearer tokens, from Firefox on Linux at 192.0.2.0/24.',
      expect.stringMatching(
        /^Refreshed 3 times until 2\S+Z, to generation 3, from Firefox on Linux at 192.0.2.0\/24.$/,
      ),
      'Refreshed to generation 4, from curl/8 at 198.51.100.0/24.',
      'Something was unusual, with a score of 20: another network, from curl/8 at 198.51.100.0/24.',
      'Its claims were changed.',
      'Its person proved more: otp, two.',
    ])
    expect(explanation).toMatchObject({ subject: 'ada', summary: 'It lives.' })
    expect(explanation.ended).toBe(undefined)
  })

  it('says of a theft which generation was presented, when and from where', async () => {
    const { session, sessionToken } = await sojourn.create({
      subject: 'ada',
      profile: 'bearer',
      device: laptop,
    })
    clock.pass('5m')
    const next = await sojourn.refresh(sessionToken)
    clock.pass('5m')
    await sojourn.refresh(next.sessionToken)
    clock.pass('5m')
    await expect(sojourn.refresh(sessionToken, { device: stranger })).rejects.toThrow('used before')
    const explanation = await explained(session.id)
    const at = new Date(clock()).toISOString()
    expect(explanation.ended).toEqual({ at: clock(), reason: 'reused' })
    expect(explanation.summary).toBe(
      `It ended at ${at}. A copy of its session token was in use: generation 0 was presented when 2 was the newest at ${at}, from curl/8 at 198.51.100.0/24. So it was ended for everybody.`,
    )
    expect(texts(explanation).at(-2)).toBe(
      'A copy of an old session token was used: generation 0 was presented when 2 was the newest, from curl/8 at 198.51.100.0/24.',
    )
  })

  const refreshedLate = async (token: string): Promise<void> => {
    clock.pass('2h')
    await expect(sojourn.refresh(token)).rejects.toThrow('expired')
  }
  // What ends it, and what is said.
  const ends: Readonly<
    Record<EndReason, readonly [end: (id: string, token: string) => unknown, said: string]>
  > = {
    signed_out: [(id) => sojourn.revoke(id, 'signed_out'), 'Its person signed out.'],
    signed_out_elsewhere: [(id) => sojourn.revoke(id, 'signed_out_elsewhere'), 'from another session'],
    signed_out_at_provider: [
      (id) => sojourn.revoke(id, 'signed_out_at_provider'),
      'identity provider that signed its person in',
    ],
    replaced: [
      (_, token) => sojourn.create({ subject: 'grace', replaces: token }),
      'signed in on the same device',
    ],
    evicted: [() => sojourn.create({ subject: 'ada' }), 'more sessions than the limit allows'],
    revoked: [(id) => sojourn.revoke(id), 'application or an administrator'],
    reused: [(id) => sojourn.revoke(id, 'reused'), 'A copy of its session token was in use'],
    risk: [(id) => sojourn.revoke(id, 'risk'), 'as unusual as the policy'],
    erased: [() => sojourn.dataKeys.drop('ada'), 'data of its person was erased'],
    idle: [(_, token) => refreshedLate(token), 'not seen for too long'],
    absolute: [(id) => sojourn.revoke(id, 'absolute'), 'Its time was up'],
  }
  it.each(Object.entries(ends))('%s has a sentence of its own', async (reason, [end, said]) => {
    const { session, sessionToken } = await sojourn.create({ subject: 'ada' })
    clock.pass('1s')
    await end(session.id, sessionToken)
    const { ended, summary } = await explained(session.id)
    expect([ended?.reason, summary]).toEqual([reason, expect.stringContaining(said)])
  })

  it('admits what nobody has seen: a session that ran out unasked', async () => {
    const { session } = await sojourn.create({ subject: 'ada' })
    clock.pass('2d')
    expect((await explained(session.id)).summary).toContain('nobody has asked for it since')
  })

  it('is none for a session that the trail does not know, and asking is written down', async () => {
    await trail.flush()
    expect(await trail.explain('grace', 'no-such-session', false)).toBe(undefined)
    await trail.flush()
    const [read] = await trail.read('linus', { type: 'audit.read' }, 1)
    expect(read).toMatchObject({ by: 'grace', asked: '{"sessionId":"no-such-session","explain":true}' })
  })
})

describe('who ended a session', () => {
  const told = async (actor: Actor): Promise<string> => {
    const { session } = await sojourn.create({ subject: 'ada' })
    await sojourn.revoke(session.id, actor.kind === 'subject' ? 'signed_out_elsewhere' : 'revoked', actor)
    const explanation = await explained(session.id)
    expect(texts(explanation).at(-1)).toBe(`Ended.${explanation.summary.replace(/^It ended at \S+\./, '')}`)
    return explanation.summary.replace(/^It ended at \S+\. /, '')
  }

  it.each<[Actor, string]>([
    [
      { kind: 'api_key', name: 'reports (k1)' },
      'The application or an administrator ended it. It was done with the API key reports (k1).',
    ],
    [
      { kind: 'operator', name: 'SOJOURN_API_KEY', session: 'their-session' },
      'The application or an administrator ended it. It was done in the dashboard, by whoever had signed in there with the API key SOJOURN_API_KEY (session their-session).',
    ],
    [
      { kind: 'command', name: 'command line (root)' },
      'The application or an administrator ended it. It was done at the command line (root).',
    ],
    [
      { kind: 'subject', session: 'another-session' },
      'Its person ended it from another session. That was session another-session.',
    ],
  ])('%j', async (actor, sentence) => {
    expect(await told(actor)).toBe(sentence)
  })

  it('is told of all sessions that end at once, and only where it is known', async () => {
    const actor = { kind: 'command', name: 'command line' } as const
    await sojourn.create({ subject: 'grace', tenant: 'acme' })
    await sojourn.revokeAll('grace', undefined, 'revoked', actor)
    await sojourn.create({ subject: 'linus', tenant: 'acme' })
    await sojourn.revokeMatching({ tenant: 'acme', actor })
    await sojourn.create({ subject: 'margaret' })
    await sojourn.subjects.forget('margaret', actor)
    const { session } = await sojourn.create({ subject: 'ada' })
    await sojourn.revoke(session.id)
    await trail.flush()
    const ends = await trail.read('grace', { type: 'session.ended' }, 10)
    expect(ends.map((end) => ('actor' in end ? end.actor : undefined))).toEqual([
      undefined,
      actor,
      actor,
      actor,
    ])
  })

  it('keeps no id of a person who is erased', async () => {
    const { session } = await sojourn.create({ subject: 'ada' })
    await sojourn.revoke(session.id, 'signed_out_elsewhere', { kind: 'subject', session: 'ada-elsewhere' })
    await trail.erase('grace', { subject: 'ada', isSession: (id) => id === session.id })
    const [end] = await trail.read('grace', { type: 'session.ended' }, 1)
    expect(end).toMatchObject({ actor: { kind: 'subject' }, redacted: true })
    expect(JSON.stringify(end)).not.toContain('ada-elsewhere')
  })
})
