// The page of API keys, in a real browser.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { storedApiKeys, type StoredApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { openBrowser } from '../demo/support.ts'
import type { TestServer } from '../support/server.ts'
import {
  forgive,
  goTo,
  openDashboardIn,
  openSignIn,
  signInTo,
  startDashboard,
  violations,
} from './support.ts'

let server: TestServer
let browser: Browser
let keys: StoredApiKeys

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDashboard(), openBrowser()])
  keys = storedApiKeys({
    store: server.store.store,
    issuer: 'http://localhost',
    environment: 'test',
    clock: () => Date.now(),
  })
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('the page of API keys', { timeout: 180_000 }, () => {
  test('lists them without the keys, and takes one back', async () => {
    const { page, faults } = await openDashboardIn(browser, server)
    await goTo(page, 'API keys')
    await page.getByText('There are no API keys in the store.').waitFor()
    const { key, info } = await keys.create({ role: 'manage', name: '<b>billing</b>' })
    await keys.create({ role: 'read', name: 'reports' })
    await page.reload()
    const row = page.getByRole('row', { name: /^<b>billing<\/b>/ })
    await row.getByText(info.id).waitFor()
    await row.getByText('manage', { exact: true }).waitFor()
    expect(await page.content()).not.toContain(key)
    expect(await violations(page)).toEqual([])
    await row.getByRole('button', { name: 'Revoke' }).click()
    const question = page.getByRole('alertdialog', { name: 'Revoke <b>billing</b>?' })
    expect(await question.getByText('You have signed in with it').count()).toBe(0)
    expect(await violations(page)).toEqual([])
    await question.getByRole('button', { name: 'Revoke it' }).click()
    await row.waitFor({ state: 'detached' })
    expect((await keys.list()).map(({ name }) => name)).toEqual(['reports'])
    const headers = { authorization: `Bearer ${key}` }
    expect((await server.backend('GET', '/v1/apikeys', { headers })).status).toBe(401)
    expect(faults).toEqual({ errors: [], requests: [] })
    await page.context().close()
  })

  test('says which key is yours; without it you are out', async () => {
    const { key } = await keys.create({ role: 'manage', name: 'Ada' })
    const { page, faults } = await openSignIn(browser, `${server.url}/dashboard`)
    await signInTo(page, key)
    await goTo(page, 'API keys')
    await page
      .getByRole('row', { name: /^Ada Yours/ })
      .getByRole('button', { name: 'Revoke' })
      .click()
    await page.getByText('You have signed in with it').waitFor()
    await page.getByRole('button', { name: 'Revoke it' }).click()
    await page.getByLabel('API key').waitFor()
    forgive(faults, /401 .*\/dashboard\//)
    expect(faults).toEqual({ errors: [], requests: [] })
    await page.context().close()
  })

  test('offers whoever may only look nothing but looking', async () => {
    const { key } = await keys.create({ role: 'read', name: 'looks' })
    const { page } = await openSignIn(browser, `${server.url}/dashboard`)
    await signInTo(page, key)
    await goTo(page, 'API keys')
    await page.getByRole('row', { name: /^looks Yours/ }).waitFor()
    for (const button of await page.getByRole('button', { name: 'Revoke' }).all())
      expect(await button.isDisabled()).toBe(true)
    await page.context().close()
  })
})
