// The whole story of the demo in a real browser, as a person would click through it. The lifetimes are so short that
// nothing has to be waited for longer than it takes to happen.

import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBrowser, openPage, signIn, startDemo, type Faults, type RunningDemo } from './support.ts'

let demo: RunningDemo
let browser: Browser
let page: Page
let faults: Faults
const bodies: string[] = []

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([
    startDemo({ SOJOURN_ACCESS_LIFETIME: '5s', SOJOURN_OVERLAP: '800ms', SOJOURN_IDLE: '2m' }),
    openBrowser(),
  ])
  ;({ page, faults } = await openPage(browser, demo.url))
  page.on('response', (response) => {
    const kind = response.headers()['content-type'] ?? ''
    if (/json|html|javascript/.test(kind))
      void response.text().then(
        (text) => bodies.push(text),
        () => {},
      )
  })
})

afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const current = (): ReturnType<Page['locator']> => page.locator('.bead[data-kind=current]')
const event = (type: string): ReturnType<Page['locator']> => page.locator(`.event[data-type="${type}"]`)

const textOf = (selector: string) => (): Promise<string | null> =>
  page.locator(selector).first().textContent()
const patience = { timeout: 30_000 }

async function generation(): Promise<number> {
  return Number(await current().locator('text').textContent())
}

