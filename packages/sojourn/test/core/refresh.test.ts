// The life of a refresh token, told through the verbs: what the standards demand of it, story by story.

import { describe, expect, it } from 'vitest'

import type { Store } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { testSojourn, type TestSojourn } from '../http/support/sojourn.ts'
import { opened } from '../support/forge.ts'
import { plainStore } from '../support/plain-store.ts'
import { base64urlAlphabet, editsOf } from '../support/secrets.ts'

/** What became of it: the code of the refusal, or the outcome. */
async function outcomeOf(attempt: Promise<{ readonly outcome: string }>): Promise<unknown> {
  const [settled] = await Promise.allSettled([attempt])
  return settled.status === 'fulfilled' ? settled.value.outcome : (settled.reason as { code: unknown }).code
}

/** The session tokens of a session that was refreshed this often, each generation used a while before the next. */
async function chain({ sojourn, clock }: TestSojourn, length: number): Promise<string[]> {
  const { sessionToken } = await sojourn.create({ subject: 'alice' })
  const tokens = [sessionToken]
  for (let count = 0; count < length; count++) {
    clock.pass('5m')
    tokens.push((await sojourn.refresh(tokens.at(-1)!)).sessionToken)
  }
  return tokens
}

describe('a refresh token', () => {
  it('P10: whose exchange hangs in the middle holds no lock: another goes on, and both bring the same successor', async () => {
    const clock = manualClock()
    const kept = plainStore(memoryStore())
    let letGo = (): void => {}
    const hanging = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const slow: Store = {
      ...kept,
      async replace(entry) {
        await hanging
        return kept.replace(entry)
      },
    }
    const [hangs, goesOn] = [testSojourn({ store: slow, clock }), testSojourn({ store: kept, clock })]
    const { sessionToken } = await goesOn.sojourn.create({ subject: 'alice' })
    clock.pass('5m')
    const late = hangs.sojourn.refresh(sessionToken)
    const first = await goesOn.sojourn.refresh(sessionToken)
    clock.pass('10m')
    letGo()
    expect(await late).toMatchObject({ outcome: 'replayed', sessionToken: first.sessionToken })
    expect((await goesOn.sojourn.refresh(first.sessionToken)).session.subject).toBe('alice')
  })

  it('R120 R122 A60: is noticed as a copy however old it is, at once or late, on another node and after a restart', async () => {
    for (let age = 1; age <= 40; age += 3) {
      const scene = testSojourn()
      const tokens = await chain(scene, 40)
      expect(new Set(tokens).size).toBe(41)
      // Another node that has seen nothing of all this, with the same store.
      const other = testSojourn({ store: scene.store, clock: scene.clock })
      await other.sojourn.refresh(tokens.at(-1)!)
      scene.clock.pass('1m')
      expect(await outcomeOf(other.sojourn.refresh(tokens.at(-1 - age)!))).toBe('session_reused')
      expect(other.told('session.reused')).toMatchObject([{ level: 'critical', presented: 40 - age }])
      expect(await outcomeOf(scene.sojourn.refresh(tokens.at(-1)!))).toBe('session_unknown')
    }
  })

  it('R124 A64 P8: brings the same successor again when its answer was lost, an hour later and on another node', async () => {
    const { sojourn, store, clock } = testSojourn({ policy: { cookie: { idle: '2h' } } })
    const { sessionToken } = await sojourn.create({ subject: 'alice' })
    const lost = await sojourn.refresh(sessionToken)
    clock.pass('1h')
    const other = testSojourn({ store, clock, policy: { cookie: { idle: '2h' } } })
    const again = await other.sojourn.refresh(sessionToken)
    expect(again).toMatchObject({ outcome: 'replayed', sessionToken: lost.sessionToken })
    expect((await sojourn.verify(again.accessToken)).subject).toBe('alice')
  })

  it('R125 A62 A63: that thief and owner both refresh within the window is found out when one of them goes on', async () => {
    const { sojourn, clock, told } = testSojourn()
    const { sessionToken: copied } = await sojourn.create({ subject: 'alice' })
    const owner = await sojourn.refresh(copied)
    const thief = await sojourn.refresh(copied)
    // No fork: both hold the same, so whoever goes on first leaves the other behind.
    expect(thief.sessionToken).toBe(owner.sessionToken)
    clock.pass('5m')
    const ahead = await sojourn.refresh(thief.sessionToken)
    await sojourn.refresh(ahead.sessionToken)
    clock.pass('1m')
    expect(await outcomeOf(sojourn.refresh(owner.sessionToken))).toBe('session_reused')
    await expect(sojourn.verify(ahead.accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
    expect(told('session.ended')).toMatchObject([{ reason: 'reused' }])
  })

  it('R13 R124 R125: with an overlap of nothing is a copy as soon as its successor was used', async () => {
    const { sojourn, store } = testSojourn({ policy: { overlap: '0s' } })
    const browser = await sojourn.create({ subject: 'alice' })
    const next = await sojourn.refresh(browser.sessionToken)
    expect(await outcomeOf(sojourn.refresh(browser.sessionToken))).toBe('replayed')
    await sojourn.authenticate(next.accessToken, sojourn.settings.clock())
    expect(await outcomeOf(sojourn.refresh(browser.sessionToken))).toBe('session_reused')

    const app = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    const refreshes = Array.from({ length: 5 }, () => outcomeOf(sojourn.refresh(app.sessionToken)))
    const outcomes = await Promise.all(refreshes)
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1)
    expect(outcomes).toContain('session_reused')
    expect(await store.find(app.session.id)).toBeUndefined()
  })

  it('R126 A68: is refused at the end of the absolute lifetime, however busy its session is', async () => {
    const { sojourn, clock } = testSojourn()
    const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
    const end = session.createdAt + 24 * 3_600_000
    let token = sessionToken
    while (clock() + 30 * 60_000 < end) {
      clock.pass('30m')
      const issued = await sojourn.refresh(token)
      token = issued.sessionToken
      expect(opened(issued.accessToken).payload['exp']).toBeLessThanOrEqual(end / 1000)
    }
    clock.pass('30m')
    await expect(sojourn.refresh(token)).rejects.toMatchObject({
      code: 'session_expired',
      members: { reason: 'absolute' },
    })
  })

  it('R127: is refused when it was not used for the idle time', async () => {
    const { sojourn, clock, store } = testSojourn()
    const app = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    clock.pass('335h')
    const next = await sojourn.refresh(app.sessionToken)
    clock.pass('14d')
    await expect(sojourn.refresh(next.sessionToken)).rejects.toMatchObject({
      code: 'session_expired',
      members: { reason: 'idle' },
    })
    expect((await store.stats(clock())).live).toBe(0)
  })

  it('R128 A65: holds 192 random bits, and an edit in it is refused without harming anybody', async () => {
    const { sojourn, told } = testSojourn()
    const { sessionToken } = await sojourn.create({ subject: 'alice' })
    expect(Buffer.from(sessionToken.slice(3), 'base64url')).toHaveLength(51)
    for (let at = 3; at < sessionToken.length; at++) {
      for (const edited of editsOf(sessionToken, at, base64urlAlphabet).slice(0, 8))
        expect(await outcomeOf(sojourn.refresh(edited))).toBe('token_malformed')
    }
    expect(told('session.reused')).toEqual([])
    expect(await outcomeOf(sojourn.refresh(sessionToken))).toBe('rotated')
  })

  it('R129 A66 P2: of another application, tenant or person is refused, and whoever owns it goes on', async () => {
    const { sojourn, store, clock } = testSojourn()
    const mine = await sojourn.create({ subject: 'alice', tenant: 'red' })
    const others = [
      testSojourn({ store, clock, issuer: 'https://other.example' }),
      testSojourn({ store, clock, environment: 'staging' }),
    ]
    for (const other of others) {
      expect(await outcomeOf(other.sojourn.refresh(mine.sessionToken))).toBe('token_malformed')
      await expect(other.sojourn.verify(mine.accessToken)).rejects.toMatchObject({ code: 'token_rejected' })
      expect(other.told('session.reused')).toEqual([])
    }
    expect(await outcomeOf(sojourn.refresh(mine.sessionToken, { profile: 'bearer' }))).toBe('session_unknown')
    expect(await outcomeOf(sojourn.refresh(mine.sessionToken))).toBe('rotated')
  })

  it('R130 A67: brings exactly what the session has, and a change only when the application has made it', async () => {
    const { sojourn } = testSojourn()
    const claims = { role: 'reader', grants: 'read' }
    const issued = await sojourn.create({ subject: 'alice', claims })
    const asked = { claims: { role: 'admin' }, grants: 'all', scope: 'admin', subject: 'root' }
    const refreshed = await sojourn.refresh(issued.sessionToken, asked as object)
    expect(opened(refreshed.accessToken).payload).toMatchObject({ sub: 'alice', ...claims })
    await sojourn.update(issued.session.id, () => ({ role: 'reader' }))
    const after = await sojourn.refresh(refreshed.sessionToken)
    expect(opened(after.accessToken).payload).not.toHaveProperty('grants')
  })

  it('R135 A69: refreshed again and again while its session is ended, brings nothing that is good afterwards', async () => {
    const { sojourn } = testSojourn()
    for (let round = 0; round < 25; round++) {
      const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
      const handedOut: string[] = []
      const work = { isOver: false }
      const worker = async (): Promise<void> => {
        let token = sessionToken
        while (!work.isOver) {
          const issued = await sojourn.refresh(token).catch(() => undefined)
          if (!issued) return
          handedOut.push(issued.accessToken)
          token = issued.sessionToken
        }
      }
      const workers = Array.from({ length: 20 }, worker)
      for (let turn = 0; turn < round; turn++) await Promise.resolve()
      await sojourn.revoke(session.id)
      work.isOver = true
      await Promise.all(workers)
      for (const token of new Set(handedOut))
        await expect(sojourn.verify(token)).rejects.toMatchObject({ code: 'token_rejected' })
      expect(await sojourn.find(session.id)).toBeUndefined()
    }
  })

  it('R136: brings access tokens that are good for minutes, and for one audience', async () => {
    const { sojourn } = testSojourn({ audience: 'https://api.example' })
    for (const signIn of [{}, { profile: 'bearer' }, { remember: true }] as const) {
      const { accessToken } = await sojourn.create({ subject: 'alice', ...signIn })
      const { iat, exp, aud } = opened(accessToken).payload
      expect(Number(exp) - Number(iat)).toBeLessThanOrEqual(900)
      expect(aud).toBe('https://api.example')
    }
  })

  it('R139 P52: that was copied ends its own session, tells the application once, and lets other devices be', async () => {
    const scene = testSojourn()
    const phone = await scene.sojourn.create({ subject: 'alice', device: { label: 'phone' } })
    const [copy, , newest] = await chain(scene, 2)
    scene.clock.pass('2m')
    expect(await outcomeOf(scene.sojourn.refresh(copy!))).toBe('session_reused')
    expect(await outcomeOf(scene.sojourn.refresh(newest!))).toBe('session_unknown')
    expect(await outcomeOf(scene.sojourn.refresh(phone.sessionToken))).toBe('rotated')
    expect(scene.told('session.reused')).toHaveLength(1)
    expect(scene.told('session.reused')[0]).toMatchObject({ subject: 'alice', level: 'critical' })
  })

  it('R140: that has expired, or whose session was ended, stays so when the clock is set back', async () => {
    let now = 1_767_225_600_000
    const { sojourn } = testSojourn({ clock: () => now })
    const expired = await sojourn.create({ subject: 'alice' })
    const ended = await sojourn.create({ subject: 'alice' })
    await sojourn.revoke(ended.session.id)
    now += 3_600_000
    expect(await outcomeOf(sojourn.refresh(expired.sessionToken))).toBe('session_expired')
    now -= 3_600_000
    for (const { sessionToken } of [expired, ended])
      expect(await outcomeOf(sojourn.refresh(sessionToken))).toBe('session_unknown')
    await sojourn.revoke(expired.session.id)
    expect(await sojourn.list('alice')).toEqual([])
  })
})

describe('a session id', () => {
  it('R1 R2: is one of 2^144, alone, and says nothing of its person, its time or its neighbours', async () => {
    const { sojourn, clock } = testSojourn()
    // Long, because three letters turn up in so many ids by chance.
    const person = 'alice-of-the-garden'
    const subject = `${person}@example.com`
    const tenant = 'crimson-company'
    const ids = new Set<string>()
    const digests: Buffer[] = []
    for (let count = 0; count < 20_000; count++) {
      const { session } = await sojourn.create({ subject, tenant, device: { ip: '192.0.2.7' } })
      ids.add(session.id)
      digests.push(Buffer.from(session.id, 'base64url').subarray(6))
    }
    expect(ids.size).toBe(20_000)
    // Chi-square over each byte: 255 degrees of freedom, beyond 400 once in some hundred million.
    for (let at = 0; at < 18; at++) {
      const counts = Array.from({ length: 256 }, () => 0)
      for (const digest of digests) counts[digest[at]!]!++
      const expected = digests.length / 256
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      expect(chiSquare).toBeLessThan(400)
    }
    const readable = [...ids]
      .slice(0, 1000)
      .flatMap((id) => [id, Buffer.from(id, 'base64url').toString('latin1')])
    const hints = [subject, person, tenant, '192.0.2.7', String(clock()), String(Math.floor(clock() / 1000))]
    for (const hint of hints) expect(readable.filter((text) => text.includes(hint))).toEqual([])
  })

  it('R21: is made by a sign-in, and by nothing else', async () => {
    const { sojourn, store, clock } = testSojourn()
    const { sessionToken } = await sojourn.create({ subject: 'alice' })
    await sojourn.find('A'.repeat(32))
    await sojourn.list('bob')
    await sojourn.refresh(sessionToken)
    await sojourn.introspect(sessionToken)
    expect((await store.stats(clock())).live).toBe(1)
  })
})
