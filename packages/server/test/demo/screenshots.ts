// Takes the pictures for the README and the guide: `node packages/server/test/demo/screenshots.ts`. They show the demo
// with its own lifetimes, in the middle of things.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { BrowserContextOptions, Page } from 'playwright-core'

import { openBrowser, openPage, signIn, startDemo } from './support.ts'

const folder = new URL('../../../../docs/images/', import.meta.url)

mkdirSync(folder, { recursive: true })
const demo = await startDemo()
const browser = await openBrowser()
try {
  await take('demo-light', { colorScheme: 'light', viewport: { width: 1280, height: 1120 } }, theftBegins)
  await take('demo-dark', { colorScheme: 'dark', viewport: { width: 1280, height: 1120 } }, lostAnswer)
  await take('demo-thief', { colorScheme: 'light', viewport: { width: 1280, height: 1240 } }, theft)
  await take(
    'demo-phone',
    { colorScheme: 'dark', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
    theftBegins,
  )
} finally {
  await browser.close()
  await demo.stop()
}

async function take(
  name: string,
  options: BrowserContextOptions,
  story: (page: Page) => Promise<void>,
): Promise<void> {
  const { page } = await openPage(browser, demo.url, options)
  await signIn(page, 'Ada')
  await story(page)
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) })
  await page.context().close()
  console.log(`docs/images/${name}.png`)
}

/** Several generations, and a thief with a copy of the last but one. */
async function theftBegins(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Refresh twice at once' }).click()
  await page.locator('#tabs-result .verdict').waitFor()
  await page.getByRole('button', { name: 'admin', exact: true }).click()
  await page.locator('#door[data-open=true]').waitFor()
  await page.evaluate(() => document.querySelector<HTMLElement>('#owner-first')?.click())
  await page.locator('.waiting').waitFor()
  await toTop(page)
}

/** While the server waits for the owner to be seen with the new generation. */
async function lostAnswer(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Refresh twice at once' }).click()
  await page.locator('#tabs-result .verdict').waitFor()
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
  // Without the mouse, which would scroll to the button.
  await page.evaluate(() => document.querySelector<HTMLElement>('#lost-control button')?.click())
  await page.locator('.bead[data-kind=pending]').waitFor()
  await page.waitForTimeout(700)
}

async function theft(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Steal it: you go on first' }).click()
  const verdict = page.getByText('Caught.')
  await verdict.waitFor()
  await page.locator('#sign-in-again').waitFor()
  await page.mouse.move(0, 0)
  await page.waitForTimeout(1500)
}

async function toTop(page: Page): Promise<void> {
  await page.mouse.move(0, 0)
  await page.waitForTimeout(700)
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
  await page.waitForTimeout(500)
}
