import { chromium } from 'playwright-core'
import { expect, it } from 'vitest'

import { has } from '../../../tools/services.mjs'
import { start } from '../../walk.ts'

it.skipIf(!has('chromium'))(
  'people sign in, keep notes, and sign out in all tabs',
  { timeout: 120_000 },
  async () => {
    const app = await start(process.execPath, ['src/main.ts'], { cwd: `${import.meta.dirname}/..` })
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    })
    try {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(app.url)
      await page.getByText('Please sign in.').waitFor()
      await page.getByLabel('Name').fill('anna')
      await page.getByLabel('Password').fill('anna likes tea')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Signed in as p1.').waitFor()
      await page.getByLabel('Note').fill('buy <b>tea</b>')
      await page.getByRole('button', { name: 'Keep' }).click()
      await page.getByText('buy <b>tea</b>').waitFor()
      const other = await context.newPage()
      await other.goto(app.url)
      await other.getByText('buy <b>tea</b>').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await other.getByText('You have signed out.').waitFor()
      expect(await other.getByRole('listitem').count()).toBe(0)
    } finally {
      await browser.close()
      await app.stop()
    }
  },
)
