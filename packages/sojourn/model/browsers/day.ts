// Hours in the life of many browsers and apps. Each belongs to a person who comes back every few minutes, does one thing
// or many at once, opens and closes tabs, shuts the lid, and drives through tunnels; the network is slow, and loses or
// cuts off what it likes. It stays within what the rules of rotation promise for (design: requests arrive within the
// overlap, answers within two minutes): then nobody may be signed out who has not asked for it or stayed away too long.

import type { PolicyInput } from '../../src/core/policy.ts'
import { SimulatedBrowser, type BrowserOptions, type Tab } from './browser.ts'
import type { Fate, Network } from './network.ts'
import { origin, simulatedServer } from './server.ts'
import { VirtualTime } from './time.ts'

export interface DayOptions {
  readonly browsers: number
  readonly hours: number
  readonly seed: number
  readonly policy?: PolicyInput
  /** What a client that breaks the protocol does to its requests. */
  readonly distorted?: BrowserOptions['distorted']
}

export interface Tally {
  browsers: number
  requests: number
  refreshed: number
  replayed: number
  lostRequests: number
  lostAnswers: number
  cutOff: number
  late: number
  slept: number
  tunnels: number
  signOuts: number
  /** Not seen by the server for so long that it had to end. */
  away: number
  /** Alive on the server after its sign-out was confirmed. */
  undead: number
  accidental: number
  /** What was wrong, for the first few. */
  readonly accidents: string[]
}

const second = 1000
const minute = 60 * second
const idle = 60 * minute
// The time of being seen moves in steps of a tenth, and the last access token may have been in use for its whole life.
const slack = idle / 10 + 5 * minute

export function emptyTally(): Tally {
  return {
    browsers: 0,
    requests: 0,
    refreshed: 0,
    replayed: 0,
    lostRequests: 0,
    lostAnswers: 0,
    cutOff: 0,
    late: 0,
    slept: 0,
    tunnels: 0,
    signOuts: 0,
    away: 0,
    undead: 0,
    accidental: 0,
    accidents: [],
  }
}

/** Lives the hours of these browsers, and adds what has happened to the tally. */
export async function liveDay(options: DayOptions, tally: Tally): Promise<void> {
  const time = new VirtualTime()
  const server = simulatedServer(time, options.policy)
  const people = Array.from(
    { length: options.browsers },
    (_, n) => new Person(n, options, time, server, tally),
  )
  for (const person of people) void person.live()
  await time.pass(options.hours * 60 * minute)
  for (const person of people) person.calmDown()
  await time.pass(3 * minute)
  for (const person of people) void person.lookBack()
  await time.pass(3 * minute)
  for (const person of people) person.close()
  for (const { type } of server.events) {
    if (type === 'session.refreshed') tally.refreshed++
    if (type === 'session.replayed') tally.replayed++
  }
  server.sojourn.close()
}

class Person {
  readonly #name: string
  readonly #random: () => number
  readonly #time: VirtualTime
  readonly #server: ReturnType<typeof simulatedServer>
  readonly #tally: Tally
  readonly #browser: SimulatedBrowser
  #isCalm = false
  #isInTunnel = false
  #hasSignedOut = false
  #isAway = false
  #reachedAt = 0

