// The demo on a free port with a home of its own, started as a person starts it, and a real browser in front of it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const command = fileURLToPath(new URL('../../bin/sojourn.mjs', import.meta.url))

export interface RunningDemo {
  readonly url: string
  /** Resolves to the exit status. */
  stop(): Promise<number | null>
}

/** Starts the demo with these SOJOURN_* variables; whatever it keeps is gone when it has stopped. */
export async function startDemo(variables: Readonly<Record<string, string>> = {}): Promise<RunningDemo> {
  const home = mkdtempSync(join(tmpdir(), 'sojourn-demo-'))
  const child = spawn(process.execPath, [command, 'serve', '--demo', '--port', '0'], {
    cwd: home,
    env: { PATH: process.env['PATH'], SOJOURN_HOME: home, ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /http:\/\/[^\s/]+:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    void ended.then(() => reject(new Error(`The demo did not start: ${said}`)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const [status] = await ended
      rmSync(home, { recursive: true, force: true })
      return status
    },
  }
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Opens Chromium: the one of CHROMIUM_PATH, or that of the system. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(`There is no Chromium at ${executablePath}: set CHROMIUM_PATH`)
  return chromium.launch({ executablePath, args: flags })
}

/** What a page did that it should not: errors, violations of its policy, requests to others. */
export interface Faults {
  readonly errors: string[]
  readonly requests: string[]
}

/** A page with cookies of its own, and everything that goes wrong in it. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly faults: Faults }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const faults: Faults = { errors: [], requests: [] }
  page.on('console', (message) => {
    const { url: where } = message.location()
    if (message.type() === 'error' || message.type() === 'warning')
      faults.errors.push(`${message.text()} ${where === '' ? '' : new URL(where).pathname}`.trim())
  })
  page.on('pageerror', (error) => faults.errors.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.requests.push(request.url())
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy violated: ${violatedDirective} ${blockedURI}`),
    )
  })
  await page.goto(url)
  return { page, faults }
}

/** Signs in with one click, and waits until the session is there. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Sign in as ${name} ` }).click()
  await page.locator('#stream[data-stream=live]').waitFor()
}
