// Bound tokens in a real browser, before Express over HTTPS: the key is made by its WebCrypto and kept by its IndexedDB.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { BearerTokens, Client, ProofKeys } from '../../src/client.ts'
import { sojournErrors } from '../../src/express.ts'
import { has } from '../../../../tools/services.mjs'
import { bundled } from '../client/support/bundle.ts'
import { openSite, type Site } from './site.ts'

declare const client: Client
declare const keys: ProofKeys

const isHere = has('chromium') && has('openssl')
let site: Site

beforeAll(async () => {
  if (!isHere) return
  site = await openSite({
    scripts: { '/page.js': await bundled('../test/browser/dpop-page.ts') },
    sojourn: { dpop: { required: true } },
    routes: (app) => {
      app.post('/sign-in-app', (request, response, next) => {
        request.sojourn.signIn({ subject: 'alice', profile: 'bearer' }).then((issued) => {
          const { accessToken, sessionToken: refreshToken, tokenType } = issued
          const expiresIn = (issued.access.expiresAt - request.sojourn.now) / 1000
          response.json({ accessToken, expiresIn, refreshToken, tokenType })
        }, next)
      })
      app.use(sojournErrors())
    },
  })
})
afterAll(() => site?.close())
beforeEach(async () => {
  if (!isHere) return
  await site.sojourn.revokeAll('alice')
  site.events.length = 0
})

async function signIn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const response = await client.fetch('/sign-in-app', { method: 'POST' })
    await client.signedIn((await response.json()) as BearerTokens)
  })
}

const told = (): string[] => site.events.map(({ type }) => type)
const status = (page: Page): Promise<number> =>
  page.evaluate(async () => (await client.fetch('/notes', { method: 'POST' })).status)

describe.skipIf(!isHere)('a page with bound tokens in a real browser', { timeout: 120_000 }, () => {
  it('R180 signs in, works, refreshes and goes on after a reload with the same key', async () => {
    const page = await site.open()
    await signIn(page)
    expect(await status(page)).toBe(200)
    const jkt = await page.evaluate(() => keys.thumbprint())
    // Also past the end of the access token and of every nonce.
    site.passServer(11 * 60_000)
    expect(await status(page)).toBe(200)
    await page.reload()
    expect(await page.evaluate(() => keys.thumbprint())).toBe(jkt)
    expect(await page.evaluate(async () => (await client.load()).status)).toBe('signed-in')
    expect(await status(page)).toBe(200)
    expect(told()).toContain('session.refreshed')
    expect(told()).not.toContain('session.ended')
    await page.context().close()
  })

  it('two tabs that begin at the same moment have one key', async () => {
    const context = await site.newContext()
    const pages = await Promise.all([site.open(context), site.open(context)])
    const [one, other] = await Promise.all(pages.map((page) => page.evaluate(() => keys.thumbprint())))
    expect(one).toBe(other)
    await context.close()
  })

  it('A72 what a script can copy of it is worth nothing elsewhere', async () => {
    const page = await site.open()
    await signIn(page)
    const loot = await page.evaluate(async () => {
      const opened = await new Promise<IDBDatabase>((resolve, reject) => {
        const asked = indexedDB.open('sojourn')
        asked.addEventListener('success', () => resolve(asked.result))
        asked.addEventListener('error', () => reject(asked.error ?? new Error('not opened')))
      })
      const pair = await new Promise<CryptoKeyPair>((resolve, reject) => {
        const asked = opened.transaction('keys').objectStore('keys').get('default')
        asked.addEventListener('success', () => resolve(asked.result as CryptoKeyPair))
        asked.addEventListener('error', () => reject(asked.error ?? new Error('not read')))
      })
      const read = await crypto.subtle
        .exportKey('pkcs8', pair.privateKey)
        .catch((error: unknown) => (error as Error).name)
      return { read, stored: localStorage.length, vault: sessionStorage.getItem('vault')! }
    })
    expect(loot).toMatchObject({ read: 'InvalidAccessError', stored: 0 })
    const thief = await site.open()
    await thief.evaluate((vault) => sessionStorage.setItem('vault', vault), loot.vault)
    expect(await thief.evaluate(async () => (await client.load()).status)).toBe('signed-out')
    expect(await status(page)).toBe(200)
    expect(told()).not.toContain('session.ended')
    await thief.context().close()
    await page.context().close()
  })
})
