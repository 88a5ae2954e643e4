// A server in this process, on a free port, with a folder of its own. It believes the proxy that the test client plays,
// so what that client asks for counts as asked over HTTPS.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { testClient, type Ask, type TestClient, type Told } from 'sojourn/testing'

import { openLog } from '../../src/ops/log.ts'
import { openStore, type OpenStore } from '../../src/open-store.ts'
import { serve, type ServeOptions } from '../../src/serve.ts'
import { readSettings } from '../../src/settings.ts'
import type { SettingName } from '../../src/settings-table.ts'

export const issuer = 'https://app.example'
export const apiKey = 'sjk_FM4O7Jx3mYb0sZtQeVw1KcRgLd9PhNuAi6aXo2yBT5E'
export const secret = 'q1Zr8KmT0vXyB3nWc6HsLd9PfJ2aGuEoR4tYiM7kQxU'

/** What servers and commands that are processes are told: the same for all, so that they can share a store. */
export const sharedVariables = {
  SOJOURN_ISSUER: issuer,
  SOJOURN_SECRETS: secret,
  SOJOURN_API_KEY: apiKey,
  SOJOURN_TRUSTED_PROXIES: 'loopback',
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly managementPort: number | undefined
  readonly store: OpenStore
  /** A browser, or an app, with a cookie jar of its own. */
  client(): TestClient
  /** The application's own server, which has the API key. */
  backend(method: string, path: string, ask?: Ask): Promise<Told>
  stop(): Promise<void>
}

export interface TestServerOptions {
  readonly said?: Readonly<Partial<Record<SettingName, unknown>>>
  readonly extra?: Partial<NonNullable<ServeOptions['extra']>>
}

export async function startServer({ said = {}, extra }: TestServerOptions = {}): Promise<TestServer> {
  const settings = settingsOf({
    port: 0,
    store: 'memory:',
    issuer,
    secrets: secret,
    apiKey,
    trustedProxies: 'loopback',
    // Tests ask a lot, all from one address.
    refreshesPerMinute: 1_000_000,
    badCredentialsPerMinute: 1_000_000,
    ...said,
  })
  const log = openLog('silent')
  const store = await openStore(settings.store, 'SOJOURN_STORE', log)
  const server = await serve({
    settings,
    credentials: { secrets: settings.secrets ?? [], apiKey: settings.apiKey ?? '' },
    store,
    log,
    ...(extra ? { extra: { mount: () => {}, listeners: [], policy: settings.policy, ...extra } } : {}),
  })
  const url = `http://127.0.0.1:${server.port}`
  const clients: TestClient[] = []
  const client = (): TestClient => {
    const one = testClient({ url })
    clients.push(one)
    return one
  }
  const application = client()
  return {
    url,
    port: server.port,
    managementPort: server.managementPort,
    store,
    client,
    backend: (method, path, ask = {}) =>
      application.ask(method, path, {
        ...ask,
        headers: { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined, ...ask.headers },
      }),
    async stop() {
      for (const one of clients) one.close()
      await server.stop()
    },
  }
}

/** Settings as if somebody had said this; throws if it is not fit. */
function settingsOf(values: Readonly<Partial<Record<SettingName, unknown>>>): ServeOptions['settings'] {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  const said = Object.fromEntries(given.map(([name, value]) => [name, { value, by: name }]))
  const faults: string[] = []
  const settings = readSettings(said, 'test', faults)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return settings
}

/** A folder that is gone when the test calls `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sojourn-server-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