  constructor(
    n: number,
    options: DayOptions,
    time: VirtualTime,
    server: ReturnType<typeof simulatedServer>,
    tally: Tally,
  ) {
    this.#name = `person-${n}`
    this.#random = chance(options.seed * 1_000_003 + n)
    this.#time = time
    this.#server = server
    this.#tally = tally
    const network: Network = { time, server, fateOf: (request) => this.#fateOf(request) }
    const isApp = this.#random() < 0.25
    this.#browser = new SimulatedBrowser(network, {
      random: this.#random,
      ...(isApp ? { client: { profile: 'bearer' } } : {}),
      ...(options.distorted ? { distorted: options.distorted } : {}),
    })
    this.#browser.wallError = (this.#random() - 0.5) * 48 * 60 * minute
    tally.browsers++
  }

  async live(): Promise<void> {
    await this.#signIn(this.#open())
    while (!this.#isCalm && !this.#hasSignedOut && !this.#isAway) {
      await this.#wait(-Math.log(1 - this.#random()) * 4 * minute)
      if (!this.#isCalm) await this.#act()
    }
  }

  calmDown(): void {
    this.#isCalm = true
    this.#isInTunnel = false
  }

  /** Whoever has neither signed out nor stayed away is still signed in. */
  async lookBack(): Promise<void> {
    if (this.#hasSignedOut || this.#isAway) return
    const [tab = this.#open()] = this.#browser.tabs
    const { status } = await tab.client.fetch(`${origin}/notes`)
    if (status !== 200) this.#accident(`at the end: ${status}`)
  }

  close(): void {
    for (const tab of this.#browser.tabs.slice()) tab.close()
  }

  async #act(): Promise<void> {
    const dice = this.#random()
    if (dice < 0.35) return this.#ask(1)
    if (dice < 0.75) return this.#ask(2 + Math.floor(this.#random() * 10))
    if (dice < 0.8 && !this.#browser.isApp && this.#browser.tabs.length < 4) return void this.#open()
    if (dice < 0.84 && this.#browser.tabs.length > 1) return this.#tab().close()
    if (dice < 0.86) return this.#restart()
    if (dice < 0.91) return this.#sleep()
    if (dice < 0.95) return this.#driveThroughTunnel()
    if (dice < 0.99) return this.#freezeTab()
    if (dice < 0.993) await this.#signOut()
  }

  // -------------------------------------------------------------------------------------------- what people do

  #ask(requests: number): void {
    for (let n = 0; n < requests; n++) {
      const background = this.#random() < 0.2
      const method = this.#random() < 0.3 ? 'POST' : 'GET'
      const tab = this.#tab()
      void tab.client
        .fetch(`${origin}/notes`, { method, background })
        // A person whose request failed does what people do: they try again.
        .then(
          ({ status }) => {
            if (status === 401) this.#refused('a request')
          },
          () => {},
        )
    }
  }

  async #signIn(tab: Tab): Promise<void> {
    const path = this.#browser.isApp ? '/sign-in-app' : '/sign-in'
    for (;;) {
      try {
        const response = await tab.client.fetch(`${origin}${path}?as=${this.#name}`, { method: 'POST' })
        const body = (await response.json()) as never
        await tab.client.signedIn(this.#browser.isApp ? body : undefined)
        this.#reachedAt = this.#time.now
        return
      } catch {
        await this.#wait(2 * second)
      }
    }
  }

  async #signOut(): Promise<void> {
    const tab = this.#tab()
    // A sign-in whose answer was lost has left a session behind that nobody holds; it is not what is signed out of.
    const { state } = tab.client
    try {
      this.#hasSignedOut = true
      await tab.client.signOut()
    } catch {
      this.#hasSignedOut = false
      return
    }
    this.#tally.signOuts++
    const id = state.status === 'signed-in' ? state.session.id : undefined
    if (id !== undefined && (await this.#server.sojourn.find(id))) this.#tally.undead++
  }

  #sleep(): void {
    this.#tally.slept++
    this.#browser.sleep(this.#random() * 35 * minute)
  }

  #driveThroughTunnel(): void {
    this.#tally.tunnels++
    this.#isInTunnel = true
    this.#time.after(this.#random() * 5 * minute, () => {
      this.#isInTunnel = false
    })
  }

  #freezeTab(): void {
    const tab = this.#tab()
    tab.freeze()
    this.#time.after(this.#random() * 20 * minute, () => tab.thaw())
  }

  // The process of an app ends in the middle of whatever it does; a browser loses one tab.
  #restart(): void {
    this.#tab().close()
    if (this.#browser.tabs.length === 0)
      void this.#open()
        .client.load()
        .catch(() => {})
  }

  #open(): Tab {
    const tab = this.#browser.open()
    tab.client.subscribe((event) => {
      if (event.type === 'signed-out') this.#refused(`signed out: ${event.reason ?? 'visitor'}`)
    })
    return tab
  }

  #tab(): Tab {
    const { tabs } = this.#browser
    return tabs[Math.floor(this.#random() * tabs.length)] ?? this.#open()
  }

  // -------------------------------------------------------------------------------------------- what befalls them

  #refused(what: string): void {
    if (this.#hasSignedOut || this.#isAway) return
    this.#isAway = this.#time.now - this.#reachedAt > idle - slack
    if (this.#isAway) this.#tally.away++
    else this.#accident(what)
  }

  #accident(what: string): void {
    this.#tally.accidental++
    this.#isAway = true
    const kind = this.#browser.isApp ? 'app' : 'browser'
    if (this.#tally.accidents.length < 5) this.#tally.accidents.push(`${this.#name} (${kind}): ${what}`)
  }

  #fateOf(request: Request): Fate {
    const tally = this.#tally
    tally.requests++
    const fate = this.#isCalm ? { there: 20, back: 20 } : this.#roughFate()
    if (fate.lost === 'request') tally.lostRequests++
    if (fate.lost === 'answer') tally.lostAnswers++
    if (fate.lost === 'body') tally.cutOff++
    if (fate.there > 5 * second || fate.back > 5 * second) tally.late++
    if (fate.lost !== 'request' && !request.headers.has('x-background')) {
      this.#time.after(fate.there, () => {
        this.#reachedAt = this.#time.now
      })
    }
    return fate
  }

  #roughFate(): Fate {
    if (this.#isInTunnel) return { there: 2 * second, back: 0, lost: 'request' }
    const dice = this.#random()
    const lost = dice < 0.03 ? 'request' : dice < 0.07 ? 'answer' : dice < 0.09 ? 'body' : undefined
    return {
      there: this.#delay(55 * second),
      back: this.#delay(115 * second),
      keepsLate: this.#random() < 0.5,
      ...(lost ? { lost } : {}),
    }
  }

  // Mostly a fraction of a second, sometimes seconds, rarely as long as is promised for.
  #delay(most: number): number {
    const dice = this.#random()
    const scale = dice < 0.9 ? 300 : dice < 0.98 ? 5 * second : most
    return this.#random() * scale
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#time.after(milliseconds, resolve))
  }
}

/** Chance that can be repeated, and is cheap (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
