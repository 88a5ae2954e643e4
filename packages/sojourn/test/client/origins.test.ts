import { describe, expect, it } from 'vitest'

import { createClient, type ClientOptions } from '../../src/client.ts'
import { systemPlatform } from '../../src/client/platform.ts'
import { scene } from './support/scene.ts'

const own = 'https://app.example'

/** Sends one request with a client that holds credentials, and returns what went out. */
async function sentBy(
  options: ClientOptions & { pageOrigin?: string },
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Request> {
  const requests: Request[] = []
  const client = createClient({
    ...options,
    platform: {
      pageOrigin: options.pageOrigin,
      openChannel: () => undefined,
      fetch: async (request) => {
        requests.push(request)
        return request.url.endsWith('/csrf') ? Response.json({ csrfToken: 'the csrf token' }) : new Response()
      },
    },
  })
  if (options.profile === 'bearer') {
    const tokens = { accessToken: 'the-access-token', expiresIn: 600, refreshToken: 'sj_the_refresh_token' }
    await client.signedIn(tokens).catch(() => {})
  }
  requests.length = 0
  await client.fetch(input, init)
  client.close()
  return requests.at(-1)!
}

const page = { pageOrigin: own, initial: { session: null, csrfToken: 'the csrf token' } }
const app = { url: own, profile: 'bearer' } as const

function secretsIn(request: Request): string {
  return `${request.headers.get('x-csrf-token') ?? ''}${request.headers.get('authorization') ?? ''}`
}

describe('credentials and origins', () => {
  it.each([
    'https://evil.example/take',
    'https://app.example.evil.example/',
    'https://app.example:444/',
    'http://app.example/',
    'https://sub.app.example/',
    '//evil.example/take',
    String.raw`\\evil.example\take`,
    'data:text/plain,hello',
  ])('no token goes to %s', async (url) => {
    for (const options of [page, app]) {
      const request = await sentBy(options, url, { method: 'POST' })
      expect(new URL(request.url).origin).not.toBe(own)
      expect(secretsIn(request)).toBe('')
    }
  })

  it.each(['/notes', 'notes', './notes?x=1', 'https://app.example/notes', 'HTTPS://APP.example:443/notes'])(
    'its own origin is %s',
    async (url) => {
      expect(secretsIn(await sentBy(page, url, { method: 'POST' }))).toBe('the csrf token')
      expect(secretsIn(await sentBy(app, url))).toBe('Bearer the-access-token')
      expect(secretsIn(await sentBy(app, new Request(new URL(url, own))))).toBe('Bearer the-access-token')
    },
  )

  it('an address that pretends to be ours is not asked at all', async () => {
    await expect(sentBy(page, 'https://app.example@evil.example/')).rejects.toThrow('credentials')
  })

  it('a redirect takes no token to another origin', async () => {
    // In the page's own origin the browser sees to it; elsewhere no redirect is followed unless the caller says so.
    expect((await sentBy(page, '/notes', { method: 'POST' })).mode).toBe('same-origin')
    expect((await sentBy(app, '/notes')).redirect).toBe('error')
    expect((await sentBy(app, '/notes', { redirect: 'follow' })).redirect).toBe('follow')
    const other = { ...page, url: 'https://api.example' }
    expect((await sentBy(other, '/notes', { method: 'POST' })).redirect).toBe('error')
  })

  it('adds a CSRF token to unsafe requests only, and none over one of the caller’s own', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'head']) {
      expect(secretsIn(await sentBy(page, '/notes', { method }))).toBe('')
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'post']) {
      expect(secretsIn(await sentBy(page, '/notes', { method }))).toBe('the csrf token')
    }
    const headers = { 'x-csrf-token': 'mine', accept: 'text/plain' }
    const request = await sentBy(page, '/notes', { method: 'POST', headers })
    expect(secretsIn(request)).toBe('mine')
    expect(request.headers.get('accept')).toBe('text/plain')
  })

  it('sends cookies to a server on another origin only if that is its own', async () => {
    expect((await sentBy({ ...page, url: 'https://api.example' }, '/notes')).credentials).toBe('include')
    expect((await sentBy(page, '/notes')).credentials).toBe('same-origin')
  })

  it('tells the server which requests nobody caused, and no other server', async () => {
    const story = scene()
    await story.wait(story.tab.client.fetch('/notes', { background: true }))
    expect(story.requests.at(-1)!.headers.get('x-background')).toBe('1')
    const elsewhere = await sentBy(page, 'https://evil.example/', { background: true } as RequestInit)
    expect(elsewhere.headers.get('x-background')).toBeNull()
  })

  it('on a server it opens no channel, and hears of no page', () => {
    const platform = systemPlatform()
    expect(platform.openChannel('anything', () => {})).toBeUndefined()
    expect(platform.pageOrigin).toBeUndefined()
    platform.onWake(() => {})()
  })
})
