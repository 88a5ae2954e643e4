import { describe, expect, it } from 'vitest'

import type { ClientSession } from '../../src/client.ts'
import { Stopwatch } from '../../src/client/stopwatch.ts'
import { count, hour, minute, scene } from './support/scene.ts'

describe('deadlines', () => {
  it('P49: warns a minute before the idle time is up, and is signed out by the server at its end', async () => {
    const story = scene()
    await story.signIn()
    await story.seconds(hour - 70)
    expect(story.tab.client.state).not.toHaveProperty('warning')
    await story.seconds(15)
    expect(story.tab.client.state).toMatchObject({ warning: 'idle' })
    await story.seconds(65)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'idle' })
    expect(story.tab.client.secondsLeft()).toBeUndefined()
    expect(story.tab.events.map(({ type }) => type).filter((type) => type !== 'updated')).toEqual([
      'signed-in',
      'warning',
      'signed-out',
    ])
  })

  it('asks in the background before it warns, so that neither question nor answer keeps anybody signed in', async () => {
    const story = scene()
    await story.signIn()
    story.sent.length = 0
    await story.seconds(hour - 30)
    expect(story.sent).toEqual(['GET /session'])
    expect(story.requests.at(-1)!.headers.get('x-background')).toBe('1')
  })

  it('the end of the whole time is another warning: doing something does not help', async () => {
    const story = scene({ policy: { cookie: { idle: '1h', absolute: '2h' } } })
    await story.signIn()
    for (let turn = 0; turn < 3; turn++) {
      await story.seconds(30 * minute)
      await story.wait(story.tab.client.fetch('/notes'))
    }
    await story.seconds(30 * minute - 20)
    expect(story.tab.client.state).toMatchObject({ warning: 'absolute' })
    await story.wait(story.tab.client.stay())
    expect(story.tab.client.state).toMatchObject({ warning: 'absolute' })
    await story.seconds(30)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'absolute' })
  })

  it('P49: a laptop that slept through the end knows at the first look', async () => {
    const story = scene()
    await story.signIn()
    story.browser.sleep(8 * hour * 1000)
    await story.seconds(8 * hour - 1)
    expect(story.tab.client.state.status).toBe('signed-in')
    await story.seconds(4)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'idle' })
  })

  it('P49: a laptop that slept a little finds the session as it is', async () => {
    const story = scene()
    await story.signIn()
    story.browser.sleep(50 * minute * 1000)
    await story.seconds(50 * minute)
    expect(story.tab.client.state).not.toHaveProperty('warning')
    expect(Math.round(story.tab.client.secondsLeft()! / 60)).toBe(10)
    await story.seconds(9.5 * minute)
    expect(story.tab.client.state).toMatchObject({ warning: 'idle' })
  })

  it('P27: a wall clock that is set ahead by a day costs a question, and ends nothing', async () => {
    const story = scene()
    await story.signIn()
    story.sent.length = 0
    story.browser.wallError = 24 * hour * 1000
    await story.seconds(minute)
    expect(story.tab.client.state.status).toBe('signed-in')
    expect(story.tab.client.secondsLeft()).toBeGreaterThan(57 * minute)
    expect(count(story, 'GET /session')).toBe(1)
    story.browser.wallError = -24 * hour * 1000
    await story.seconds(minute)
    expect(count(story, 'GET /session')).toBe(1)
    expect(story.tab.events.map(({ type }) => type)).not.toContain('warning')
  })

  it('without a network at the end, the person is told that time is up, and nobody is signed out', async () => {
    const story = scene()
    await story.signIn()
    await story.seconds(hour - 40)
    story.fate = () => ({ lost: 'request' })
    await story.seconds(10 * minute)
    expect(story.tab.client.state).toMatchObject({ status: 'signed-in', warning: 'idle' })
    expect(story.tab.client.secondsLeft()).toBe(0)
    story.fate = undefined
    await story.seconds(minute)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'idle' })
  })

  it('a page that Back has brought back whole asks at once', async () => {
    const story = scene()
    await story.signIn()
    await story.server.sojourn.revokeAll('alice')
    story.tab.wake()
    await story.seconds(1)
    expect(story.tab.client.state.status).toBe('signed-in')
    story.tab.wake(true)
    await story.seconds(1)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'ended' })
  })

  it('what is closed does nothing more', async () => {
    const story = scene()
    await story.signIn()
    story.tab.close()
    story.sent.length = 0
    await story.seconds(2 * hour)
    expect(story.sent).toEqual([])
    expect(story.browser.channels.size).toBe(0)
  })

  it('what the page brought along is known from the start, and needs no question', async () => {
    const story = scene()
    await story.signIn()
    const session = ((await story.wait(story.tab.client.load())) as { session: ClientSession }).session
    const initial = { session, csrfToken: 'from the page' }
    const tab = story.another({ client: { initial } }).open()
    for (const [name, value] of story.browser.jar) tab.browser.jar.set(name, value)
    story.sent.length = 0
    expect(tab.client.state).toEqual({ status: 'signed-in', session })
    expect(tab.client.secondsLeft()).toBe(session.idleExpiresIn)
    expect(story.sent).toEqual([])
    const visitor = story.another({ client: { initial: { session: null } } }).open()
    expect(visitor.client.state).toEqual({ status: 'signed-out' })
  })
})

describe('the stopwatch', () => {
  it('P27 P49: counts sleep, and no jump back', () => {
    const clock = { monotonic: 0, wall: 1e12 }
    const stopwatch = new Stopwatch({ monotonic: () => clock.monotonic, wall: () => clock.wall })
    const after = (monotonic: number, wall: number): number => {
      clock.monotonic += monotonic
      clock.wall += wall
      return stopwatch.now()
    }
    expect(after(5000, 5000)).toBe(5000)
    expect(after(10, 3_600_010)).toBe(3_605_010)
    expect(after(1000, -9e9)).toBe(3_606_010)
    expect(after(1000, 1000)).toBe(3_607_010)
    // A clock that runs a little fast does not add up.
    for (let second = 0; second < 100; second++) after(1000, 1001)
    expect(stopwatch.now()).toBe(3_707_010)
  })
})