async function violations(): Promise<readonly string[]> {
  const found: string[] = []
  // What is fading in has no contrast yet.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const result = await new AxeBuilder({ page }).analyze()
    found.push(
      ...result.violations.map(
        ({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      ),
    )
  }
  return found
}

describe('the demo', { timeout: 120_000 }, () => {
  test('a visitor sees who can sign in, and nothing else', async () => {
    await page.getByRole('button', { name: 'Sign in as Ada member' }).waitFor()
    expect(await page.getByRole('button').count()).toBe(3)
    expect(await violations()).toEqual([])
  })

  test('one click signs in, and the first generation is confirmed by being used', async () => {
    await signIn(page, 'Ada')
    await event('session.confirmed').waitFor()
    await current().waitFor()
    expect(await generation()).toBe(0)
    expect(await page.locator('#caller').textContent()).toContain('Ada member')
  })

  test('scripts see neither cookies nor tokens', async () => {
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const names = (await page.context().cookies()).filter(({ httpOnly }) => httpOnly).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['session', 'access']))
  })

  test('a spent access token is replaced without anybody noticing', async () => {
    await page.locator('.bead[data-kind=pending]').waitFor({ timeout: 30_000 })
    await current().waitFor()
    expect(await generation()).toBe(1)
    expect(await event('session.ended').count()).toBe(0)
  })

  test('a role is in force at once, by a new access token', async () => {
    await page.getByRole('button', { name: 'admin', exact: true }).click()
    await page.locator('#door[data-open=true]').waitFor()
    await expect.poll(textOf('#door'), patience).toContain('open')
    await expect.poll(textOf('#door'), patience).toContain('claims version 2')
    await expect.poll(textOf('#rights-result'), patience).toContain('version 1 of your claims are refused')
    await expect.poll(textOf('#rights-result'), patience).toContain('the door was open')
    await page.getByRole('button', { name: 'member', exact: true }).click()
    await page.locator('#door[data-open=false]').waitFor()
    await expect.poll(textOf('#door'), patience).toContain('claims version 3')
  })

  test('two tabs that refresh together get the same token', async () => {
    await page.getByRole('button', { name: 'Refresh twice at once' }).click()
    await expect.poll(textOf('#tabs-result'), patience).toContain('was given generation')
    await expect.poll(textOf('#tabs-result'), patience).toContain('was handed the same generation')
    await expect.poll(textOf('#tabs-result'), patience).toContain('the very same token')
    const digests = await page.locator('#tabs-result code').allTextContents()
    expect(digests).toHaveLength(2)
    expect(digests[0]).toMatch(/^#[0-9a-f]{8}$/)
    expect(digests[1]).toBe(digests[0])
  })

  test('a lost answer signs nobody out', async () => {
    await current().waitFor()
    const before = await generation()
    await page.getByRole('button', { name: 'Lose an answer' }).click()
    await expect.poll(textOf('#lost-result'), patience).toContain(`you still hold generation ${before}`)
    await page.locator('.bead[data-kind=pending]').waitFor()
    await expect
      .poll(textOf('#lost-result'), patience)
      .toContain(`you are handed generation ${before + 1} again`)
    expect(await event('session.ended').count()).toBe(0)
  })

  test('a session on another device is seen, and ended from here', async () => {
    const other = await openPage(browser, demo.url)
    await signIn(other.page, 'Ada')
    await page.locator('#device-list li').nth(1).waitFor()
    await page.getByRole('button', { name: /^End the session on Chrome/ }).click()
    await other.page.getByText('You ended this session from another device.').first().waitFor()
    await page.locator('#device-list li').nth(1).waitFor({ state: 'detached' })
    expect(other.faults).toEqual({ errors: [], requests: [] })
    await other.page.context().close()
  })

  test('nobody sees the events of somebody else', async () => {
    const other = await openPage(browser, demo.url)
    await signIn(other.page, 'Linus')
    const before = await event('session.replayed').count()
    await other.page.getByRole('button', { name: 'Refresh twice at once' }).click()
    await other.page.locator('.event[data-type="session.replayed"]').waitFor()
    expect(await event('session.replayed').count()).toBe(before)
    await other.page.context().close()
  })

  test('it works on a phone, and without a mouse', async () => {
    const phone = await openPage(browser, demo.url, { viewport: { width: 360, height: 740 } })
    await phone.page.getByRole('button', { name: 'Sign in as Grace ' }).focus()
    await phone.page.keyboard.press('Enter')
    await phone.page.locator('#session-title:focus').waitFor()
    await phone.page.locator('#stream[data-stream=live]').waitFor()
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(phone.faults).toEqual({ errors: [], requests: [] })
    await phone.page.context().close()
  })

  test('the page of somebody signed in is accessible in both themes', async () => {
    expect(await violations()).toEqual([])
  })

  test('a thief who comes back after the owner went on is caught, and both are out', async () => {
    await page.getByRole('button', { name: 'Steal it: you go on first' }).click()
    await page.getByText('Caught.').waitFor({ timeout: 30_000 })
    await expect.poll(textOf('#story'), patience).toContain('401 session_reused')
    await expect.poll(textOf('#story'), patience).toContain('401 session_unknown')
    await expect.poll(textOf('#why'), patience).toContain('A copy of your session token was presented')
    await event('session.reused').locator('.word', { hasText: 'Alarm' }).waitFor()
    await expect
      .poll(textOf('.event[data-type="session.reused"]'), patience)
      .toContain('The thief came with it')
    await page.locator('.bead[data-kind=copy] .holder-thief').waitFor()
    expect(await violations()).toEqual([])
  })

  test('a new sign-in leaves the thief outside', async () => {
    await page.getByRole('button', { name: 'Sign in again as Ada' }).click()
    await expect.poll(textOf('#story'), patience).toContain('The thief tries the door, and is nobody.')
    await expect.poll(textOf('#verdict'), patience).toContain('The thief’s copy opens nothing.')
    await page.locator('#stream[data-stream=live]').waitFor()
  })

  test('a thief who is faster than the owner is caught when the owner comes back', async () => {
    await page.getByRole('button', { name: 'Steal it: the thief is faster' }).click()
    await expect
      .poll(textOf('#story'), patience)
      .toContain('The thief refreshes and holds generation 2, one ahead of you.')
    await page.getByText('Caught.').waitFor({ timeout: 30_000 })
    await expect
      .poll(textOf('.event[data-type="session.reused"]'), patience)
      .toContain('Your browser came with it')
    await page.getByRole('button', { name: 'Sign in again as Ada' }).click()
    await expect.poll(textOf('#verdict'), patience).toContain('You have signed in again')
    await page.locator('#stream[data-stream=live]').waitFor()
  })

  test('signing out everywhere ends every session of the person', async () => {
    await page.getByRole('button', { name: 'Add a phone' }).click()
    await page.locator('#device-list').getByText("Ada's phone").waitFor()
    const other = await openPage(browser, demo.url)
    await signIn(other.page, 'Ada')
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await expect.poll(textOf('#why'), patience).toContain('You signed out here.')
    await other.page.getByText('You are signed out.').waitFor()
    await other.page.context().close()
    await signIn(page, 'Grace')
    await expect.poll(textOf('#caller'), patience).toContain('Grace admin')
    await page.locator('#device-list').getByText('this one').waitFor()
  })

  test('the page keeps to itself, and only the refusals that it shows were errors', () => {
    expect(faults.requests).toEqual([])
    const shown =
      /^Failed to load resource: (the server responded with a status of 401 \(Unauthorized\) \/session(\/refresh)?|net::ERR_\w+ \/session\/refresh)$/
    expect(faults.errors.filter((error) => !shown.test(error))).toEqual([])
    expect(faults.errors).toHaveLength(3)
    expect(bodies.length).toBeGreaterThan(20)
    expect(bodies.filter((body) => /sj_[\w-]{20}|eyJ[\w-]{20}/.test(body))).toEqual([])
  })
})
