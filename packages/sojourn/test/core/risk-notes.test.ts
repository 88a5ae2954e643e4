// Risk notes through the verbs: what is told, what the policy makes of it, and what it costs.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RiskOptions } from '../../src/core/risk-options.ts'
import type { Sojourn } from '../../src/core/sojourn.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { countedStore } from '../support/counted-store.ts'
import { agents } from '../support/user-agents.ts'
import { testSojourn, type TestSojourn } from '../http/support/sojourn.ts'

const home = { userAgent: agents.firefox, ip: '192.0.2.1' }
const thief = { userAgent: agents.chrome, ip: '198.51.100.1' }
const phone = { userAgent: agents.iphone, ip: '192.0.2.7' }

const signalsOf = ({ told }: TestSojourn): string[][] =>
  told('risk.noted').map(({ signals }) => signals.map(({ kind }) => kind))

/** Signs alice in at home and lets five minutes pass. */
async function atHome(
  risk?: RiskOptions,
): Promise<TestSojourn & { readonly token: string; readonly id: string }> {
  const scene = testSojourn(risk === undefined ? {} : { risk })
  const { sessionToken, session } = await scene.sojourn.create({ subject: 'alice', device: home })
  scene.clock.pass('5m')
  return { ...scene, token: sessionToken, id: session.id }
}

describe('R27: a refresh', () => {
  it('with another browser in another network is told, and goes on', async () => {
    const scene = await atHome()
    const { outcome } = await scene.sojourn.refresh(scene.token, { device: thief })
    expect(outcome).toBe('rotated')
    expect(scene.told('risk.noted')).toEqual([
      {
        type: 'risk.noted',
        level: 'warning',
        at: scene.clock(),
        sessionId: scene.id,
        subject: 'alice',
        score: 70,
        signals: [
          { kind: 'browser', weight: 50 },
          { kind: 'network', weight: 20 },
        ],
        outcome: 'noted',
        device: thief,
        former: home,
      },
    ])
    expect(scene.events.map(({ type }) => type).slice(-2)).toEqual(['session.refreshed', 'risk.noted'])
  })

  it('is compared with the refresh before it, so what has changed once is told once; the sign-in stays in the list', async () => {
    const scene = await atHome()
    let { token } = scene
    for (const device of [thief, thief, home, home]) {
      ;({ sessionToken: token } = await scene.sojourn.refresh(token, { device }))
      scene.clock.pass('5m')
    }
    expect(signalsOf(scene)).toEqual([
      ['browser', 'network'],
      ['browser', 'network'],
    ])
    const [session] = await scene.sojourn.list('alice')
    expect(session).toMatchObject({ device: home })
    expect(session).not.toHaveProperty('lastSeenFrom')
  })

  it('that ceases to say who it is, as through another server, is told once', async () => {
    const scene = await atHome()
    let { token } = scene
    for (const device of [{ ip: home.ip }, { ip: home.ip }, {}, {}]) {
      ;({ sessionToken: token } = await scene.sojourn.refresh(token, { device }))
      scene.clock.pass('5m')
    }
    expect(signalsOf(scene)).toEqual([['browser']])
  })

  it('P51: by the next version of the browser, at a neighbouring address, or by nobody in particular tells nothing', async () => {
    const scene = await atHome({ endAt: 1 })
    const updated = { userAgent: agents.firefox.replaceAll('140', '141'), ip: '192.0.2.9' }
    const next = await scene.sojourn.refresh(scene.token, { device: updated })
    await scene.sojourn.refresh(next.sessionToken)
    expect(scene.told('risk.noted')).toEqual([])
  })

  it('that is a repetition by somebody else is told as well', async () => {
    const scene = await atHome()
    await scene.sojourn.refresh(scene.token, { device: home })
    expect((await scene.sojourn.refresh(scene.token, { device: thief })).outcome).toBe('replayed')
    expect(signalsOf(scene)).toEqual([['browser', 'network']])
  })

  it('reads and writes no more than without', async () => {
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    const { sojourn } = testSojourn({ store, risk: { stepUpAt: 50, locate: () => undefined } })
    const { sessionToken } = await sojourn.create({ subject: 'alice', device: home })
    calls.length = 0
    await sojourn.refresh(sessionToken, { device: thief })
    expect(calls).toEqual(['find', 'replace'])
  })
})

