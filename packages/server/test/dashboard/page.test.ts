// The dashboard in a real browser, as an operator goes through it: every page, with the eyes of axe, by keyboard, and on a
// phone.

import { readFileSync } from 'node:fs'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBrowser, type Faults } from '../demo/support.ts'
import { apiKey, type TestServer } from '../support/server.ts'
import { letTimePass } from './operator.ts'
import {
  forgive,
  goTo,
  openDashboardIn,
  openSignIn,
  signInPerson,
  signInTo,
  startDashboard,
  violations,
} from './support.ts'

let server: TestServer
let browser: Browser
let page: Page
let faults: Faults
let ada: { readonly id: string; readonly refreshToken: string }

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDashboard(), openBrowser()])
  ada = await signInPerson(server, 'ada', {
    tenant: 'acme',
    claims: { role: 'admin' },
    device: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0' },
  })
  await signInPerson(server, 'ada', { device: { label: 'Phone of Ada' } })
  for (let number = 0; number < 60; number++)
    await signInPerson(server, `person-${String(number).padStart(2, '0')}`)
  ;({ page, faults } = await openSignIn(browser, `${server.url}/dashboard`))
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const heading = (name: string) => page.getByRole('heading', { level: 1, name })
const row = (name: string | RegExp) => page.getByRole('row', { name })

