// Takes the pictures for the README and the guide: `node packages/server/test/dashboard/screenshots.ts [folder]`. They show a
// server with a few hundred people, some of whom have just come, gone, or been robbed.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import type { BrowserContextOptions, Page } from 'playwright-core'

import { openBrowser } from '../demo/support.ts'
import { goTo, openDashboardIn, startDashboard } from './support.ts'
import { peopleAtWork } from './people.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, '../../../../docs/images')
// Those that the guide shows; a folder of one's own gets all of them.
const inGuide = new Set(['overview-light', 'ended-light'])

mkdirSync(folder, { recursive: true })
const server = await startDashboard({ overlap: '1s', environment: 'staging' })
const browser = await openBrowser()
const work = await peopleAtWork(server)
await server.backend('POST', '/v1/keys/rotate', { json: {} })
// Charts without a past show nothing.
await pause(120_000)
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    await walk(colorScheme, { colorScheme, viewport: { width: 1360, height: 900 } })
    await walk(`phone-${colorScheme}`, {
      colorScheme,
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
    })
  }
} finally {
  work.stop()
  await browser.close()
  await server.stop()
}

async function walk(name: string, options: BrowserContextOptions): Promise<void> {
  const { page } = await openDashboardIn(browser, server, options)
  const isPhone = (options.viewport?.width ?? 0) < 500
  const at = async (link: string, heading?: string): Promise<void> => {
    if (isPhone) await page.goto(`${server.url}/dashboard${heading ?? ''}`)
    else await goTo(page, link)
  }
  await page.getByText('Look through them').waitFor()
  await page.locator('.events li').nth(3).waitFor()
  await take(page, `overview-${name}`)
  await at('Sessions', '/sessions')
  await page.getByRole('row').nth(4).waitFor()
  await take(page, `sessions-${name}`)
  await page.goto(`${server.url}/dashboard/sessions/${work.robbed}`)
  await page.locator('.timeline li').first().waitFor()
  await take(page, `ended-${name}`)
  await page.goto(`${server.url}/dashboard/sessions/${work.busy}`)
  await page.locator('.timeline li').first().waitFor()
  await take(page, `session-${name}`)
  await at('Subjects', '/subjects')
  await page.getByRole('row').nth(4).waitFor()
  await take(page, `subjects-${name}`)
  await at('Keys', '/keys')
  await page.getByRole('row').nth(1).waitFor()
  await take(page, `keys-${name}`)
  await page.getByRole('button', { name: 'A key was stolen' }).click()
  await page.getByRole('alertdialog').waitFor()
  await take(page, `dialog-${name}`)
  await page.keyboard.press('Escape')
  await at('Audit trail', '/audit')
  await page.getByRole('row').nth(4).waitFor()
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText('Intact').waitFor()
  await take(page, `audit-${name}`)
  await at('Health', '/health')
  await page.getByRole('row').nth(4).waitFor()
  await take(page, `health-${name}`)
  if (isPhone) {
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('dialog').waitFor()
    await take(page, `menu-${name}`)
    await page.keyboard.press('Escape')
  }
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('API key').waitFor()
  await take(page, `sign-in-${name}`)
  await page.context().close()
}

async function take(page: Page, name: string): Promise<void> {
  if (process.argv[2] === undefined && !inGuide.has(name)) return
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(folder, `dashboard-${name}.png`) })
  console.log(`dashboard-${name}.png`)
}
