// Takes the picture for the guide: `node packages/sojourn/test/browser/devices-screenshots.ts`. Another folder as its
// argument gets all of them: light, dark, a phone, and what is asked.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { BrowserContextOptions, Page } from 'playwright-core'

import type { Client } from '../../src/client.ts'
import { openDevices, openDevicesSite, passFreshness, signInElsewhere } from './devices-site.ts'

const [folder] = process.argv.slice(2)
const docs = fileURLToPath(new URL('../../../../docs/images/', import.meta.url))
const wide = { width: 760, height: 610 }

const site = await openDevicesSite()
await signInElsewhere(site)
try {
  await take('your-devices', { colorScheme: 'light', viewport: wide }, folder ?? docs)
  if (folder !== undefined) {
    await take('dark', { colorScheme: 'dark', viewport: wide }, folder)
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }
    await take('phone', { ...phone, colorScheme: 'light' }, folder, async (page) => {
      await page.getByRole('button', { name: 'Sign out all other devices' }).click()
    })
    await take('proof', { colorScheme: 'dark', viewport: wide }, folder, async (page) => {
      await passFreshness(site, page)
      await page.getByRole('button', { name: /^Sign out: Safari/ }).click()
      await page.getByRole('alert').waitFor()
    })
    await take('done', { colorScheme: 'light', ...phone }, folder, async (page) => {
      await page.getByRole('button', { name: /^Sign out: Safari/ }).click()
      await page.getByText('Signed out: Safari').waitFor()
    })
  }
} finally {
  await site.close()
}

async function take(
  name: string,
  options: BrowserContextOptions,
  to: string,
  story?: (page: Page) => Promise<void>,
): Promise<void> {
  const { page, faults } = await openDevices(site, options)
  await story?.(page)
  await page.screenshot({ path: join(to, `${name}.png`) })
  await page.evaluate(() => (globalThis as unknown as { client: Client }).client.signOut())
  await page.context().close()
  console.log(join(to, `${name}.png`), faults.join('; '))
}
