// One browser or app before the real server, on time that the test passes. What happens to a request is up to the test.

import { seededRandom } from '../../../src/testing/random.ts'
import type { PolicyInput } from '../../../src/core/policy.ts'
import { SimulatedBrowser, type BrowserOptions, type Tab } from '../../../model/browsers/browser.ts'
import { calm, type Fate, type Network } from '../../../model/browsers/network.ts'
import { origin, simulatedServer, type SimulatedServer } from '../../../model/browsers/server.ts'
import { VirtualTime } from '../../../model/browsers/time.ts'

export interface Scene {
  readonly time: VirtualTime
  readonly server: SimulatedServer
  readonly browser: SimulatedBrowser
  readonly tab: Tab
  /** Every request that was sent, as `METHOD /path`. */
  readonly sent: string[]
  readonly requests: Request[]
  /** Decides about the next requests, as long as it returns something. */
  fate: ((request: Request) => Partial<Fate> | undefined) | undefined
  /** Another browser or app on the same network. */
  readonly another: (options?: Partial<BrowserOptions>) => SimulatedBrowser
  /** Lets time pass until it is settled. */
  readonly wait: <Value>(promise: Promise<Value>) => Promise<Value>
  readonly seconds: (seconds: number) => Promise<void>
  /** Signs in with the application's own route, and tells the client. */
  readonly signIn: (tab?: Tab, subject?: string) => Promise<void>
}

export const minute = 60
export const hour = 3600

export function scene(options: { policy?: PolicyInput; client?: BrowserOptions['client'] } = {}): Scene {
  const time = new VirtualTime()
  const server = simulatedServer(time, options.policy)
  const sent: string[] = []
  const requests: Request[] = []
  const network: Network = {
    time,
    server,
    fateOf(request) {
      sent.push(`${request.method} ${new URL(request.url).pathname}`)
      requests.push(request)
      return { ...calm, ...self.fate?.(request) }
    },
  }
  const bytes = seededRandom('scene')
  const random = (): number => bytes(1)[0]! / 256
  const another: Scene['another'] = (more = {}) =>
    new SimulatedBrowser(network, { random, ...(options.client ? { client: options.client } : {}), ...more })
  const browser = another()
  const wait: Scene['wait'] = (promise) => time.until(promise)
  const self: Scene = {
    time,
    server,
    browser,
    tab: browser.open(),
    sent,
    requests,
    fate: undefined,
    another,
    wait,
    seconds: (seconds) => time.pass(seconds * 1000),
    async signIn(tab = self.tab, subject = 'alice') {
      if (!tab.browser.isApp) {
        await wait(tab.client.fetch(`/sign-in?as=${subject}`, { method: 'POST' }))
        await wait(tab.client.signedIn())
        return
      }
      const response = await wait(fetchApp(tab, subject))
      await wait(tab.client.signedIn(await wait(response.json() as Promise<never>)))
    },
  }
  return self
}

function fetchApp(tab: Tab, subject: string): Promise<Response> {
  return tab.client.fetch(`${origin}/sign-in-app?as=${subject}`, { method: 'POST' })
}

/** How often a request was sent. */
export function count({ sent }: Pick<Scene, 'sent'>, request: string): number {
  return sent.filter((one) => one === request).length
}
