// People who were signed in before the move, and what becomes of their old cookies.

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'

import type { Express } from 'express'
import { MemoryStore } from 'express-session'
import { createSojourn, type Sojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { testClient, type TestClient } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createApp, type Claims, type Data } from '../src/after.ts'
import { createOldApp } from '../src/before.ts'

let oldStore: MemoryStore
let sojourn: Sojourn<Claims, Data>
let urls: { readonly before: string; readonly after: string }
const closings: (() => void)[] = []

beforeEach(async () => {
  oldStore = new MemoryStore()
  sojourn = createSojourn<Claims, Data>({
    issuer: 'https://app.example',
    environment: 'test',
    secrets: [randomBytes(32).toString('base64url')],
    store: memoryStore(),
  })
  urls = {
    before: await serve(createOldApp(oldStore)),
    after: await serve(createApp({ sojourn, oldStore, trustedProxies: ['loopback'] })),
  }
})

afterEach(() => {
  for (const close of closings.splice(0)) close()
  sojourn.close()
})

async function serve(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closings.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function browser(url: string, cookies?: ReadonlyMap<string, string>): TestClient {
  const client = testClient({ url }, cookies)
  closings.push(() => client.close())
  return client
}

/** Somebody who signed in and chose a tea before the move, and comes back after it. */
async function oldCustomer(): Promise<TestClient> {
  const before = browser(urls.before)
  await before.ask('POST', '/sign-in', { json: { name: 'ada' } })
  await before.ask('POST', '/basket', { json: { tea: 'Assam' } })
  return browser(urls.after, before.cookies)
}

const oldSessions = (): Promise<number> =>
  new Promise((resolve) => oldStore.length((_, length) => resolve(length ?? -1)))

describe('somebody who was signed in before the move', () => {
  it('is signed in after it, with their role and their basket, and the old session is gone', async () => {
    const ada = await oldCustomer()
    const told = await ada.ask('GET', '/me')
    expect(told.json()).toEqual({ user: { id: 'ada', role: 'owner' }, basket: ['Assam'] })
    expect([...ada.cookies.keys()]).toEqual(['__Host-Http-session', '__Host-Http-access'])
    expect(await oldSessions()).toBe(0)
    await ada.useCsrfToken()
    await ada.ask('POST', '/basket', { json: { tea: 'Darjeeling' } })
    expect((await ada.ask('GET', '/me')).json()['basket']).toEqual(['Assam', 'Darjeeling'])
  })

  it('gets one session for the ten requests that their page sends together', async () => {
    const ada = await oldCustomer()
    const tabs = Array.from({ length: 10 }, () => ada.copy())
    const answers = await Promise.all(tabs.map((tab) => tab.ask('GET', '/me')))
    for (const tab of tabs) tab.close()
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(await sojourn.list('ada')).toHaveLength(1)
  })

  it('P22 stays signed out after signing out, whoever kept the old cookie', async () => {
    const ada = await oldCustomer()
    const kept = ada.copy()
    await ada.ask('GET', '/me')
    await ada.useCsrfToken()
    expect((await ada.ask('POST', '/sign-out')).status).toBe(204)
    expect((await ada.ask('GET', '/me')).status).toBe(401)
    expect((await kept.ask('GET', '/me')).status).toBe(401)
    kept.close()
    expect(await sojourn.list('ada')).toEqual([])
  })

  it('is not signed in where their old session cannot be ended', async () => {
    const ada = await oldCustomer()
    oldStore.destroy = (_, done) => done?.(new Error('the old store is down'))
    expect((await ada.ask('GET', '/me')).status).toBe(500)
    expect(await sojourn.list('ada')).toEqual([])
  })
})

describe('everybody else', () => {
  it('signs in with Sojourn alone', async () => {
    const grace = browser(urls.after)
    expect((await grace.ask('GET', '/me')).status).toBe(401)
    expect((await grace.ask('POST', '/sign-in', { json: { name: 'grace' } })).status).toBe(204)
    expect((await grace.ask('GET', '/me')).json()).toEqual({
      user: { id: 'grace', role: 'customer' },
      basket: [],
    })
    expect(await oldSessions()).toBe(0)
  })

  it('with a forged old cookie is nobody', async () => {
    const thief = browser(urls.after, new Map([['connect.sid', 's%3Aforged.AAAA']]))
    expect((await thief.ask('GET', '/me')).status).toBe(401)
  })
})
