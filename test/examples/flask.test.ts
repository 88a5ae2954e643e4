import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { has, program } from '../../tools/services.mjs'
import { exampleStory } from './story.ts'
import { startBoth, type Launch, type Running } from './support.ts'

const isHere = has('python3-flask') && has('python3-jwt') && has('python3-cryptography')
// Debian's interpreter, which has Debian's Flask.
const flask: Launch = { folder: 'flask', command: '/usr/bin/python3', args: () => ['app.py'] }

exampleStory('Flask', isHere, flask)

describe.skipIf(!isHere || !has('chromium'))(
  'the example for Flask in a browser',
  { timeout: 120_000 },
  () => {
    let browser: Browser
    let running: Running
    beforeAll(async () => {
      running = await startBoth(flask, true)
      const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
      browser = await chromium.launch({ executablePath: program('chromium') ?? '', args })
    })
    afterAll(async () => {
      await browser?.close()
      await running?.stop()
    })

    /** A device of ada, who had wanted to see her account. */
    async function signedIn(): Promise<Page> {
      const page = await (await browser.newContext({ baseURL: running.url })).newPage()
      await page.goto('/account')
      await page.getByLabel('Name').fill('ada')
      await page.getByLabel('Password').fill('analytical engine')
      await expectUsable(page)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Signed in as ada, admin').waitFor()
      return page
    }

    it('signs in, sends forms, refreshes unnoticed, and is signed out from another device', async () => {
      const page = await signedIn()
      expect(new URL(page.url()).pathname).toBe('/account')
      await expectUsable(page)
      await page.getByLabel('New note').fill('tea')
      await page.getByRole('button', { name: 'Write' }).click()
      await page.getByText('Note: tea').waitFor()
      await page.context().clearCookies({ name: 'access' })
      await page.reload()
      await page.getByText('Note: tea').waitFor()
      const cookies = await page.context().cookies()
      expect(cookies.filter(({ name, httpOnly }) => httpOnly && name === 'access')).toHaveLength(1)
      const other = await signedIn()
      await other.getByRole('button', { name: 'Sign out everywhere' }).click()
      await other.getByRole('link', { name: 'Sign in' }).waitFor()
      await page.getByRole('link', { name: 'Your devices' }).click()
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
    })
  },
)

async function expectUsable(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
}
