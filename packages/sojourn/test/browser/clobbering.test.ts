// Markup that somebody has slipped into a page, without any script: elements that are named like what a script reads of
// `window` and `document`. The client must not take them for it (ASVS 3.2.3).

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Client } from '../../src/client.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { openSite, pageOf, type Site } from './site.ts'

declare const client: Client

const isHere = has('chromium') && has('openssl')
// All that the client reads of the world around it, in src/client/platform.ts, and what the page may use beside it.
const names =
  'addEventListener removeEventListener visibilityState cookie location document fetch performance BroadcastChannel setTimeout clearTimeout origin Request'.split(
    ' ',
  )
const markup = names
  .map(
    (name) => `<form name="${name}" id="${name}"><input name="origin" value="https://evil.example"></form>`,
  )
  .concat(names.map((name) => `<img name="${name}" alt=""><object id="${name}"></object>`))
  .join('')

let site: Site
beforeAll(async () => {
  if (!isHere) return
  site = await openSite({
    scripts: { '/page.js': await bundled('../test/browser/client-page.ts') },
    beside: (app) => app.get('/clobbered', (_request, response) => void response.send(pageOf(markup))),
  })
})
afterAll(() => site?.close())

describe.skipIf(!isHere)('a page with elements named like what scripts read', { timeout: 120_000 }, () => {
  it('has a client that does what it does elsewhere', async () => {
    const context = await site.newContext()
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(`${site.app}/clobbered`)
    expect(await page.evaluate(() => typeof document.addEventListener)).not.toBe('function')
    await page.waitForFunction(() => 'client' in globalThis)
    const signedIn = await page.evaluate(async () => {
      await client.fetch('/sign-in', { method: 'POST' })
      return (await client.signedIn()).status
    })
    expect(signedIn).toBe('signed-in')
    const noted = await page.evaluate(async () => {
      const body = new URLSearchParams({ text: 'a note' })
      return (await client.fetch('/notes', { method: 'POST', body })).status
    })
    expect(noted).toBeLessThan(300)
    // Tabs go on hearing each other.
    const second = await site.open(context)
    await expect.poll(() => second.evaluate(() => client.state.status)).toBe('signed-in')
    await page.evaluate(() => client.signOut())
    await expect.poll(() => second.evaluate(() => client.state.status)).toBe('signed-out')
    expect(errors).toEqual([])
    await context.close()
  })
})
