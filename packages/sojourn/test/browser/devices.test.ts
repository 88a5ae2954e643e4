// <YourDevices /> in a real browser against a real application, under a policy without inline styles.

import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { has } from '../../../../tools/services.mjs'
import {
  openDevices,
  openDevicesSite,
  passFreshness,
  renderedDevices,
  signInElsewhere,
  type DevicesPage,
} from './devices-site.ts'
import type { Site } from './site.ts'

describe('on a server', () => {
  it('is rendered without asking anybody: waiting, or with nobody whose devices there are', () => {
    expect(renderedDevices()).toContain('Looking for your devices…')
    expect(renderedDevices({ session: null })).toContain('You are signed out.')
    expect(renderedDevices()).not.toMatch(/style=/)
  })
})

const isHere = has('chromium') && has('openssl')
let site: Site
let opened: DevicesPage | undefined
let setBack = (): void => {}

beforeAll(async () => {
  if (isHere) site = await openDevicesSite()
})
afterAll(() => site?.close())
beforeEach(async () => {
  if (!isHere) return
  await site.sojourn.revokeAll('alice')
  await signInElsewhere(site)
})
afterEach(async () => {
  const { page, faults = [] } = opened ?? {}
  opened = undefined
  setBack()
  setBack = () => {}
  await page?.context().close()
  if (faults.length > 0) throw new Error(faults.join('; '))
})

async function open(options?: Parameters<typeof openDevices>[1]): Promise<Page> {
  opened = await openDevices(site, options)
  return opened.page
}

const rows = (page: Page): Locator => page.locator('.sojourn-device')
const row = (page: Page, name: string): Locator => rows(page).filter({ hasText: name })
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click()
const status = (page: Page): Promise<string | null> => page.getByRole('status').textContent()
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.textContent ?? undefined)
const labels = async (): Promise<readonly unknown[]> =>
  (await site.sojourn.list('alice')).map(({ device }) => device.label ?? device.userAgent ?? 'nameless')

async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze()
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