describe('an operator', { timeout: 180_000 }, () => {
  test('is told when a key is none, and gets in with one', async () => {
    await heading('Sign in to the dashboard').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('API key').fill('sjk_nope')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This API key is not known, or not good any more.').waitFor()
    forgive(faults, /401 .*\/dashboard\/sign-in$/)
    await signInTo(page)
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)
  })

  test('sees the numbers of now, charts with their numbers in words, and what happens as it happens', async () => {
    const tile = page.getByRole('listitem').filter({ hasText: 'Live sessions' })
    await tile.getByText('62', { exact: true }).waitFor()
    const chart = page.getByRole('img', {
      name: /^Sign-ins and refreshes over the last hour: .*Sign-ins 62 in all/,
    })
    await chart.waitFor()
    await page.getByText('Numbers', { exact: true }).first().click()
    await page.getByRole('region', { name: 'Numbers of the chart' }).getByRole('row').nth(1).waitFor()
    await page.getByText('live', { exact: true }).waitFor()
    await signInPerson(server, 'radia')
    await page.getByRole('link', { name: 'radia' }).waitFor()
    await page.getByRole('button', { name: 'Last day' }).click()
    await page.getByText('each 5 min').first().waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('finds a session among many: sorted, page by page, searched', async () => {
    await goTo(page, 'Sessions')
    // Whoever has just signed in shows half a second later.
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Refresh' }).click()
        return page.getByText('1–50 of 63 sessions').isVisible()
      })
      .toBe(true)
    await page.getByRole('button', { name: 'Subject' }).click()
    await page.locator('th[aria-sort=descending]', { hasText: 'Subject' }).waitFor()
    await page.getByRole('button', { name: 'Subject' }).click()
    await page.locator('th[aria-sort=ascending]', { hasText: 'Subject' }).waitFor()
    expect(await page.getByRole('row').nth(1).textContent()).toContain('ada')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('51–63 of 63 sessions').waitFor()
    await page.getByLabel('Search').fill('ACME')
    await page.getByText('1–1 of 1 sessions').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Search').fill('nobody at all')
    await page.getByText('No session fits that.').waitFor()
    await page.getByRole('button', { name: 'Show all sessions' }).click()
    await page.getByText('of 63 sessions').waitFor()
  })

  test('reads one session: facts, device, claims, other devices, and what happened', async () => {
    await page.goto(`${server.url}/dashboard/sessions/${ada.id}`)
    await heading('ada').waitFor()
    await page.getByText('Firefox on Linux').first().waitFor()
    await page.getByRole('region', { name: 'Claims as JSON' }).getByText('"role": "admin"').waitFor()
    await row(/Phone of Ada/).waitFor()
    await page.getByText(/^Began for ada/).waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('ends a session: is asked first, then for the key, and sees why it ended', async () => {
    await letTimePass(server, 6)
    // Without its access token, which still says when the key was shown.
    await page.context().clearCookies({ name: 'dashboard-access' })
    await page.getByRole('button', { name: 'End this session' }).click()
    const question = page.getByRole('alertdialog', { name: 'End this session?' })
    await question.waitFor()
    expect(await violations(page)).toEqual([])
    await question.getByRole('button', { name: 'End it' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.waitFor()
    expect(await violations(page)).toEqual([])
    await proof.getByLabel('API key').fill(apiKey)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Revoked', { exact: true }).waitFor()
    await page.getByText('It does not live any more.').waitFor()
    expect((await server.backend('GET', `/v1/sessions/${ada.id}`)).status).toBe(404)
    forgive(faults, /(401|404) .*\/dashboard\/api\/sessions\//)
  })

  test('signs a subject out everywhere', async () => {
    await goTo(page, 'Subjects')
    await page.getByLabel('Search').fill('ada')
    await page.getByRole('link', { name: 'ada', exact: true }).click()
    await heading('ada').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByText('Signed in nowhere.').waitFor()
    const left = (await server.backend('GET', '/v1/sessions?subject=ada')).json()
    expect(left['items']).toEqual([])
  })

  test('saves all that is kept about a subject as a file, as the API gives it', async () => {
    await page.goto(`${server.url}/dashboard/subjects/radia`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('subject.json')
    const kept = JSON.parse(readFileSync(await download.path(), 'utf8')) as Record<string, unknown>
    const { subject, sessions } = (await server.backend('GET', '/v1/subjects/radia/export')).json()
    expect(kept).toMatchObject({ subject, sessions, counts: { sessions: 1 } })
  })

  test('erases a subject: is told what goes, types the name, shows the key, and reads what is gone', async () => {
    await letTimePass(server, 6)
    await page.context().clearCookies({ name: 'dashboard-access' })
    await page.getByRole('button', { name: 'Erase' }).click()
    const question = page.getByRole('alertdialog', { name: 'Erase radia?' })
    await question.getByText('This cannot be undone.').waitFor()
    const act = question.getByRole('button', { name: 'Erase for good' })
    const name = question.getByLabel('To confirm, type radia')
    expect(await act.isDisabled()).toBe(true)
    await name.fill('radi')
    expect(await act.isDisabled()).toBe(true)
    expect(await violations(page)).toEqual([])
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    expect((await server.backend('GET', '/v1/sessions?subject=radia')).json()['items']).toHaveLength(1)
    await page.getByRole('button', { name: 'Erase' }).click()
    // What was typed before counts for nothing.
    expect(await name.inputValue()).toBe('')
    await name.fill('radia')
    await act.click()
    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByLabel('API key').fill(apiKey)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText(/^Gone: sessions 1, .*lines of the audit trail [1-9]/).waitFor()
    await page.getByText('Signed in nowhere.').waitFor()
    expect(await violations(page)).toEqual([])
    const left = (await server.backend('GET', '/v1/subjects/radia/export')).json()
    expect(left['counts']).toEqual({ sessions: 0, others: 0, audit: 0 })
    forgive(faults, /401 .*\/dashboard\/api\/subjects\/radia$/)
  })

  test('rotates the keys, and sees the next one', async () => {
    await goTo(page, 'Keys')
    await row(/ Signs ES256/).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate' }).click()
    await row(/ Next ES256/).waitFor()
    expect((await server.backend('GET', '/v1/keys')).json()['items']).toHaveLength(2)
  })

  test('reads the trail, filters it, verifies it, and follows it', async () => {
    await goTo(page, 'Audit trail')
    await row(/Key published/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Show earlier ones' }).click()
    await page.getByRole('row').nth(60).waitFor()
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText('Intact:').waitFor()
    await page.getByLabel('What').selectOption('session.ended')
    await row(/Ended session\.ended ada/)
      .first()
      .waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Follow live' }).click()
    await page.getByText('live', { exact: true }).waitFor()
    await server.backend('DELETE', '/v1/subjects/person-07/sessions')
    await row(/^new .*person-07/).waitFor()
  })

  test('sees the store and the doctor’s table, and sweeps', async () => {
    await goTo(page, 'Health')
    await row(/pass JWTs that expire/).waitFor()
    expect(await page.getByRole('row', { name: /^(pass|fail|not seen)/ }).count()).toBe(29)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Sweep now' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sweep' }).click()
    await page.getByText(/0 removed in/).waitFor()
  })

  test('is told what is wrong when the server does not answer, and goes on when it does', async () => {
    await page.route('**/dashboard/api/keys', (route) => route.abort())
    await goTo(page, 'Keys')
    await page.reload()
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
    expect(await violations(page)).toEqual([])
    await page.unroute('**/dashboard/api/keys')
    await page.getByRole('button', { name: 'Try again' }).click()
    await row(/ Signs ES256/).waitFor()
    forgive(faults, /ERR_FAILED .*\/dashboard\/api\/keys$/)
  })

  test('signs out, and is out in every tab', async () => {
    const second = await page.context().newPage()
    await second.goto(`${server.url}/dashboard/health`)
    await second.getByRole('heading', { level: 1, name: 'Health' }).waitFor()
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('You have signed out.').waitFor()
    await second.getByLabel('API key').waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  test('R220 has seen no error, no violation of the policy, and no request to anybody else', () => {
    expect(faults).toEqual({ errors: [], requests: [] })
  })
})

describe('a keyboard', { timeout: 180_000 }, () => {
  test('reaches everything, skips what is the same on every page, and is held in a dialog', async () => {
    const { page: first } = await openDashboardIn(browser, server)
    // A tab in which nobody has clicked.
    const own = await first.context().newPage()
    const focused = (): Promise<string> => own.evaluate(() => document.activeElement?.textContent ?? '')
    await own.goto(`${server.url}/dashboard`)
    await own.getByText('Look through them').waitFor()
    await own.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the page')
    await own.keyboard.press('Enter')
    expect(await own.evaluate(() => document.activeElement?.id)).toBe('main')
    await own.keyboard.press('Tab')
    expect(await focused()).toBe('Last hour')
    const outline = await own.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    expect(outline).toBe('solid')
    await goTo(own, 'Keys')
    // A new page begins at its top.
    expect(await own.evaluate(() => document.activeElement?.id)).toBe('main')
    // Somebody who holds the key down presses it several times before the next frame is drawn.
    await own.getByRole('button', { name: 'Rotate' }).focus()
    const seen = await own.evaluateHandle(() => {
      const texts: string[] = []
      addEventListener('focusin', () => texts.push(document.activeElement?.textContent ?? ''))
      return texts
    })
    const presses = [
      'Enter',
      ...Array.from({ length: 12 }, (_, press) => (press % 4 === 3 ? 'Shift+Tab' : 'Tab')),
    ]
    await Promise.all(presses.map((key) => own.keyboard.press(key)))
    await own.getByRole('alertdialog').waitFor()
    expect([...new Set(await seen.jsonValue())].toSorted()).toEqual(['Cancel', 'Rotate'])
    expect(await own.evaluate(() => document.activeElement?.closest('[role=alertdialog]') !== null)).toBe(
      true,
    )
    await own.keyboard.press('Escape')
    await own.getByRole('alertdialog').waitFor({ state: 'detached' })
    expect(await focused()).toBe('Rotate')
    await own.context().close()
  })
})

describe('a phone', { timeout: 180_000 }, () => {
  test('shows every page without scrolling sideways', async () => {
    const { page: own } = await openDashboardIn(browser, server, { viewport: { width: 390, height: 844 } })
    for (const name of ['Sessions', 'Subjects', 'Keys', 'API keys', 'Audit trail', 'Health', 'Overview']) {
      await own.getByRole('button', { name: 'Menu' }).click()
      await own.getByRole('dialog').getByRole('link', { name, exact: true }).click()
      await own.getByRole('heading', { level: 1, name }).waitFor()
      await own.locator('.skeleton').first().waitFor({ state: 'detached' })
      const [width, room] = await own.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect([name, width]).toEqual([name, room])
    }
    // The rows of tables are cards here.
    await own.goto(`${server.url}/dashboard/sessions?text=person-01`)
    await own.getByRole('row').nth(1).waitFor()
    expect(await violations(own)).toEqual([])
    await own.context().close()
  })
})

describe('an operator with a key that may only look', { timeout: 180_000 }, () => {
  test('is offered nothing that it may not do', async () => {
    const { storedApiKeys } = await import('../../src/apikeys/stored-api-keys.ts')
    const keys = storedApiKeys({
      store: server.store.store,
      issuer: 'http://localhost',
      environment: 'test',
      clock: () => Date.now(),
    })
    const { key } = await keys.create({ role: 'read', name: 'reports' })
    const { page: own } = await openSignIn(browser, `${server.url}/dashboard/keys`)
    await own.getByLabel('API key').fill(key)
    await own.getByRole('button', { name: 'Sign in' }).click()
    await own.getByRole('row', { name: / Signs ES256/ }).waitFor()
    await own.getByText('read', { exact: true }).waitFor()
    expect(await own.getByRole('button', { name: 'Rotate' }).isDisabled()).toBe(true)
    expect(await own.getByRole('button', { name: 'A key was stolen' }).isDisabled()).toBe(true)
    await own.goto(`${server.url}/dashboard/subjects/person-01`)
    await own.getByRole('heading', { level: 1, name: 'person-01' }).waitFor()
    for (const name of ['Sign out everywhere', 'Export', 'Erase'])
      expect([name, await own.getByRole('button', { name }).isDisabled()]).toEqual([name, true])
    await own.context().close()
  })
})
