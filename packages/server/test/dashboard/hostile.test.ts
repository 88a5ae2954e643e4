// What a client says of itself, on the pages of an operator: text, whatever it looks like.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBrowser, type Faults } from '../demo/support.ts'
import type { TestServer } from '../support/server.ts'
import { openDashboardIn, signInPerson, startDashboard } from './support.ts'

const naughty = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/naughty-strings/blns.json'), 'utf8'),
) as readonly string[]

const payloads = [
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "'-alert(1)-'",
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '{{constructor.constructor("alert(1)")()}}',
  '<style>@import "https://evil.example/x.css"</style>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '__proto__',
]

const forged = 'evil\r\n{"event":"session.created"}\u001B[2J\u202Etxt\u2028'

let server: TestServer
let browser: Browser
let page: Page
let faults: Faults
const dialogs: string[] = []
const hostile = new Map<string, string>()

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDashboard(), openBrowser()])
  for (const text of [...payloads, forged]) {
    const { id } = await signInPerson(server, text.replaceAll(/\p{Cc}/gu, ''), {
      tenant: text.replaceAll(/\p{Cc}/gu, ''),
      claims: { text },
      data: { text },
      device: { label: text, userAgent: text, ip: text.slice(0, 64) },
    })
    hostile.set(text, id)
  }
  const [odd] = await Promise.all(
    naughty.map((text) =>
      signInPerson(server, 'blns', { device: { label: text.slice(0, 500), userAgent: text.slice(0, 4000) } }),
    ),
  )
  if (odd) hostile.set('blns', odd.id)
  ;({ page, faults } = await openDashboardIn(browser, server))
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function show(path: string, heading?: string): Promise<void> {
  await page.goto(`${server.url}/dashboard${path}`)
  await page
    .getByRole('heading', { level: 1, ...(heading === undefined ? {} : { name: heading, exact: true }) })
    .waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}

/** Elements and addresses that only a payload could have brought. */
function foreign(): Promise<readonly string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'iframe, object, embed, base, meta[http-equiv], style, img, [onerror], [onload], a[href^="javascript:"]',
      ),
      ...document.querySelectorAll('script:not([src^="/dashboard/assets/"])'),
    ].map((element) => element.outerHTML),
  )
}

describe('R220 A102 R202 what a device calls itself', { timeout: 180_000 }, () => {
  test('is text on the page of its session, to the letter', async () => {
    for (const text of payloads) {
      await show(`/sessions/${hostile.get(text)}`, text)
      const told = await page.locator('main').textContent()
      expect(told?.split(text).length).toBeGreaterThan(4)
      expect(await foreign()).toEqual([])
    }
  })

  test('is text in every list, in the trail, and as it happens', async () => {
    for (const path of ['/sessions', '/subjects', '/audit', '/audit?type=session.created']) {
      await show(path)
      await page.getByRole('row').nth(5).waitFor()
      expect(await foreign()).toEqual([])
    }
    await show('/')
    await page.getByText('live', { exact: true }).waitFor()
    await signInPerson(server, payloads[0]!, { device: { label: payloads[1]!, userAgent: payloads[3]! } })
    await page.getByRole('link', { name: payloads[0]!, exact: true }).waitFor()
    expect(await foreign()).toEqual([])
  })

  test('R202 shows its line breaks, escapes and turned text as what they are', async () => {
    await show(`/sessions/${hostile.get(forged)}`)
    const told = (await page.locator('main').textContent()) ?? ''
    expect(told).toContain(String.raw`evil\u000d\u000a{"event":"session.created"}\u001b[2J\u202etxt\u2028`)
    expect(told).not.toMatch(/[^\P{C}\n\u200D]|\p{Zl}|\p{Zp}/u)
  })

  test('R202 is text for each of the big list of naughty strings', async () => {
    expect(naughty.length).toBeGreaterThan(500)
    await show('/subjects/blns', 'blns')
    await page.getByRole('row').nth(90).waitFor()
    expect(await foreign()).toEqual([])
    for (let offset = 0; offset < naughty.length; offset += 50) {
      await show(`/sessions?text=blns&offset=${offset}`)
      await page
        .getByRole('navigation', { name: 'Pages of sessions' })
        .getByText(`${offset + 1}–`)
        .waitFor()
      expect(await foreign()).toEqual([])
    }
  })

  test('ran nothing: no dialog, no request to anybody, no violation of the policy', () => {
    expect({ dialogs, ...faults }).toEqual({ dialogs: [], errors: [], requests: [] })
  })
})
