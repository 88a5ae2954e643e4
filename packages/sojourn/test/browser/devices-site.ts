// The site with the page of one's devices, under the strictest policy that a page with a script can have.

import { readFileSync } from 'node:fs'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import type { BrowserContextOptions, Page } from 'playwright-core'

import { createClient } from '../../src/client.ts'
import { SessionProvider, YourDevices } from '../../src/react.ts'
import { bundled } from '../client/support/bundle.ts'
import { agents } from '../support/user-agents.ts'
import { openSite, type Site } from './site.ts'

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"
const css = readFileSync(new URL('../../src/client/devices.css', import.meta.url), 'utf8')
const pageCss =
  ':root { color-scheme: light dark; background: light-dark(#fff, #101319); font: 1rem/1.5 sans-serif } body { margin: 1.5rem; max-width: 46rem }'

export async function openDevicesSite(): Promise<Site> {
  return openSite({
    scripts: { '/devices.js': await bundled('../test/browser/devices-page.ts') },
    routes(app) {
      app.get('/devices.css', (_request, response) => void response.type('css').send(pageCss + css))
      app.get('/devices', (_request, response) => {
        response.setHeader('Content-Security-Policy', policy)
        response.send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Your devices</title>
          <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/devices.css">
          <main><h1>Account</h1><div id="root"></div></main><script type="module" src="/devices.js"></script>`)
      })
      app.post('/step-up', (request, response, next) => {
        request.sojourn.stepUp({ amr: ['otp'] }).then(() => response.sendStatus(204), next)
      })
    },
  })
}

/** The component as a server renders it, before anybody is asked. */
export function renderedDevices(initial?: { readonly session: null }): string {
  const client = createClient(initial ? { initial } : {})
  return renderToString(createElement(SessionProvider, { client }, createElement(YourDevices)))
}

/** What else alice is signed in on, told at their times. */
export async function signInElsewhere(site: Site): Promise<void> {
  const sign = (label: string | undefined, userAgent: string | undefined, ip: string): Promise<unknown> =>
    site.sojourn.create({
      subject: 'alice',
      remember: true,
      device: {
        ip,
        ...(label === undefined ? {} : { label }),
        ...(userAgent === undefined ? {} : { userAgent }),
      },
    })
  await sign(undefined, agents.safari, '192.0.2.4')
  site.passServer(-3 * 3_600_000)
  await sign('Alice’s phone', agents.iphone, '192.0.2.9')
  site.passServer(-9 * 86_400_000)
  await sign(undefined, undefined, '203.0.113.5')
  site.passServer(9 * 86_400_000 + 3 * 3_600_000)
}

/** Lets the sign-in of the page grow old, while its person goes on. Gives what sets the server's clock back. */
export async function passFreshness(site: Site, page: Page): Promise<() => void> {
  for (let minutes = 0; minutes < 61; minutes += 30.5) {
    site.passServer(30.5 * 60_000)
    await page.evaluate(() => fetch('/notes'))
  }
  return () => site.passServer(-61 * 60_000)
}

export interface DevicesPage {
  readonly page: Page
  /** What the page did that it should not: errors, and violations of its policy. */
  readonly faults: readonly string[]
}

/** The page of alice, who has just signed in there. */
export async function openDevices(
  site: Site,
  { path = '/devices', ...options }: BrowserContextOptions & { readonly path?: string } = {},
): Promise<DevicesPage> {
  const page = await (await site.newContext(options)).newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => void faults.push(String(error)))
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy violated: ${violatedDirective} ${blockedURI}`),
    ),
  )
  page.on('console', (message) => {
    if (message.text().startsWith('policy')) faults.push(message.text())
  })
  await page.goto(site.app)
  await page.evaluate(() => fetch('/sign-in', { method: 'POST' }))
  await page.goto(site.app + path)
  await page.locator('.sojourn-devices[data-status=ready]').waitFor()
  return { page, faults }
}
