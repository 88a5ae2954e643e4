import { describe, expect, it } from 'vitest'

import { origin } from '../../model/browsers/server.ts'
import { count, hour, minute, scene } from './support/scene.ts'

const post = { method: 'POST', body: 'a note' } as const

describe('the client with cookies', () => {
  it('signs in, sends what the server wants to see, and tells who it is', async () => {
    const story = scene()
    await story.signIn()
    expect(story.tab.client.state).toMatchObject({
      status: 'signed-in',
      session: { subject: 'alice', profile: 'cookie', idleExpiresIn: 3599, expiresIn: 86_399 },
    })
    const response = await story.wait(story.tab.client.fetch('/notes', post))
    expect(await response.json()).toEqual({ subject: 'alice', body: 'a note' })
    expect(story.tab.events.map(({ type }) => type)).toEqual(['signed-in'])
  })

  it('asks for one CSRF token, however many requests wait for it', async () => {
    const story = scene()
    await story.signIn()
    story.sent.length = 0
    const all = Promise.all(Array.from({ length: 30 }, () => story.tab.client.fetch('/notes', post)))
    expect((await story.wait(all)).map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect(count(story, 'GET /session/csrf')).toBe(1)
    expect(story.sent).toHaveLength(31)
  })

  it('replaces a CSRF token that has become stale, and repeats the request with its body', async () => {
    const story = scene()
    await story.signIn()
    await story.wait(story.tab.client.fetch('/notes', post))
    // Another tab, without a client, signs in as somebody else: the token is of the session before.
    await story.wait(signInPlainly(story))
    const response = await story.wait(story.tab.client.fetch('/notes', { ...post, body: new Blob(['kept']) }))
    expect(await response.json()).toEqual({ subject: 'bob', body: 'kept' })
    expect(count(story, 'POST /notes')).toBe(3)
  })

  it('sends a body that is a stream once: its refusal is for the caller', async () => {
    const story = scene()
    await story.signIn()
    await story.wait(story.tab.client.fetch('/notes', post))
    await story.wait(signInPlainly(story))
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('streamed'))
        controller.close()
      },
    })
    const streamed = { method: 'POST', body, duplex: 'half' } as RequestInit
    const response = await story.wait(story.tab.client.fetch('/notes', streamed))
    expect(response.status).toBe(403)
    expect((await story.wait(story.tab.client.fetch('/notes', post))).status).toBe(200)
  })

  it('repeats a Request that was given whole, with its body', async () => {
    const story = scene()
    await story.signIn()
    await story.wait(story.tab.client.fetch('/notes', post))
    await story.wait(signInPlainly(story))
    const request = new Request(`${origin}/notes`, { method: 'PUT', body: 'whole' })
    expect(await (await story.wait(story.tab.client.fetch(request))).json()).toMatchObject({ body: 'whole' })
  })

  it('P1 P5: thirty requests at the moment of expiry all succeed, and the session lives', async () => {
    const story = scene()
    await story.signIn()
    const other = story.browser.open()
    await story.wait(other.client.load())
    await story.seconds(5 * minute)
    const requests = Array.from({ length: 30 }, (_, n) => (n % 2 ? other : story.tab).client.fetch('/notes'))
    expect((await story.wait(Promise.all(requests))).map(({ status }) => status)).toEqual(Array(30).fill(200))
    await story.seconds(10 * minute)
    expect((await story.wait(other.client.fetch('/notes'))).status).toBe(200)
    expect(story.server.events.filter(({ type }) => type === 'session.ended')).toEqual([])
  })

  it('P60: says why somebody was signed out: not seen for too long, the whole time up, a copy, from elsewhere', async () => {
    const reasons: unknown[] = []
    const ended = async (happens: (story: ReturnType<typeof scene>) => Promise<unknown>): Promise<void> => {
      const story = scene({ policy: { cookie: { idle: '1h', absolute: '2h' } } })
      await story.signIn()
      await happens(story)
      const response = await story.wait(story.tab.client.fetch('/notes'))
      expect(response.status).toBe(401)
      const { state } = story.tab.client
      reasons.push(state.status === 'signed-out' && state.reason)
    }
    await ended((story) => story.seconds(hour + 1))
    await ended(async (story) => {
      for (let passed = 0; passed < 2 * hour; passed += 30 * minute) {
        await story.wait(story.tab.client.fetch('/notes'))
        await story.seconds(30 * minute)
      }
    })
    await ended(async (story) => {
      const thief = story.another()
      for (const [name, value] of story.browser.jar) thief.jar.set(name, value)
      const tab = thief.open()
      for (let turn = 0; turn < 2; turn++) {
        await story.seconds(6 * minute)
        await story.wait(tab.client.fetch('/notes'))
      }
      await story.seconds(2 * minute)
    })
    await ended((story) => story.server.sojourn.revokeAll('alice'))
    expect(reasons).toEqual(['idle', 'absolute', 'reused', 'ended'])
  })

  it('a visitor is told nothing new by a 401, and asks nothing', async () => {
    const story = scene()
    await story.wait(story.tab.client.load())
    expect(story.tab.client.state).toEqual({ status: 'signed-out' })
    story.sent.length = 0
    expect((await story.wait(story.tab.client.fetch('/notes'))).status).toBe(401)
    expect(story.sent).toEqual(['GET /notes'])
  })

  it('P58: the 401 of another service behind the same origin is the caller’s, and sets nothing off', async () => {
    const story = scene()
    await story.signIn()
    story.sent.length = 0
    const response = await story.wait(story.tab.client.fetch('/elsewhere'))
    expect(await response.json()).toEqual({ code: 'session_expired', error: 'unauthorized' })
    expect(story.sent).toEqual(['GET /elsewhere'])
    expect(story.tab.client.state.status).toBe('signed-in')
  })

  it('P58: a route that always refuses, asked in a loop, causes a few refreshes a minute and no more', async () => {
    const story = scene()
    await story.signIn()
    for (let turn = 0; turn < 50; turn++) {
      expect((await story.wait(story.tab.client.fetch('/stubborn'))).status).toBe(401)
    }
    expect(count(story, 'POST /session/refresh')).toBe(6)
    expect(story.tab.client.state.status).toBe('signed-in')
    await story.seconds(minute)
    await story.wait(story.tab.client.fetch('/stubborn'))
    expect(count(story, 'POST /session/refresh')).toBe(7)
  })

  it('a demand for a fresh proof is told, and ends nothing', async () => {
    const story = scene()
    await story.signIn()
    await story.seconds(15 * minute)
    expect((await story.wait(story.tab.client.fetch('/delicate'))).status).toBe(401)
    expect(story.tab.events.at(-1)).toMatchObject({
      type: 'proof-required',
      problem: { code: 'fresh_sign_in_required', members: { maxAge: 600 } },
    })
    expect(story.tab.client.state.status).toBe('signed-in')
  })

  it('P48: what is marked as background keeps nobody signed in', async () => {
    const story = scene()
    await story.signIn()
    for (let passed = 0; passed < 50 * minute; passed += 5 * minute) {
      await story.seconds(5 * minute)
      const response = await story.wait(story.tab.client.fetch('/notes', { background: true }))
      expect(response.status).toBe(200)
    }
    await story.seconds(10 * minute)
    expect((await story.wait(story.tab.client.fetch('/notes', { background: true }))).status).toBe(401)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'idle' })
  })

  it('P4 P8: answers that are lost, late or cut off sign nobody out', async () => {
    const story = scene()
    await story.signIn()
    const fates = [{ lost: 'answer' }, { lost: 'body' }, { lost: 'request' }, { back: 30_000 }] as const
    for (const fate of fates) {
      await story.seconds(6 * minute)
      let isFirst = true
      story.fate = () => {
        if (!isFirst) return undefined
        isFirst = false
        return fate
      }
      expect(await story.wait(story.tab.client.load())).toMatchObject({ status: 'signed-in' })
      await story.wait(story.tab.client.fetch('/notes', post))
    }
    expect(story.server.events.filter(({ type }) => type === 'session.ended')).toEqual([])
  })

  it('P11: a server that never answers is given up on, and nothing is taken for decided', async () => {
    const story = scene()
    await story.signIn()
    story.fate = () => ({ there: 3_600_000 })
    await expect(story.wait(story.tab.client.load())).rejects.toMatchObject({ code: 'unanswered' })
    expect(story.time.now).toBeLessThan(75_000)
    expect(story.tab.client.state.status).toBe('signed-in')
    // One that cannot be reached is no sign-out either.
    await expect(story.wait(story.tab.client.signOut())).rejects.toMatchObject({ code: 'unanswered' })
    expect(story.tab.client.state.status).toBe('signed-in')
  })

  it('a sign-out whose answer was lost is repeated until it is confirmed', async () => {
    const story = scene()
    await story.signIn()
    let lost = 2
    story.fate = ({ url }) => (url.endsWith('/logout') && lost-- > 0 ? { lost: 'answer' } : undefined)
    await story.wait(story.tab.client.signOut())
    expect(count(story, 'POST /session/logout')).toBe(3)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(story.browser.jar.size).toBe(0)
  })

  it('a refusal that was on its way during a new sign-in does not sign out the new session', async () => {
    const story = scene()
    await story.signIn()
    await story.server.sojourn.revokeAll('alice')
    story.fate = ({ url }) => (url.endsWith('/notes') ? { back: 5000 } : undefined)
    const late = story.tab.client.fetch('/notes')
    await story.seconds(1)
    await story.signIn(story.tab, 'bob')
    expect((await story.wait(late)).status).toBe(200)
    expect(story.tab.client.state).toMatchObject({ status: 'signed-in', session: { subject: 'bob' } })
  })
})

function signInPlainly({ browser }: ReturnType<typeof scene>): Promise<unknown> {
  const tab = browser.open()
  const cookies = tab.client.fetch('/sign-in?as=bob', { method: 'POST' })
  return cookies.finally(() => tab.close())
}
