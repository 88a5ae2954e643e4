// A server under measurement, as seen from outside: what it answers, and what an answer costs it.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { Driver } from './driver.ts'
import { person, type Layer } from './layer.ts'
import type { Started } from './server.ts'

const connections = 32
// `npm run profile` has one server write a profile of itself.
const { SOJOURN_BENCH_PROFILED: profiled, SOJOURN_BENCH_FLAGS: flags = '' } = process.env

// What browsers send along, and what other programs have put into the jar.
const usual = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  Accept: 'application/json',
  'Accept-Language': 'en-GB,en;q=0.5',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-origin',
}
const otherCookies = '_ga=GA1.1.1234567890.1700000000; theme=dark; locale=en-GB; consent=yes'

export class Target {
  readonly name: string
  readonly layer: Layer
  readonly #child: ChildProcess
  readonly started: Started
  readonly #driver: Driver

  private constructor(name: string, layer: Layer, child: ChildProcess, started: Started) {
    this.name = name
    this.layer = layer
    this.#child = child
    this.started = started
    const { port, cookies } = started
    const requests = (cookies.length === 0 ? [''] : cookies).map((cookie) => this.#requestText(port, cookie))
    this.#driver = new Driver(port, requests)
  }

  static async start(framework: string, name: string, layer: Layer, redis: string): Promise<Target> {
    const child = fork(join(import.meta.dirname, 'server.ts'), [framework, name, redis], {
      execArgv: ['--no-warnings', ...(name === profiled ? flags.split(' ') : [])],
    })
    const first = once(child, 'message') as Promise<[Started]>
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} on ${framework} has ended`)
    })
    const [started] = await Promise.race([first, ended])
    ended.catch(() => {})
    return new Target(name, layer, child, started)
  }

  /** Microseconds that the server keeps a core busy for one request. */
  async cost(span: number): Promise<number> {
    await this.#driver.open(connections)
    const before = await this.#busy()
    const answers = await this.#driver.drive(span)
    return ((await this.#busy()) - before) / answers
  }

  /** Lets in who is there, and nobody else. */
  async prove(): Promise<void> {
    if (this.layer.kind === 'bare') return
    const { cookies } = this.started
    const [first, second] = [await this.#ask(cookies[0]!), await this.#ask(cookies[1]!)]
    if (!first.body.includes(person(0)) || !second.body.includes(person(1)))
      throw new Error(`${this.name} does not know who is there: ${first.status} ${first.body}`)
    if ((await this.#ask('')).status !== 401) throw new Error(`${this.name} lets strangers in`)
    const forged = cookies[0]!.replace(/.(?=[^;=]{9}(;|$))/g, (character) => (character === 'A' ? 'B' : 'A'))
    if ((await this.#ask(forged)).status !== 401)
      throw new Error(`${this.name} lets in whoever changes a cookie`)
  }

  async stop(): Promise<void> {
    this.#driver.close()
    const ended = once(this.#child, 'exit')
    // It ends by itself, and so has the time to write a profile.
    this.#child.disconnect()
    await ended
  }

  async #busy(): Promise<number> {
    const answer = once(this.#child, 'message') as Promise<[number]>
    this.#child.send('busy')
    return (await answer)[0]
  }

  #headers(cookie: string): Record<string, string> {
    return {
      ...usual,
      ...this.layer.headers,
      Cookie: cookie === '' ? otherCookies : `${otherCookies}; ${cookie}`,
    }
  }

  #requestText(port: number, cookie: string): string {
    const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...this.#headers(cookie) })
    return `GET / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  }

  async #ask(cookie: string): Promise<{ status: number; body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.started.port}/`, { headers: this.#headers(cookie) })
    return { status: answer.status, body: await answer.text() }
  }
}
