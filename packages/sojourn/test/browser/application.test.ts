// The application and the client in a real browser: it works where it should, whatever the network and the clock do.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Client } from '../../src/client.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { openSite, secretText, type Site } from './site.ts'

declare const client: Client

let site: Site
const minute = 60_000

beforeAll(async () => {
  if (isHere)
    site = await openSite({ scripts: { '/page.js': await bundled('../test/browser/client-page.ts') } })
})
afterAll(() => site?.close())
beforeEach(async () => {
  if (!isHere) return
  await site.sojourn.revokeAll('alice')
  site.events.length = 0
})

const isHere = has('chromium') && has('openssl')

async function signIn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await client.fetch('/sign-in', { method: 'POST' })
    await client.signedIn()
  })
}

const ended = (): unknown[] => site.events.filter(({ type }) => type === 'session.ended')
const shown = (page: Page): Promise<string | null> => page.locator('#state').textContent()

/** The statuses of that many requests at once. */
function statuses(page: Page, requests: number): Promise<number[]> {
  return page.evaluate(
    (many) =>
      Promise.all(
        Array.from({ length: many }, async (_, n) => {
          const { status } = await client.fetch('/notes', n % 3 === 0 ? { method: 'POST' } : {})
          return status
        }),
      ),
    requests,
  )
}

describe.skipIf(!isHere)('an application in a real browser', { timeout: 120_000 }, () => {
  it('P1 P3 P5: two tabs and thirty requests at the moment of expiry all succeed, three times over', async () => {
    const page = await site.open()
    await signIn(page)
    const other = await site.open(page.context())
    for (let turn = 0; turn < 3; turn++) {
      site.passServer(6 * minute)
      const all = await Promise.all([statuses(page, 15), statuses(other, 15)])
      expect(all.flat()).toEqual(Array(30).fill(200))
    }
    expect(ended()).toEqual([])
    expect(site.events.filter(({ type }) => type === 'session.replayed').length).toBeGreaterThan(0)
    await page.context().close()
  })

  it('P8: an answer that is cut off, before its head or in the middle, signs nobody out', async () => {
    const page = await site.open()
    await signIn(page)
    for (const at of ['head', 'body'] as const) {
      site.passServer(6 * minute)
      site.cut = { path: '/notes', at }
      const outcome = await page.evaluate(() =>
        client.fetch('/notes').then(
          (response) => response.text().catch(() => 'cut'),
          () => 'cut',
        ),
      )
      expect(outcome).toBe('cut')
      expect(site.cut).toBeUndefined()
      expect(await statuses(page, 3)).toEqual([200, 200, 200])
      // What the client asks itself is asked again.
      site.passServer(6 * minute)
      site.cut = { path: '/session', at }
      expect(await page.evaluate(async () => (await client.load()).status)).toBe('signed-in')
    }
    expect(ended()).toEqual([])
    await page.context().close()
  })

  it('signed out in one tab is signed out in all', async () => {
    const page = await site.open()
    await signIn(page)
    const other = await site.open(page.context())
    await expect.poll(() => shown(other)).toBe('signed-in')
    await page.evaluate(() => client.signOut())
    await expect.poll(() => shown(other)).toBe('signed-out')
    expect(await other.evaluate(() => client.state)).toEqual({ status: 'signed-out', reason: 'signed_out' })
    await page.context().close()
  })

  it('P49: a tab that slept for longer than the idle time says so when it wakes', async () => {
    const context = await site.newContext()
    await context.clock.install()
    const page = await site.open(context)
    await signIn(page)
    await page.evaluate(() => client.load())
    site.passServer(2 * 60 * minute)
    // As if the lid had been shut: no timer has run meanwhile.
    await page.clock.fastForward(2 * 60 * minute)
    await page.clock.runFor(5000)
    await expect.poll(() => shown(page)).toBe('signed-out')
    expect(await page.evaluate(() => client.state)).toEqual({ status: 'signed-out', reason: 'idle' })
    await context.close()
  })

  it('P49: a tab that the browser has frozen goes on when it is thawed', async () => {
    const page = await site.open()
    await signIn(page)
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
    site.passServer(6 * minute)
    await cdp.send('Page.setWebLifecycleState', { state: 'active' })
    expect(await statuses(page, 3)).toEqual([200, 200, 200])
    await page.context().close()
  })

  it('R196: Back after a sign-out shows nothing private, also from the memory of the browser', async () => {
    const page = await site.open()
    await signIn(page)
    await page.goto(`${site.app}/private`)
    await page.goto(site.app)
    await page.goBack()
    expect(await page.locator('body').textContent()).toContain(secretText)
    await page.evaluate(() => client.signOut())
    await page.goto(site.app)
    await page.goBack()
    expect(page.url()).toBe(`${site.app}/private`)
    expect(await page.locator('body').textContent()).not.toContain(secretText)
    expect(await page.locator('body').textContent()).toContain('sign_in_required')
    await page.context().close()
  })

  it('A45 R195: deleting really deletes: cookies, storage and session, and what was copied signs nobody in', async () => {
    const page = await site.open()
    await signIn(page)
    const copied = await page.context().cookies()
    expect(copied.map(({ name }) => name).toSorted()).toEqual(['__Host-Http-access', '__Host-Http-session'])
    await page.evaluate(() => localStorage.setItem('draft', 'private'))
    await page.evaluate(() => client.signOut())
    expect(await page.context().cookies()).toEqual([])
    expect(await page.evaluate(() => localStorage.getItem('draft'))).toBeNull()
    expect(await site.sojourn.list('alice')).toEqual([])
    await page.context().addCookies(copied)
    expect((await page.goto(`${site.app}/private`))!.status()).toBe(401)
    await page.context().close()
  })
})
