import { describe, expect, it } from 'vitest'

import type { Kept, Platform } from '../../src/client.ts'
import { origin } from '../../model/browsers/server.ts'
import { count, minute, scene, type Scene } from './support/scene.ts'

const notes = `${origin}/notes`
const post = { method: 'POST', body: 'a note' } as const
const day = 86_400

function app(): Scene {
  return scene({ client: { profile: 'bearer' } })
}

/** No question is given up. */
function waitingLong({ after }: Platform): Platform['after'] {
  return (milliseconds, fn) => after(milliseconds === 10_000 ? day * 1000 : milliseconds, fn)
}

async function refreshKeys(story: Scene): Promise<(string | null)[]> {
  return story.requests
    .filter(({ url }) => url.endsWith('/refresh'))
    .map(({ headers }) => headers.get('idempotency-key'))
}

describe('the client with bearer tokens', () => {
  it('sends the access token, renews it before it is spent, and keeps only what the next start needs', async () => {
    const story = app()
    await story.signIn()
    expect(await (await story.wait(story.tab.client.fetch(notes, post))).json()).toMatchObject({
      body: 'a note',
    })
    expect(story.requests.at(-1)!.headers.get('authorization')).toMatch(/^Bearer eyJ/)
    expect(Object.keys(story.browser.kept!)).toEqual(['refreshToken', 'idempotencyKey'])
    const before = story.browser.kept!.refreshToken
    await story.seconds(9.5 * minute)
    expect((await story.wait(story.tab.client.fetch(notes, post))).status).toBe(200)
    expect(story.sent.slice(-2)).toEqual(['POST /session/refresh', 'POST /notes'])
    expect(story.browser.kept!.refreshToken).not.toBe(before)
  })

  it('takes one refresh for all requests that wait', async () => {
    const story = app()
    await story.signIn()
    await story.seconds(11 * minute)
    const all = Array.from({ length: 30 }, () => story.tab.client.fetch(notes))
    expect((await story.wait(Promise.all(all))).map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect(count(story, 'POST /session/refresh')).toBe(1)
  })

  it('P27: a clock that is wrong, or is set, does no harm', async () => {
    const story = app()
    story.browser.wallError = -40 * 365 * day * 1000
    await story.signIn()
    for (const wallError of [5 * 365 * day * 1000, -3 * day * 1000, 0]) {
      story.browser.wallError = wallError
      await story.seconds(9.5 * minute)
      expect((await story.wait(story.tab.client.fetch(notes))).status).toBe(200)
    }
    expect(story.tab.client.state.status).toBe('signed-in')
    expect(count(story, 'POST /session/refresh')).toBeLessThanOrEqual(4)
  })

  it('replaces a token that the server refuses before its time, and repeats the request once', async () => {
    const story = app()
    await story.signIn()
    const [session] = await story.server.sojourn.list('alice')
    await story.server.sojourn.update(session!.id, (claims) => ({ ...claims, role: 'admin' }))
    story.sent.length = 0
    expect((await story.wait(story.tab.client.fetch(notes))).status).toBe(200)
    expect(story.sent).toEqual(['GET /notes', 'POST /session/refresh', 'GET /notes'])
  })

  it('P7 P8: repeats a refresh whose answer was lost as the same one, also days later and after a restart', async () => {
    const story = app()
    await story.signIn()
    await story.seconds(11 * minute)
    story.fate = ({ url }) => (url.endsWith('/refresh') ? { lost: 'answer' } : undefined)
    await expect(story.wait(story.tab.client.fetch(notes))).rejects.toMatchObject({ code: 'unanswered' })
    expect(count(story, 'POST /session/refresh')).toBe(5)
    story.tab.close()
    await story.seconds(3 * day)
    story.fate = undefined
    const restarted = story.browser.open()
    expect((await story.wait(restarted.client.fetch(notes))).status).toBe(200)
    expect(new Set(await refreshKeys(story)).size).toBe(1)
    expect(await story.wait(restarted.client.load())).toMatchObject({
      status: 'signed-in',
      session: { subject: 'alice' },
    })
    // The next refresh is another one.
    await story.seconds(11 * minute)
    await story.wait(restarted.client.fetch(notes))
    expect(new Set(await refreshKeys(story)).size).toBe(2)
  })

  it('saves new tokens before it uses them', async () => {
    const story = app()
    const order: string[] = []
    const app2 = story.another({
      client: {
        profile: 'bearer',
        vault: {
          read: async () => undefined,
          clear: async () => {},
          write: async (kept: Kept) => {
            order.push(`saving ${kept.refreshToken.length > 0}`)
            await new Promise((resolve) => void story.time.after(500, () => resolve(undefined)))
            order.push('saved')
          },
        },
      },
    })
    const tab = app2.open()
    await story.signIn(tab)
    await story.seconds(11 * minute)
    order.length = 0
    story.fate = ({ url }) => {
      order.push(new URL(url).pathname)
      return undefined
    }
    await story.wait(tab.client.fetch(notes))
    expect(order).toEqual(['/session/refresh', 'saving true', 'saved', '/notes'])
  })

  it('goes on in memory when the vault fails, and says so', async () => {
    const story = app()
    const failing = async (): Promise<never> => {
      throw new Error('the keychain is locked')
    }
    const vault = { read: async () => undefined, write: failing, clear: failing }
    const tab = story.another({ client: { profile: 'bearer', vault } }).open()
    await story.signIn(tab)
    expect(tab.events).toContainEqual({ type: 'unsaved', error: new Error('the keychain is locked') })
    await story.seconds(11 * minute)
    expect((await story.wait(tab.client.fetch(notes))).status).toBe(200)
  })

  it('signs out with a fresh token, so that a spent one cannot leave the session alive', async () => {
    const story = app()
    await story.signIn()
    await story.seconds(20 * minute)
    await story.wait(story.tab.client.signOut())
    expect(await story.server.sojourn.list('alice')).toEqual([])
    expect(story.browser.kept).toBeUndefined()
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'signed_out' })
    story.sent.length = 0
    expect((await story.wait(story.tab.client.fetch(notes))).status).toBe(401)
    expect(story.sent).toEqual(['GET /notes'])
  })

  it('a laptop that falls asleep between the renewal and the sign-out is signed out all the same', async () => {
    const story = app()
    await story.signIn()
    let logouts = 0
    // The first one is on its way for longer than its access token lives.
    story.fate = ({ url }) =>
      url.endsWith('/logout') && logouts++ === 0 ? { there: 11 * minute * 1000 } : undefined
    const patient = story
      .another({ distorted: (platform) => ({ ...platform, after: waitingLong(platform) }) })
      .open()
    await story.signIn(patient)
    await story.wait(patient.client.signOut())
    expect(logouts).toBe(2)
    expect(await story.server.sojourn.list('alice')).toHaveLength(1)
    expect(patient.client.state).toEqual({ status: 'signed-out', reason: 'signed_out' })
  })

  it('P58: a server that hands out spent tokens causes a few refreshes a minute and no more', async () => {
    const story = scene({
      client: { profile: 'bearer' },
      policy: { bearer: { access: '1s' }, overlap: '100ms' },
    })
    await story.signIn()
    story.sent.length = 0
    for (let turn = 0; turn < 40; turn++) {
      await story.seconds(1)
      await story.wait(story.tab.client.fetch(notes))
    }
    expect(count(story, 'POST /session/refresh')).toBe(6)
  })

  it('a refusal that is cut off in the middle is a lost answer, and signs nobody out', async () => {
    const story = app()
    await story.signIn()
    const [session] = await story.server.sojourn.list('alice')
    await story.server.sojourn.update(session!.id, (claims) => ({ ...claims, role: 'admin' }))
    story.fate = () => ({ lost: 'body' })
    await expect(story.wait(story.tab.client.fetch(notes))).rejects.toThrow('terminated')
    story.fate = undefined
    expect((await story.wait(story.tab.client.fetch(notes))).status).toBe(200)
  })

  it('is signed out by the word of the server alone, and forgets its tokens then', async () => {
    const story = app()
    await story.signIn()
    await story.server.sojourn.revokeAll('alice')
    expect((await story.wait(story.tab.client.fetch(notes))).status).toBe(401)
    expect(story.tab.client.state).toEqual({ status: 'signed-out', reason: 'ended' })
    expect(story.browser.kept).toBeUndefined()
  })

  it('wants the tokens of a sign-in', async () => {
    const story = app()
    await expect(story.wait(story.tab.client.signedIn())).rejects.toMatchObject({ code: 'tokens_missing' })
  })
})