describe('R27: a score that the application has set', () => {
  it('ends the session before anything is handed out, on every node, and says why', async () => {
    const scene = await atHome({ endAt: 70 })
    const other = testSojourn({ store: scene.store, clock: scene.clock, feed: scene.sojourn.settings.feed })
    await expect(scene.sojourn.refresh(scene.token, { device: thief })).rejects.toMatchObject({
      code: 'session_unknown',
      status: 401,
      members: { reason: 'risk' },
    })
    expect(scene.events.slice(-2)).toMatchObject([
      { type: 'risk.noted', outcome: 'ended', score: 70 },
      { type: 'session.ended', level: 'warning', reason: 'risk' },
    ])
    await expect(other.sojourn.refresh(scene.token)).rejects.toMatchObject({ members: { reason: 'risk' } })
    expect(await scene.store.list((await scene.store.find(scene.id))?.owner ?? '')).toEqual([])
  })

  it('leaves alone what stays below it', async () => {
    const scene = await atHome({ endAt: 71 })
    expect((await scene.sojourn.refresh(scene.token, { device: thief })).outcome).toBe('rotated')
  })

  it('takes the freshness of the sign-in, until a step-up gives it back', async () => {
    const scene = await atHome({ stepUpAt: 50 })
    const doubted = await scene.sojourn.refresh(scene.token, { device: thief })
    expect(scene.told('risk.noted')).toMatchObject([{ outcome: 'doubted' }])
    // Fresh for nobody: not for our guards, not for whoever else reads auth_time.
    expect(doubted.access.authenticatedAt).toBe(0)
    expect((await scene.sojourn.verify(doubted.accessToken)).authenticatedAt).toBe(0)
    const later = await scene.sojourn.refresh(doubted.sessionToken, { device: thief })
    expect(later.access.authenticatedAt).toBe(0)
    // It lives as long as it would have.
    expect(later.session.authenticatedAt).toBe(later.session.createdAt)
    const proved = await scene.sojourn.stepUp(later.sessionToken, { amr: ['otp'] })
    expect(proved.access.authenticatedAt).toBe(Math.floor(scene.clock() / 1000) * 1000)
    expect(proved.session).not.toHaveProperty('isDoubted')
  })

  it('doubts also who repeats a refresh', async () => {
    const scene = await atHome({ stepUpAt: 50 })
    await scene.sojourn.refresh(scene.token, { device: home })
    const repeated = await scene.sojourn.refresh(scene.token, { device: thief })
    expect([repeated.outcome, repeated.access.authenticatedAt]).toEqual(['replayed', 0])
    expect(await scene.sojourn.find(scene.id)).toMatchObject({ isDoubted: true })
  })

  it('goes on doubting where the answer to the step-up was lost', async () => {
    const scene = await atHome({ stepUpAt: 50 })
    const doubted = await scene.sojourn.refresh(scene.token, { device: thief })
    await scene.sojourn.stepUp(doubted.sessionToken, { amr: ['otp'] })
    scene.clock.pass('2m')
    const after = await scene.sojourn.refresh(doubted.sessionToken, { device: thief })
    expect(after.session).toMatchObject({ isDoubted: true, amr: [] })
  })
})

