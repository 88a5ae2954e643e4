// The shop on a free port, and people with browsers. Time stands still until a test lets it pass, and passwords are
// hashed cheaply; everything else is as it is in production.

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'

import { memoryStore } from 'sojourn/memory'
import {
  manualClock,
  testClient,
  type Ask,
  type ManualClock,
  type TestClient,
  type Told,
} from 'sojourn/testing'

import { createApp } from '../src/app.ts'
import { createPasswords } from '../src/passwords.ts'
import { openSessions, type Sessions } from '../src/sojourn.ts'
import { openUsers, type Users } from '../src/users.ts'

export interface OpenShop {
  readonly url: string
  readonly clock: ManualClock
  readonly sojourn: Sessions
  readonly users: Users
  /** A browser that has been nowhere yet. */
  visitor(): Person
  close(): Promise<void>
}

export const goodPassword = 'correct horse battery'

/** Opens the shop. `wrap` stands between the pages and the table of users. */
export async function openShop(wrap: (users: Users) => Users = (users) => users): Promise<OpenShop> {
  const clock = manualClock(Date.now())
  const sojourn = openSessions({
    issuer: 'https://app.example',
    secrets: [randomBytes(32).toString('base64url')],
    store: memoryStore(),
    clock,
  })
  const users = openUsers(':memory:')
  const passwords = createPasswords({ cost: 4 })
  const app = createApp({ sojourn, users: wrap(users), passwords, trustedProxies: ['loopback'] })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clients: TestClient[] = []
  return {
    url,
    clock,
    sojourn,
    users,
    visitor: () => {
      const client = testClient({ url })
      clients.push(client)
      return new Person(client)
    },
    close: async () => {
      for (const client of clients) client.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      sojourn.close()
      users.close()
    },
  }
}

/** Somebody with a browser: looks at pages, fills in the forms that are on them, follows where they lead. */
export class Person {
  readonly browser: TestClient
  /** The page they look at. */
  page: Told = { status: 0, headers: {}, cookies: [], text: '', json: () => ({}) }
  path = '/'

  constructor(browser: TestClient) {
    this.browser = browser
  }

  /** The CSRF token of the page, for those who send a request that is not on it. */
  get csrfToken(): string {
    return /name="csrf_token" value="([^"]+)"/.exec(this.page.text)?.[1] ?? ''
  }

  async open(path: string): Promise<Told> {
    return this.#arrive(path, await this.browser.ask('GET', path))
  }

  /** Sends the form with that action on the page they look at, hidden fields included. */
  async submit(action: string, fields: Readonly<Record<string, string>> = {}, ask: Ask = {}): Promise<Told> {
    const form = this.page.text.split('<form ').find((part) => part.includes(`action="${action}"`))
    if (form === undefined) throw new Error(`There is no form for ${action} on this page:\n${this.page.text}`)
    const hidden = form.split('</form>')[0]!.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)
    const all = { ...Object.fromEntries([...hidden].map(([, name, value]) => [name!, value!])), ...fields }
    return this.#arrive(action, await this.browser.ask('POST', action, { form: all, ...ask }))
  }

  /** Sends a form that need not be on the page, with its CSRF token, and stays there. */
  async post(action: string, fields: Readonly<Record<string, string>>): Promise<Told> {
    const form = { csrf_token: this.csrfToken, ...fields }
    return this.browser.ask('POST', action, { form })
  }

  async signUp(name: string, email: string): Promise<Told> {
    await this.open('/sign-up')
    return this.submit('/sign-up', { name, email, password: goodPassword })
  }

  async signIn(email: string, fields: Readonly<Record<string, string>> = {}): Promise<Told> {
    await this.open('/sign-in')
    return this.submit('/sign-in', { email, password: goodPassword, ...fields })
  }

  async #arrive(path: string, told: Told, hops = 0): Promise<Told> {
    const { location } = told.headers
    if (typeof location === 'string' && hops < 5)
      return this.#arrive(location, await this.browser.ask('GET', location), hops + 1)
    this.page = told
    this.path = path
    return told
  }
}
