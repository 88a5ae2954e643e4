import { describe, expect, it } from 'vitest'

import { hour, minute, scene, type Scene } from './support/scene.ts'

async function twoTabs(story: Scene) {
  await story.signIn()
  const other = story.browser.open()
  await story.wait(other.client.load())
  return other
}

describe('tabs in step', () => {
  it('signed out in one is signed out in all, at once and without a question', async () => {
    const story = scene()
    const other = await twoTabs(story)
    await story.wait(story.tab.client.signOut())
    story.sent.length = 0
    await story.seconds(0.1)
    expect(other.client.state).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(story.sent).toEqual([])
  })

  it('a sign-in in one is a sign-in in all, also of somebody else', async () => {
    const story = scene()
    const other = await twoTabs(story)
    const visitor = story.browser.open()
    await story.signIn(other, 'bob')
    await story.seconds(1)
    for (const tab of [story.tab, other, visitor]) {
      expect(tab.client.state).toMatchObject({ status: 'signed-in', session: { subject: 'bob' } })
      // None of them holds on to the CSRF token of the session before.
      const response = await story.wait(tab.client.fetch('/notes', { method: 'POST' }))
      expect(await response.json()).toMatchObject({ subject: 'bob' })
    }
  })

  it('the end of an old session does not sign out a new one', async () => {
    const story = scene()
    const other = await twoTabs(story)
    other.freeze()
    await story.wait(story.tab.client.signOut())
    await story.signIn(story.tab, 'bob')
    await story.seconds(1)
    other.thaw()
    await story.seconds(1)
    expect(other.client.state).toMatchObject({ status: 'signed-in', session: { subject: 'bob' } })
    expect(story.tab.client.state).toMatchObject({ status: 'signed-in', session: { subject: 'bob' } })
  })

  it('P49: one warning for all, with the same countdown, and one click ends it everywhere', async () => {
    const story = scene()
    const other = await twoTabs(story)
    await story.seconds(hour - 50)
    for (const tab of [story.tab, other]) {
      expect(tab.client.state).toMatchObject({ status: 'signed-in', warning: 'idle' })
    }
    expect(Math.abs(story.tab.client.secondsLeft()! - other.client.secondsLeft()!)).toBeLessThanOrEqual(1)
    expect(other.client.secondsLeft()).toBeGreaterThan(45)
    expect(other.client.secondsLeft()).toBeLessThanOrEqual(50)
    await story.wait(other.client.stay())
    await story.seconds(0.1)
    for (const tab of [story.tab, other]) {
      expect(tab.client.state).not.toHaveProperty('warning')
      expect(tab.client.secondsLeft()).toBeGreaterThan(hour - 10)
      expect(tab.events.map(({ type }) => type)).toContain('warning-over')
    }
  })

  it('what is done in one tab spares the other the warning', async () => {
    const story = scene()
    const other = await twoTabs(story)
    await story.seconds(30 * minute)
    await story.wait(story.tab.client.fetch('/notes'))
    await story.seconds(29.9 * minute)
    expect(other.events.map(({ type }) => type)).not.toContain('warning')
    expect(other.client.secondsLeft()).toBeGreaterThan(28 * minute)
  })

  it('messages that it does not understand are not heard', async () => {
    const story = scene()
    const other = await twoTabs(story)
    const [channel] = [...story.browser.channels]
    const { session } = other.client.state as { session: { id: string } }
    for (const message of [
      null,
      'over',
      { kind: 'over' },
      { kind: 'over', id: session.id, reason: 'because', sentAt: 0 },
      { kind: 'over', id: 7, reason: 'idle', sentAt: 0 },
      { kind: 'alive', id: session.id, sentAt: 0, expiresIn: -1, idleExpiresIn: Number.NaN },
      { kind: 'alive', id: session.id, sentAt: 'now', expiresIn: 1, idleExpiresIn: 1 },
      { v: 2, kind: 'rename', id: session.id, sentAt: 0 },
    ]) {
      channel!.send(message)
    }
    story.sent.length = 0
    await story.seconds(5)
    expect(other.client.state.status).toBe('signed-in')
    expect(other.client.secondsLeft()).toBeGreaterThan(hour - 20)
    expect(story.sent).toEqual([])
  })

  it('holds no lock: a tab that is frozen in the middle of a question keeps nobody waiting', async () => {
    const story = scene()
    const other = await twoTabs(story)
    await story.seconds(6 * minute)
    const asleep = other.client.fetch('/notes')
    await story.seconds(0.001)
    other.freeze()
    expect((await story.wait(story.tab.client.fetch('/notes'))).status).toBe(200)
    await story.seconds(20 * minute)
    other.thaw()
    expect((await story.wait(asleep)).status).toBe(200)
    expect(other.client.state.status).toBe('signed-in')
  })
})