describe('P50: a sign-in on a new device', () => {
  it('is told after the answer, beside the other sessions of its person', async () => {
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    const scene = testSojourn({ store, risk: {} })
    const { sojourn } = scene
    await sojourn.create({ subject: 'alice', device: home })
    await sojourn.create({ subject: 'alice', device: { ...home, ip: '203.0.113.9' } })
    await sojourn.create({ subject: 'bob', device: phone })
    const { session } = await sojourn.create({ subject: 'alice', device: phone })
    await vi.waitFor(() => expect(signalsOf(scene)).toEqual([['new_device']]))
    expect(scene.told('risk.noted')).toMatchObject([{ sessionId: session.id, score: 40, device: phone }])
    expect(calls).toEqual(Array.from({ length: 4 }, () => ['insert', 'list']).flat())
  })

  it('costs no read where the limit has read already, nor where somebody knows the device', async () => {
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    const scene = testSojourn({ store, risk: {}, policy: { limit: { count: 5 } } })
    await scene.sojourn.create({ subject: 'alice', device: home })
    await scene.sojourn.create({ subject: 'alice', device: phone })
    expect(signalsOf(scene)).toEqual([['new_device']])
    expect(calls).toEqual(['insert', 'list', 'insert', 'list'])
    const other = testSojourn({ store, risk: {} })
    calls.length = 0
    await other.sojourn.create({ subject: 'alice', device: phone, knownDevice: false })
    expect(signalsOf(other)).toEqual([['new_device']])
    expect(calls).toEqual(['insert'])
  })

  it('is none where the visitor brings a session token of that person, however old; another person’s does not help', async () => {
    const scene = testSojourn({ policy: { limit: { count: 5 } }, risk: {} })
    const { sojourn, clock } = scene
    const former = await sojourn.create({ subject: 'alice', device: home })
    const bob = await sojourn.create({ subject: 'bob', device: home })
    clock.pass('2d')
    await sojourn.create({
      subject: 'alice',
      device: home,
      replaces: former.sessionToken,
      knownDevice: false,
    })
    expect(scene.told('risk.noted')).toEqual([])
    await sojourn.create({ subject: 'alice', device: home, replaces: bob.sessionToken, knownDevice: false })
    expect(signalsOf(scene)).toEqual([['new_device']])
  })

  it('is told without any option where the application knows the device not; otherwise nothing is read', async () => {
    const calls: string[] = []
    const scene = testSojourn({ store: countedStore(memoryStore(), calls) })
    await scene.sojourn.create({ subject: 'alice', device: home })
    await scene.sojourn.create({ subject: 'alice', device: phone })
    expect([signalsOf(scene), calls]).toEqual([[], ['insert', 'insert']])
    await scene.sojourn.create({ subject: 'alice', device: home, knownDevice: false })
    expect(signalsOf(scene)).toEqual([['new_device']])
  })

  it('begins without freshness where the policy says so, and is never refused', async () => {
    const scene = testSojourn({ risk: { stepUpAt: 40, endAt: 41, locate } })
    const { sojourn } = scene
    expect((await sojourn.create({ subject: 'alice', device: home })).access.authenticatedAt).not.toBe(0)
    const issued = await sojourn.create({ subject: 'alice', device: { ...phone, ip: thief.ip } })
    expect(issued.access.authenticatedAt).toBe(0)
    expect(scene.told('risk.noted')).toMatchObject([{ score: 100, outcome: 'doubted' }])
    const proved = await sojourn.stepUp(issued.sessionToken, { amr: ['otp'] })
    expect(proved.access.authenticatedAt).toBeGreaterThan(0)
  })
})

// Berlin, and New York for the thief; it throws for whom it does not know, as some databases do.
function locate(ip: string): { latitude: number; longitude: number } {
  if (ip.startsWith('192.0.2.')) return { latitude: 52.52, longitude: 13.405 }
  if (ip === thief.ip) return { latitude: 40.71, longitude: -74.01 }
  throw new Error('not in the database')
}

