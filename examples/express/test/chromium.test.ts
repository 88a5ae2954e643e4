// The shop in a real browser, without scripts of its own: what people see, and what is left when they have gone.

import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { program } from '../../../tools/services.mjs'
import { goodPassword, openShop, type OpenShop } from './shop.ts'

const executablePath = process.env['CHROMIUM_PATH'] || program('chromium')
// Screenshots for people to look at, where somebody asks for them.
const pictures = process.env['SCREENSHOTS']

let browser: Browser
let shop: OpenShop
let page: Page

async function signUp(name: string, email: string): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(goodPassword)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('Welcome! Your account is ready.').waitFor()
}

async function signOut(): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByText('You are signed out.').waitFor()
}

/** The page must be usable for everybody; a picture of it is kept for those who want to see it. */
async function look(name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}

// A look by axe takes a second, and there are many pages.
describe.skipIf(executablePath === undefined)('the shop in a browser', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    shop = await openShop()
    const context = await browser.newContext({ baseURL: shop.url, viewport: { width: 1100, height: 760 } })
    page = await context.newPage()
  })
  afterEach(async () => {
    await page.context().close()
    await shop.close()
  })

  it('keeps a person signed in when the access token runs out, and shows nothing private after sign-out (R196)', async () => {
    await signUp('Anna', 'anna@example.org')
    await signOut()
    await page.getByRole('link', { name: 'Sign in', exact: true }).click()
    await page.getByLabel('E-mail').fill('anna@example.org')
    await page.getByLabel('Password').fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Good to see you, Anna.').waitFor()

    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByText('anna@example.org').waitFor()
    const before = await cookiesByName()
    shop.clock.pass('6m')
    await page.reload()
    await page.getByText('anna@example.org').waitFor()
    const after = await cookiesByName()
    expect(after['session']).not.toBe(before['session'])
    expect(after['access']).not.toBe(before['access'])

    await signOut()
    expect(await cookiesByName()).not.toHaveProperty('session')
    for (let back = 0; back < 3; back++) {
      await page.goBack()
      expect(await page.content()).not.toContain('anna@example.org')
      expect(await page.content()).not.toContain('Good to see you')
    }
  })

  it('is pleasant to look at, and usable with a keyboard, a screen reader and a small screen', async () => {
    await page.goto('/')
    await look('1-visitor')
    await page.goto('/sign-up')
    await look('2-sign-up')
    await signUp('Anna <b>Bold</b>', 'anna@example.org')
    await look('3-home')
    await page.getByRole('button', { name: 'Add to basket' }).first().click()
    await page.getByRole('button', { name: 'More Sencha' }).click()
    await look('4-basket')
    await page.goto('/account')
    await look('5-account')
    await shop.visitor().signIn('anna@example.org', { remember: 'yes' })
    await shop.visitor().signUp('Ben', 'ben@example.org')
    await page.goto('/devices')
    await look('6-devices')
    await page.goto('/members')
    await look('7-members')
    shop.clock.pass('59m')
    await page.goto('/account/delete')
    await look('8-confirm')
    await page.getByLabel('Password').fill('not my password')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await look('9-confirm-wrong')
    await page.getByLabel('Password').fill(goodPassword)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('heading', { name: 'Delete your account?' }).waitFor()
    await look('10-delete')
    await page.setViewportSize({ width: 390, height: 760 })
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const path of ['', 'basket', 'devices', 'members']) {
      await page.goto(`/${path}`)
      await look(`11-small-dark-${path || 'home'}`)
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect([path, overflow]).toEqual([path, 0])
    }
  })
})

async function cookiesByName(): Promise<Record<string, string>> {
  const cookies = await page.context().cookies()
  return Object.fromEntries(cookies.map(({ name, value }) => [name, value]))
}
