// The application's own backend, without anybody's credentials: it changes sessions of people, ends some, and lists.

import { Agent } from 'node:http'

import type { Done } from '../history.ts'
import { instant } from '../history.ts'
import { ask, type Answer } from './ask.ts'
import { commonIn, type Device, type World } from './device.ts'
import { pass, type Life } from './person.ts'

export class Backend {
  readonly #name: string
  readonly #world: World
  readonly #agent = new Agent({ keepAlive: true })
  #marks = 0

  constructor(name: string, world: World) {
    this.#name = name
    this.#world = world
  }

  async live(devices: readonly Device[], { chance, isOver }: Life): Promise<void> {
    while (!isOver()) {
      await pass(chance.between(20, 200))
      const device = chance.one(devices)
      const { session } = device
      const what = chance.weighted({ update: 12, revoke: 1, list: 3 })
      if (what === 'list') await this.list(device.subject)
      else if (session !== undefined)
        await (what === 'update' ? this.#update(session) : this.#revoke(session))
    }
  }

  list(subject: string): Promise<void> {
    return this.#ask('list', { subject }, ({ body }) => {
      const { sessions } = body
      return { op: 'list', subject, ...(Array.isArray(sessions) ? { sessions: sessions as string[] } : {}) }
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #update(session: string): Promise<void> {
    const mark = `${this.#name}-${this.#marks++}`
    return this.#ask('update', { session, mark }, () => ({ op: 'update', session, mark, carried: 'backend' }))
  }

  #revoke(session: string): Promise<void> {
    return this.#ask('revoke', { session }, () => ({ op: 'revoke', session, carried: 'backend' }))
  }

  async #ask(what: string, body: object, told: (answer: Answer) => object): Promise<void> {
    const { ports, chance, pen } = this.#world
    const node = chance.one(ports.map((_, at) => at))
    const start = instant()
    const answer = await ask(this.#agent, ports[node]!, { method: 'POST', path: `/backend/${what}`, body })
    pen.write({ by: this.#name, ...told(answer), ...commonIn(node, start, answer) } as Done)
  }
}
