// The hooks: what a server renders, what a browser makes of it, and what a person sees and presses.

import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createClient, type ClientOptions, type ClientSession } from '../../src/client.ts'
import { useSession } from '../../src/react.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { View } from './react-view.ts'
import { openSite, type Site } from './site.ts'

declare const faults: string[]
declare const texts: string[]

const minute = 60_000

function rendered(initial?: ClientOptions['initial']): string {
  return renderToString(createElement(View, { client: createClient(initial ? { initial } : {}) }))
}

const session = { id: 'an id', subject: 'alice', expiresIn: 86_400, idleExpiresIn: 3600 } as ClientSession

describe('React on a server', () => {
  it('renders who is signed in, who is not, and who has not been asked', () => {
    expect(rendered({ session })).toContain('Good to see you, alice')
    expect(rendered({ session: null })).toContain('Please sign in')
    expect(rendered()).toContain('Who are you?')
  })

  it('says what is missing when there is no provider', () => {
    const Lost = (): null => {
      useSession()
      return null
    }
    expect(() => renderToString(createElement(Lost))).toThrow('<SessionProvider client={…}>')
  })
})

const isHere = has('chromium') && has('openssl')
let site: Site

beforeAll(async () => {
  if (!isHere) return
  site = await openSite({
    scripts: { '/react.js': await bundled('../test/browser/react-page.ts') },
    routes(app) {
      app.get('/react', (request, response, next) => {
        const answer = async (): Promise<void> => {
          const found = await request.sojourn.ownSession()
          const initial = { session: found, csrfToken: request.sojourn.csrfToken() }
          const data = JSON.stringify({ initial }).replaceAll('<', String.raw`\u003c`)
          response.send(`<!doctype html><meta charset="utf-8"><div id="root">${rendered(initial)}</div>
            <script id="initial" type="application/json">${data}</script>
            <script type="module" src="/react.js"></script>`)
        }
        answer().catch(next)
      })
    },
  })
})
afterAll(() => site?.close())

/** The page of somebody who has signed in, and what it asked the server for. */
async function openReact(): Promise<{ page: Page; asked: string[] }> {
  const context = await site.newContext()
  await context.clock.install()
  const page = await context.newPage()
  await page.goto(site.app)
  await page.evaluate(() => fetch('/sign-in', { method: 'POST' }))
  const asked: string[] = []
  page.on('request', (request) => void asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
  await page.goto(`${site.app}/react`)
  await page.waitForFunction(() => 'texts' in globalThis)
  return { page, asked }
}

describe.skipIf(!isHere)('React in a real browser', { timeout: 120_000 }, () => {
  it('takes over what the server rendered: nothing flashes, nothing is asked, nothing is rendered anew', async () => {
    const { page, asked } = await openReact()
    await page.clock.runFor(3000)
    expect(await page.evaluate(() => [texts, faults])).toEqual([['Good to see you, alice'], []])
    expect(asked).toEqual(['GET /react', 'GET /react.js'])
    // The CSRF token came with the page.
    await page.locator('#save').click()
    await expect.poll(() => site.notes).toEqual(['a note'])
    expect(asked.slice(2)).toEqual(['POST /notes'])
    await page.context().close()
  })

  it('signs out on a click, in all tabs', async () => {
    const { page } = await openReact()
    const other = await page.context().newPage()
    await other.goto(`${site.app}/react`)
    await page.locator('#sign-out').click()
    await page.getByText('Signed out: signed_out').waitFor()
    await other.getByText('Signed out: signed_out').waitFor()
    expect(await page.context().cookies()).toEqual([])
    await page.context().close()
  })

  it('P49: counts down before the idle time is up, and "stay signed in" ends it in all tabs', async () => {
    const { page } = await openReact()
    const other = await page.context().newPage()
    await other.goto(`${site.app}/react`)
    expect(await page.locator('[role=alert]').count()).toBe(0)
    site.passServer(59.3 * minute)
    await page.clock.fastForward(59.3 * minute)
    for (const tab of [page, other]) await tab.clock.runFor(4000)
    for (const tab of [page, other]) await tab.locator('[role=alert]').waitFor()
    const left = Number(await page.locator('output').textContent())
    expect(left).toBeGreaterThan(25)
    expect(left).toBeLessThanOrEqual(42)
    await page.clock.runFor(2000)
    expect(Number(await page.locator('output').textContent())).toBeLessThan(left)
    await page.locator('#stay').click()
    for (const tab of [page, other]) await tab.locator('[role=alert]').waitFor({ state: 'detached' })
    site.passServer(30 * minute)
    expect(await page.evaluate(async () => (await fetch('/notes')).status)).toBe(200)
    await page.context().close()
  })
})
