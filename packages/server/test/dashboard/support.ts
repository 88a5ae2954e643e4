// The dashboard of a server in this process, with people signed in, and a browser in front of it.

import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { openPage, type Faults } from '../demo/support.ts'
import { apiKey, startServer, type TestServer } from '../support/server.ts'
import type { SettingName } from '../../src/settings-table.ts'

/** A server whose page a browser reaches over plain HTTP on this machine, as a developer's. */
export function startDashboard(said: Partial<Record<SettingName, unknown>> = {}): Promise<TestServer> {
  return startServer({ said: { issuer: 'http://localhost', ...said } })
}

/** Signs somebody in to the application; resolves to what the backend is told. */
export async function signInPerson(
  server: TestServer,
  subject: string,
  more: object = {},
): Promise<{ readonly id: string; readonly refreshToken: string }> {
  const told = await server.backend('POST', '/v1/sessions', { json: { subject, profile: 'bearer', ...more } })
  const { session, refreshToken } = told.json()
  return { id: (session as { id: string }).id, refreshToken: String(refreshToken) }
}

/** Signs in to the dashboard, as a person does. */
export async function signInTo(page: Page, key = apiKey): Promise<void> {
  await page.getByLabel('API key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
}

/** The sign-in, for a visitor: Chromium tells in its console that there is no session (401), and that is not an error. */
export async function openSignIn(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly faults: Faults }> {
  const opened = await openPage(browser, url, options)
  opened.page.setDefaultTimeout(30_000)
  await opened.page.getByLabel('API key').waitFor()
  forgive(opened.faults, /401 .*\/dashboard\/session$/)
  return opened
}

/** Takes the errors of refusals that a test has wanted out of the faults. */
export function forgive(faults: Faults, wanted: RegExp): void {
  const others = faults.errors.filter((error) => !wanted.test(error))
  faults.errors.splice(0, faults.errors.length, ...others)
}

/** A page of the dashboard with somebody signed in. */
export async function openDashboardIn(
  browser: Browser,
  server: TestServer,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly faults: Faults }> {
  const opened = await openSignIn(browser, `${server.url}/dashboard`, options)
  await signInTo(opened.page)
  return opened
}

/** Goes to a place within the dashboard without loading it anew, and waits until it shows. */
export async function goTo(page: Page, link: string, heading: string | RegExp = link): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages', exact: true })
    .getByRole('link', { name: link, exact: true })
    .click()
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
}

/** What axe finds wrong, in light, and in dark as far as colours go; nothing is the good answer. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  const light = await new AxeBuilder({ page }).analyze()
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  const dark = await new AxeBuilder({ page }).withRules('color-contrast').analyze()
  return [...light.violations, ...dark.violations].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  )
}