describe('R27: places', () => {
  it('tell of impossible travel within a session', async () => {
    const scene = await atHome({ locate })
    await scene.sojourn.refresh(scene.token, { device: { ...home, ip: thief.ip } })
    expect(scene.told('risk.noted')).toMatchObject([
      { score: 60, signals: [{ kind: 'travel', weight: 60, minutes: 5 }] },
    ])
  })

  it.each([
    ['a database that throws', () => locate('203.0.113.1')],
    ['a promise', () => Promise.resolve({ latitude: 0, longitude: 0 }) as never],
    ['nothing', () => undefined],
    ['null', () => null as never],
    ['no numbers', () => ({ latitude: Number.NaN, longitude: 0 })],
  ])('count as not known for %s, and the networks decide', async (_, given) => {
    const scene = await atHome({ locate: given })
    await scene.sojourn.refresh(scene.token, { device: { ...home, ip: thief.ip } })
    expect(signalsOf(scene)).toEqual([['network']])
  })

  it('are asked of addresses only', async () => {
    const asked = vi.fn<(ip: string) => undefined>(() => undefined)
    const scene = await atHome({ locate: asked })
    await scene.sojourn.refresh(scene.token, { device: { ...home, ip: '<b>here</b>' } })
    expect(asked).toHaveBeenCalledWith(home.ip)
    expect(asked).not.toHaveBeenCalledWith('<b>here</b>')
  })
})

describe('the hook for mail', () => {
  const newDevice = (sojourn: Sojourn): Promise<unknown> =>
    sojourn.create({ subject: 'alice', device: phone, knownDevice: false })

  it('P50: hears of a new device, and of nothing else', async () => {
    const mails: unknown[] = []
    const scene = await atHome({ onNewDevice: (note) => void mails.push(note) })
    await scene.sojourn.refresh(scene.token, { device: thief })
    expect(mails).toEqual([])
    await newDevice(scene.sojourn)
    expect(mails).toEqual([scene.told('risk.noted').at(-1)])
  })

  it('holds nobody up, and breaks nobody: not by throwing, not by rejecting, not by never coming back', async () => {
    for (const onNewDevice of [
      () => {
        throw new Error('no mail server')
      },
      () => Promise.reject(new Error('no mail server')),
    ]) {
      const scene = testSojourn({ risk: { onNewDevice } })
      await newDevice(scene.sojourn)
      await vi.waitFor(() => expect(scene.told('listener.failed')).toMatchObject([{ event: 'risk.noted' }]))
    }
    const scene = testSojourn({ risk: { onNewDevice: () => new Promise(() => {}) } })
    expect(await newDevice(scene.sojourn)).toMatchObject({ outcome: 'created' })
  })
})

describe('a store that fails after the answer', () => {
  let scene: TestSojourn
  beforeEach(() => {
    scene = testSojourn({ risk: {} })
    scene.store.list = () => Promise.reject(new Error('gone'))
  })
  afterEach(() => scene.sojourn.close())

  it('does not take the sign-in back: it could not be compared, and that is told', async () => {
    expect(await scene.sojourn.create({ subject: 'alice', device: home })).toMatchObject({
      outcome: 'created',
    })
    await vi.waitFor(() => expect(scene.told('listener.failed')).toMatchObject([{ event: 'risk.noted' }]))
  })
})

describe('options for risk notes', () => {
  it.each([
    [{ stepUpAt: 0 }, 'risk.stepUpAt must be a whole number from 1 to 100'],
    [{ endAt: 101 }, 'risk.endAt must be a whole number from 1 to 100'],
    [{ endAt: '70' }, 'risk.endAt must be a whole number from 1 to 100'],
    [{ stepUpAt: 70, endAt: 70 }, 'risk.stepUpAt is not below risk.endAt'],
    [{ locate: 'Berlin' }, 'risk.locate is not a function'],
    [{ onNewDevice: true }, 'risk.onNewDevice is not a function'],
    [{ onScore: 50 }, 'risk.onScore is no option'],
    [true, 'risk is not an object'],
  ])('%j is refused at the start', (risk, fault) => {
    expect(() => testSojourn({ risk: risk as never })).toThrow(fault)
  })
})
