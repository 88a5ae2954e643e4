// Two applications on one origin, such as a dashboard beside the pages of customers, each with sessions and cookies of its
// own, in one real browser: their tabs must not take each other's news for their own.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Client, ClientEvent } from '../../src/client.ts'
import { sojournExpress } from '../../src/express.ts'
import { createSojourn, type Sojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { secret } from '../support/secrets.ts'
import { openSite, pageOf, type Site } from './site.ts'

declare const client: Client
declare const told: ClientEvent['type'][]

const isHere = has('chromium') && has('openssl')
let site: Site
let admin: Sojourn

beforeAll(async () => {
  if (!isHere) return
  site = await openSite({
    scripts: {
      '/page.js': await bundled('../test/browser/client-page.ts'),
      '/beside.js': await bundled('../test/browser/beside-page.ts'),
    },
    beside: (app, { app: origin }) => {
      admin = createSojourn({
        issuer: `${origin}/admin`,
        secrets: [secret(2)],
        environment: 'test',
        store: memoryStore(),
      })
      const chain = sojournExpress(admin, {
        prefix: '/admin/session',
        cookies: { names: { session: 'admin', access: 'admin-access', visitor: 'admin-visitor' } },
      })
      app.use((request, response, next) =>
        request.path.startsWith('/admin') ? chain(request, response, next) : next(),
      )
      app.get('/admin', (_request, response) => void response.send(pageOf('admin', '/beside.js')))
      app.post('/admin/sign-in', (request, response, next) => {
        request.sojourn.signIn({ subject: 'root' }).then(() => response.sendStatus(204), next)
      })
    },
  })
})
afterAll(async () => {
  await site?.close()
  admin?.close()
})

/** Notes what the client of the page tells from now on. */
function listen(page: Page): Promise<void> {
  return page.evaluate(() => {
    const heard: ClientEvent['type'][] = []
    client.subscribe(({ type }) => void heard.push(type))
    Object.assign(globalThis, { told: heard })
  })
}

const status = (page: Page): Promise<string> => page.evaluate(() => client.state.status)
const signIn = (page: Page, path: string): Promise<string> =>
  page.evaluate(async (at) => {
    await client.fetch(at, { method: 'POST' })
    return (await client.signedIn()).status
  }, path)

describe.skipIf(!isHere)('two applications on one origin', { timeout: 120_000 }, () => {
  it('do not hear each other, and the tabs of each go on hearing one another', async () => {
    const context = await site.newContext()
    const shop = [await site.open(context), await site.open(context)] as const
    const desk = [await context.newPage(), await context.newPage()] as const
    for (const page of desk) await page.goto(`${site.app}/admin`)
    expect(await signIn(desk[0], '/admin/sign-in')).toBe('signed-in')
    await desk[1].evaluate(() => client.load())
    for (const page of desk) await listen(page)
    // A visitor hears of every sign-in in the same jar, and asks who it is.
    expect(await signIn(shop[0], '/sign-in')).toBe('signed-in')
    await expect.poll(() => status(shop[1])).toBe('signed-in')
    for (const page of shop) await listen(page)
    await desk[0].evaluate(() => client.load())
    await expect.poll(() => desk[0].evaluate(() => told)).toEqual(['updated'])
    await shop[0].evaluate(() => client.signOut())
    await expect.poll(() => status(shop[1])).toBe('signed-out')
    await desk[0].evaluate(() => client.signOut())
    await expect.poll(() => status(desk[1])).toBe('signed-out')
    // Each channel keeps its order, so by now everything has been heard: of their own application, and of no other.
    expect(await desk[1].evaluate(() => told)).toEqual(['signed-out'])
    expect(await shop[1].evaluate(() => told)).toEqual(['signed-out'])
    await context.close()
  })
})
