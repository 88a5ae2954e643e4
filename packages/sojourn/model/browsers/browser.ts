// A browser with one jar of cookies and several tabs, each with a client of its own; or an app with a vault. The device
// under it can sleep, its wall clock can be wrong, and a tab can be frozen while the others go on.

import {
  createClient,
  type Client,
  type ClientEvent,
  type ClientOptions,
  type Kept,
} from '../../src/client.ts'
import type { Channel, Platform } from '../../src/client.ts'
import { origin } from './server.ts'
import { send, type Jar, type Network } from './network.ts'

export interface BrowserOptions {
  readonly random: () => number
  /** What the client is given besides. */
  readonly client?: Omit<ClientOptions, 'platform' | 'url'>
  /** The platform of a client that does not do as it should. */
  readonly distorted?: (platform: Platform) => Platform
}

export class SimulatedBrowser {
  readonly jar: Jar = new Map()
  readonly tabs: Tab[] = []
  /** What the vault of an app keeps. */
  kept: Kept | undefined
  /** How wrong the wall clock is. */
  wallError = 0
  readonly network: Network
  readonly options: BrowserOptions
  readonly channels = new Set<TabChannel>()
  #slept = 0

  constructor(network: Network, options: BrowserOptions) {
    this.network = network
    this.options = options
  }

  get isApp(): boolean {
    return this.options.client?.profile === 'bearer'
  }

  /** The monotonic clock, which stands still in sleep. */
  monotonic(): number {
    return this.network.time.now - this.#slept
  }

  /** The lid is closed for that long: timers, messages and answers wait. Time has to be passed by the caller. */
  sleep(milliseconds: number): void {
    this.#slept += milliseconds
    for (const tab of this.tabs) tab.freeze()
    this.network.time.after(milliseconds, () => {
      for (const tab of this.tabs) tab.thaw()
    })
  }

  open(): Tab {
    const tab = new Tab(this)
    this.tabs.push(tab)
    return tab
  }
}

export class Tab {
  readonly client: Client
  readonly events: ClientEvent[] = []
  readonly browser: SimulatedBrowser
  readonly #wakes = new Set<(restored: boolean) => void>()
  #waiting: (() => void)[] | undefined
  #isClosed = false

  constructor(browser: SimulatedBrowser) {
    this.browser = browser
    const { options } = browser
    const platform = this.#platform()
    this.client = createClient({
      url: origin,
      ...(browser.isApp ? { vault: vaultOf(browser) } : {}),
      ...options.client,
      platform: options.distorted?.(platform) ?? platform,
    })
    this.client.subscribe((event) => void this.events.push(event))
  }

  #platform(): Platform {
    const { browser } = this
    const { time } = browser.network
    const run = (fn: () => void): void => this.#run(fn)
    return {
      fetch: (request) =>
        send(browser.network, { jar: browser.isApp ? undefined : browser.jar, run }, request),
      monotonic: () => browser.monotonic(),
      wall: () => time.now + browser.wallError,
      random: browser.options.random,
      after: (milliseconds, fn) => time.after(milliseconds, () => run(fn)),
      pageOrigin: browser.isApp ? undefined : origin,
      openChannel: (name, hear) => (browser.isApp ? undefined : new TabChannel(this, name, hear)),
      onWake: (fn) => {
        this.#wakes.add(fn)
        return () => void this.#wakes.delete(fn)
      },
    }
  }

  #run(fn: () => void): void {
    if (this.#waiting) this.#waiting.push(fn)
    else fn()
  }

  /** From a timer, a message or an answer of the browser. */
  receive(fn: () => void): void {
    this.#run(fn)
  }

  freeze(): void {
    this.#waiting ??= []
  }

  /** What has waited happens now, and the page hears that it is seen. */
  thaw(): void {
    if (this.#isClosed) return
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const fn of waiting) fn()
    this.wake()
  }

  wake(restored = false): void {
    for (const fn of this.#wakes) fn(restored)
  }

  /** Ends the page, or the process of the app, in the middle of whatever it does: nothing reaches it any more. */
  close(): void {
    this.client.close()
    this.freeze()
    this.#isClosed = true
    this.browser.tabs.splice(this.browser.tabs.indexOf(this), 1)
  }
}

export class TabChannel implements Channel {
  readonly #tab: Tab
  readonly #name: string
  readonly #hear: (message: unknown) => void

  constructor(tab: Tab, name: string, hear: (message: unknown) => void) {
    this.#tab = tab
    this.#name = name
    this.#hear = hear
    tab.browser.channels.add(this)
  }

  send(message: unknown): void {
    const { channels, network, options } = this.#tab.browser
    const copy: unknown = structuredClone(message)
    for (const other of channels) {
      if (other === this || other.#name !== this.#name) continue
      network.time.after(1 + options.random() * 40, () => other.#tab.receive(() => other.#deliver(copy)))
    }
  }

  #deliver(message: unknown): void {
    if (this.#tab.browser.channels.has(this)) this.#hear(message)
  }

  close(): void {
    this.#tab.browser.channels.delete(this)
  }
}

function vaultOf(browser: SimulatedBrowser): NonNullable<ClientOptions['vault']> {
  return {
    read: async () => browser.kept,
    write: async (kept) => {
      browser.kept = kept
    },
    clear: async () => {
      browser.kept = undefined
    },
  }
}