describe.skipIf(!isHere)('P46 R19: the list of one’s devices', { timeout: 120_000 }, () => {
  it('says what each is, which is this one, and when it was last seen; this one first, then the latest', async () => {
    const page = await open()
    expect(await rows(page).locator('.sojourn-device-name').allTextContents()).toEqual([
      'Chrome on Linux This device',
      'Safari on Mac',
      'Alice’s phone',
      'Unknown device',
    ])
    expect(await page.locator('.sojourn-device-seen').allTextContents()).toEqual([
      'Active now',
      'Active now',
      'Last seen 3 hours ago',
      'Last seen last week',
    ])
    expect(await row(page, 'Alice’s phone').getAttribute('data-kind')).toBe('phone')
  })

  it('has no fault that axe can find: light, dark, on a phone, while it asks and while it refuses', async () => {
    const page = await open({ viewport: { width: 390, height: 844 } })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).toEqual([])
    }
    await press(page, 'Sign out all other devices')
    setBack = await passFreshness(site, page)
    await press(page, 'Sign out: Safari on Mac')
    await page.getByRole('alert').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })

  it('speaks another language, at another level, with places, where it is told to', async () => {
    const page = await open({ path: '/devices?variant=german' })
    expect(await page.getByRole('heading', { level: 3 }).textContent()).toBe('Deine Geräte')
    expect(await row(page, 'Alice’s phone').locator('.sojourn-device-seen').textContent()).toBe(
      'Zuletzt vor 3 Stunden',
    )
    expect(await row(page, 'Safari on Mac').locator('.sojourn-device-place').textContent()).toBe('192.0.2.4')
    expect(await page.locator('.sojourn-devices').getAttribute('class')).toBe('sojourn-devices mine')
  })

  it('says so when it cannot be had, and tries again when it is told to', async () => {
    const page = await open()
    await page.route('**/session/devices', (route) => route.abort())
    await page.reload()
    await page.getByText('Your devices cannot be shown right now.').waitFor()
    expect([await rows(page).count(), await status(page)]).toEqual([0, ''])
    await page.unroute('**/session/devices')
    await press(page, 'Try again')
    await expect.poll(() => rows(page).count()).toBe(4)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('shows whatever a device calls itself as text, in its own row, within a phone’s width', async () => {
    const hostile = [
      '<img src=x onerror="document.title=1"><script>document.title=2</script>',
      '\u202Egnihsihp\u2066 \u0007\u001B[31m',
      'x'.repeat(128),
    ]
    for (const name of hostile)
      await site.sojourn.create({ subject: 'alice', device: { label: name, userAgent: `"><b>${name}` } })
    const page = await open({ viewport: { width: 390, height: 844 } })
    const texts = await page.locator('.sojourn-device-name bdi').allTextContents()
    expect(hostile.filter((name) => !texts.includes(name.trim()))).toEqual([])
    expect(await page.locator('.sojourn-devices :is(img, script, b)').count()).toBe(0)
    expect(await page.title()).toBe('Your devices')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
})

describe.skipIf(!isHere)('P46 R19: signing out', { timeout: 120_000 }, () => {
  it('one device ends that session and no other; it is told, and nothing moves under the pointer', async () => {
    const page = await open({ viewport: { width: 390, height: 844 } })
    const before = await row(page, 'Unknown device').boundingBox()
    await press(page, 'Sign out: Alice’s phone')
    await expect.poll(() => status(page)).toBe('Signed out: Alice’s phone')
    expect(await labels()).not.toContain('Alice’s phone')
    expect(await site.sojourn.list('alice')).toHaveLength(3)
    expect(await row(page, 'Alice’s phone').getAttribute('data-ended')).toBe('true')
    expect(await focused(page)).toBe('Signed out')
    expect(await row(page, 'Unknown device').boundingBox()).toEqual(before)
    await page.reload()
    await expect.poll(() => rows(page).count()).toBe(3)
  })

  it('a device that is gone already is as good as done', async () => {
    const page = await open()
    const phone = (await site.sojourn.list('alice')).find(({ device }) => device.label === 'Alice’s phone')
    await site.sojourn.revoke(phone!.id)
    await press(page, 'Sign out: Alice’s phone')
    await expect.poll(() => status(page)).toBe('Signed out: Alice’s phone')
  })

  it('R17: all others asks first, by keyboard too, and keeps this one', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Sign out all other devices' }).focus()
    await page.keyboard.press('Enter')
    const question = page.getByRole('group', { name: 'Sign out 3 other devices?' })
    await question.waitFor()
    expect(await focused(page)).toBe('Cancel')
    await page.keyboard.press('Escape')
    expect([await question.count(), await focused(page)]).toEqual([0, 'Sign out all other devices'])
    expect(await site.sojourn.list('alice')).toHaveLength(4)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    expect(await focused(page)).toBe('Sign them out')
    await page.keyboard.press('Enter')
    await expect.poll(() => status(page)).toBe('All other devices are signed out.')
    expect(await focused(page)).toBe('Your devices')
    expect(await site.sojourn.list('alice')).toHaveLength(1)
    await page.getByText('You are signed in on this device only.').waitFor()
    expect(await page.evaluate(async () => (await fetch('/notes')).status)).toBe(200)
  })

  it('this device leaves nothing behind', async () => {
    const page = await open()
    await press(page, 'Sign out: Chrome on Linux')
    await expect.poll(() => status(page)).toBe('You are signed out.')
    expect([await rows(page).count(), await focused(page)]).toEqual([0, 'Your devices'])
    expect(await page.context().cookies()).toEqual([])
    expect(await site.sojourn.list('alice')).toHaveLength(3)
  })

  it('that fails says that nothing may have ended, where it was pressed', async () => {
    const page = await open()
    await page.route('**/session/**', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    )
    await press(page, 'Sign out: Alice’s phone')
    const alert = row(page, 'Alice’s phone').getByRole('alert')
    expect(await alert.textContent()).toBe('That did not work. Nothing may have been signed out.')
    expect(await labels()).toContain('Alice’s phone')
    await page.unroute('**/session/**')
    await press(page, 'Sign out: Alice’s phone')
    await expect.poll(() => status(page)).toBe('Signed out: Alice’s phone')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('R19: after a long while asks for a proof, and goes on from there', async () => {
    const page = await open()
    setBack = await passFreshness(site, page)
    await press(page, 'Sign out: Alice’s phone')
    await row(page, 'Alice’s phone').getByRole('alert').waitFor()
    expect(await labels()).toContain('Alice’s phone')
    await press(page, 'Confirm that it is you')
    await expect.poll(() => status(page)).toBe('Signed out: Alice’s phone')
    expect(await labels()).not.toContain('Alice’s phone')
    expect(await focused(page)).toBe('Signed out')
    expect(site.events.some(({ type }) => type === 'session.stepped_up')).toBe(true)
  })

  it('R19: without a way to a proof says what is missing, and ends nothing', async () => {
    const page = await open({ path: '/devices?variant=no-proof' })
    setBack = await passFreshness(site, page)
    await press(page, 'Sign out: Alice’s phone')
    const alert = page.getByRole('alert')
    expect(await alert.textContent()).toBe('Nothing was signed out: confirm that it is you first.')
    expect(await alert.getByRole('button').count()).toBe(0)
    expect(await labels()).toContain('Alice’s phone')
  })

  it('does one thing at a time, and says that it is busy', async () => {
    const page = await open()
    let answer = (): void => {}
    const isHeld = new Promise<void>((resolve) => (answer = resolve))
    const asked: string[] = []
    await page.route('**/session/devices/*', async (route) => {
      asked.push(route.request().method())
      await isHeld
      await route.continue()
    })
    const button = page.getByRole('button', { name: 'Sign out: Alice’s phone' })
    await button.click()
    await expect.poll(() => page.locator('.sojourn-devices').getAttribute('aria-busy')).toBe('true')
    expect(await button.getAttribute('aria-disabled')).toBe('true')
    await button.click({ force: true })
    await page.getByRole('button', { name: 'Sign out: Safari on Mac' }).click({ force: true })
    answer()
    await expect.poll(() => status(page)).toBe('Signed out: Alice’s phone')
    expect(asked).toEqual(['DELETE'])
  })
})
