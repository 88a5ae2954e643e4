// Pages of others, in the same real browser in which somebody is signed in. Nothing that they send has an effect, and
// nothing that they could read is told; the application goes on working meanwhile.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Client } from '../../src/client.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { openSite, type Site } from './site.ts'

declare const client: Client

const isHere = has('chromium') && has('openssl')
let site: Site
let page: Page

beforeAll(async () => {
  if (!isHere) return
  site = await openSite({ scripts: { '/page.js': await bundled('../test/browser/client-page.ts') } })
  page = await site.open()
  await page.evaluate(async () => {
    await client.fetch('/sign-in', { method: 'POST' })
    await client.signedIn()
  })
})
afterAll(() => site?.close())
beforeEach(() => {
  if (!isHere) return
  site.notes.length = 0
  site.leaked.length = 0
  site.events.length = 0
})

/** A page of somebody else, in the browser of alice. */
async function pageOf(origin: string): Promise<Page> {
  const attacker = await page.context().newPage()
  await attacker.goto(origin)
  return attacker
}

const reasons = (): unknown[] =>
  site.events.flatMap((event) => (event.type === 'csrf.rejected' ? [event.reason] : []))

const works = (): Promise<number> =>
  page.evaluate(async () => (await client.fetch('/notes', { method: 'POST' })).status)

describe.skipIf(!isHere)('pages of others, in a real browser', { timeout: 120_000 }, () => {
  // A sibling gets our cookies sent along, a stranger does not: both are refused by where they are.
  const others = [
    ['a stranger', 'evil', 'cross_site'],
    ['a sibling on the same site', 'sibling', 'same_site'],
  ] as const

  it.each(others)('R57 A81: a form of %s is refused', async (_, origin, reason) => {
    const attacker = await pageOf(site[origin])
    const [response] = await Promise.all([
      attacker.waitForResponse(`${site.app}/notes`),
      attacker.evaluate((action) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action })
        document.body.append(form)
        form.submit()
      }, `${site.app}/notes`),
    ])
    expect(response.status()).toBe(403)
    expect(reasons()).toEqual([reason])
    expect(site.notes).toEqual([])
    expect(await works()).toBe(200)
    await attacker.close()
  })

  it.each(others)(
    'R57 R70 A71: a fetch of %s changes nothing, and reads nothing',
    async (_, origin, reason) => {
      const attacker = await pageOf(site[origin])
      const outcomes = await attacker.evaluate(async (app) => {
        const outcome = (path: string, init: RequestInit): Promise<string> =>
          fetch(app + path, { credentials: 'include', ...init }).then(
            (response) => response.type,
            () => 'failed',
          )
        return [
          await outcome('/notes', { method: 'POST', mode: 'no-cors', body: 'a note' }),
          await outcome('/session/logout', { method: 'POST', mode: 'no-cors' }),
          await outcome('/session/refresh', { method: 'POST', mode: 'no-cors' }),
          await outcome('/notes', { method: 'POST', headers: { 'X-CSRF-Token': 'guessed' } }),
          await outcome('/notes', {}),
          await outcome('/session', {}),
          await outcome('/session/csrf', {}),
        ]
      }, site.app)
      // An opaque answer tells its sender nothing.
      expect(outcomes).toEqual(['opaque', 'opaque', 'opaque', 'failed', 'failed', 'failed', 'failed'])
      expect(reasons().filter((one) => one !== reason)).toEqual([])
      expect(reasons().length).toBeGreaterThanOrEqual(2)
      expect(site.notes).toEqual([])
      expect(await works()).toBe(200)
      await attacker.close()
    },
  )

  it.each(others)('A83: an image of %s signs nobody out, and shows nothing', async (_, origin) => {
    const attacker = await pageOf(site[origin])
    const outcomes = await attacker.evaluate(async (app) => {
      const load = (path: string): Promise<string> =>
        new Promise((resolve) => {
          const image = new Image()
          image.addEventListener('load', () => resolve('loaded'))
          image.addEventListener('error', () => resolve('failed'))
          image.src = app + path
        })
      return Promise.all(['/session/logout', '/notes', '/private', '/session'].map(load))
    }, site.app)
    expect(outcomes).toEqual(Array(4).fill('failed'))
    expect(site.notes).toEqual([])
    expect(await works()).toBe(200)
    await attacker.close()
  })

  it('R75 A90: a WebSocket of theirs is not opened, and one of ours is', async () => {
    const connect = (from: Page): Promise<string> =>
      from.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(url)
            socket.addEventListener('message', ({ data }) => {
              resolve(String(data))
              socket.close()
            })
            socket.addEventListener('error', () => resolve('refused'))
          }),
        `${site.app.replace('https', 'wss')}/live`,
      )
    for (const origin of ['evil', 'sibling'] as const) {
      const attacker = await pageOf(site[origin])
      expect(await connect(attacker)).toBe('refused')
      await attacker.close()
    }
    expect(site.notes).toEqual([])
    expect(await connect(page)).toBe('hello alice')
    expect(site.notes).toEqual(['a socket'])
  })

  it('R33 R36: a script can neither read our cookies nor plant any, here or from a sibling', async () => {
    const before = await page.context().cookies(site.app)
    expect(before).toHaveLength(2)
    expect(before.every(({ httpOnly, secure }) => httpOnly && secure)).toBe(true)
    const plant = async (): Promise<string> => {
      const names = ['__Host-Http-session', '__Host-Http-access', '__Host-Http-visitor']
      for (const name of names) {
        for (const domain of ['', '; Domain=sojourn.test']) {
          document.cookie = `${name}=planted; Secure; Path=/; SameSite=None${domain}`
          document.cookie = `${name}=; Secure; Path=/; Max-Age=0${domain}`
        }
        const store = (globalThis as { cookieStore?: { set(name: string, value: string): Promise<void> } })
          .cookieStore
        await store?.set(name, 'planted').catch(() => {})
      }
      document.cookie = 'plain=planted; Secure; Path=/; Domain=sojourn.test'
      return document.cookie
    }
    const sibling = await pageOf(site.sibling)
    // Of all those only the one without a prefix could be planted.
    expect(await sibling.evaluate(plant)).toBe('plain=planted')
    expect(await page.evaluate(plant)).toBe('plain=planted')
    const after = await page.context().cookies(site.app)
    expect(after.filter(({ name }) => name !== 'plain')).toEqual(before)
    expect(await page.evaluate(() => JSON.stringify(Object.entries(localStorage)))).toBe('[]')
    expect(await works()).toBe(200)
    await sibling.close()
  })

  it('a redirect to another origin takes no token along', async () => {
    const outcome = await page.evaluate(() =>
      client.fetch('/away', { method: 'POST' }).then(
        ({ status }) => status,
        () => 'failed',
      ),
    )
    expect(outcome).toBe('failed')
    // Not even the question whether it may come.
    expect(site.leaked).toEqual([])
    // Without the client the browser would have asked, and told the name of our header.
    await page.evaluate(() =>
      fetch('/session/csrf')
        .then((response) => response.json())
        .then(({ csrfToken }) => fetch('/away', { method: 'POST', headers: { 'X-CSRF-Token': csrfToken } }))
        .catch(() => {}),
    )
    expect(site.leaked[0]?.headers['access-control-request-headers']).toContain('x-csrf-token')
  })
})
