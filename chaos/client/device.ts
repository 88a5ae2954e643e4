// A device of one person: it signs in, uses its session on any node, keeps what it was last given, and writes down what
// it asked and what it was answered. It follows the protocol, so whoever signs it out without being asked has made a
// mistake.

import { Agent } from 'node:http'

import type { Chance } from '../chance.ts'
import { instant, type Carried, type Done, type Pen, type Scope } from '../history.ts'
import { ask, type Answer, type Asked } from './ask.ts'
import { Browser, NativeApp, type Wallet } from './wallet.ts'

export interface World {
  /** Of the nodes. */
  readonly ports: readonly number[]
  readonly pen: Pen
  readonly chance: Chance
}

/** A session that is over, with the credentials that it had. */
export interface Ended {
  readonly session: string
  readonly wallet: Wallet
}

const endedAtMost = 60

export class Device {
  readonly name: string
  readonly subject: string
  readonly profile: 'cookie' | 'bearer'
  /** What is over, the latest last. */
  readonly ended: Ended[] = []
  readonly #world: World
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 24 })
  readonly #wallet: Wallet
  #session: string | undefined
  #marks = 0

  constructor(name: string, subject: string, profile: 'cookie' | 'bearer', world: World) {
    this.name = name
    this.subject = subject
    this.profile = profile
    this.#world = world
    this.#wallet = profile === 'cookie' ? new Browser() : new NativeApp()
  }

  /** The id of the session in which it believes to be. */
  get session(): string | undefined {
    return this.#session
  }

  get nodes(): readonly number[] {
    return this.#world.ports.map((_, node) => node)
  }

  anyNode(): number {
    return this.#world.chance.one(this.nodes)
  }

  // ---------------------------------------------------------------------------------------------- signing in and out

  /** Signs in; whatever session it was in is replaced where the wallet shows it, as a browser does. */
  async signIn(node = this.anyNode()): Promise<void> {
    const { subject, profile } = this
    const replaces = profile === 'cookie' && this.#session !== undefined ? { replaces: this.#session } : {}
    const headers = profile === 'cookie' ? this.#wallet.all() : {}
    const asked = { method: 'POST', path: '/app/sign-in', headers, body: { subject, profile } } as const
    const before = this.#session && { session: this.#session, wallet: this.#wallet.copy() }
    await this.#tell(node, { ...asked, ...this.#loss(0.05) }, (answer, told) => {
      const session = told.result === 'done' ? { session: String(answer.body['session']) } : {}
      if (session.session !== undefined) {
        if (before) this.#bury(before)
        this.#wallet.take(answer)
        this.#session = session.session
      }
      return { op: 'sign-in', subject, ...session, ...replaces, ...told }
    })
  }

  /** One attempt to sign out. Resolves to the answered end, if it was one. */
  async signOut(scope: Scope, node = this.anyNode()): Promise<Done | undefined> {
    const session = this.#session
    if (session === undefined) return undefined
    const wallet = this.#wallet.copy()
    const asked = { method: 'POST', path: '/session/logout', body: { scope } } as const
    const { subject } = this
    const told = await this.#owned(node, { ...asked, ...this.#loss(0.1) }, { op: 'sign-out', subject, scope })
    if (told.result === 'done' && scope !== 'others') {
      this.#bury({ session, wallet })
      this.forget()
    }
    return told
  }

  /** Its session is over, and it knows. */
  forget(): void {
    this.#session = undefined
    this.#wallet.clear()
  }

  #bury(ended: Ended): void {
    this.ended.push(ended)
    if (this.ended.length > endedAtMost) this.ended.shift()
  }

  // ---------------------------------------------------------------------------------------------- being signed in

  use(node = this.anyNode()): Promise<Done> {
    return this.#owned(node, { method: 'GET', path: '/app/me', ...this.#loss(0.04) }, { op: 'use' })
  }

  async refresh(node = this.anyNode()): Promise<Done> {
    const asked = this.#wallet.refreshing()
    return this.#owned(node, { ...asked, ...this.#loss(0.2) }, { op: 'refresh' }, 'session')
  }

  update(node = this.anyNode()): Promise<Done> {
    const mark = `${this.name}-${this.#marks++}`
    const asked = { method: 'POST', path: '/app/update', body: { mark } } as const
    return this.#owned(node, { ...asked, ...this.#loss(0.04) }, { op: 'update', mark })
  }

  promote(node = this.anyNode()): Promise<Done> {
    const asked = { method: 'POST', path: '/app/promote', body: {} } as const
    return this.#owned(node, { ...asked, ...this.#loss(0.04) }, { op: 'promote' })
  }

  read(node = this.anyNode()): Promise<Done> {
    return this.#owned(node, { method: 'GET', path: '/app/marks' }, { op: 'read' })
  }

  /** Shows the access token alone, of this session or of one that is over. */
  async showAccess(node: number, of: Ended | undefined = this.#now()): Promise<Done | undefined> {
    const headers = of?.wallet.accessOnly()
    if (!of || !headers) return undefined
    const asked = { method: 'GET', path: '/app/me', headers } as const
    return this.#tell(node, asked, (answer, told) => ({
      op: 'use',
      session: of.session,
      carried: 'access',
      ...factsIn(answer),
      ...told,
    }))
  }

  /** Tries the session token of a session that is over, by a refresh or inline. */
  async haunt({ session, wallet }: Ended, node = this.anyNode()): Promise<Done> {
    const byUse = wallet.carried === 'session' && this.#world.chance.happens(0.4)
    const asked = byUse
      ? ({ method: 'GET', path: '/app/me', headers: wallet.all() } as const)
      : wallet.refreshing()
    return this.#tell(node, asked, (answer, told) => ({
      op: byUse ? 'use' : 'refresh',
      session,
      carried: 'session',
      ...(byUse ? factsIn(answer) : {}),
      ...told,
    }))
  }

  close(): void {
    this.#agent.destroy()
  }

  #now(): Ended | undefined {
    return this.#session === undefined ? undefined : { session: this.#session, wallet: this.#wallet }
  }

  // ---------------------------------------------------------------------------------------------- asking

  /** One request about its own session. */
  async #owned(
    node: number,
    asked: Asked,
    what: { readonly op: Done['op']; readonly [more: string]: unknown },
    carried: Carried = this.#wallet.carried,
  ): Promise<Done> {
    const session = this.#session
    const before = this.#wallet.copy()
    const headers = asked.headers ?? this.#wallet.all()
    return this.#tell(node, { ...asked, headers }, (answer, told) => {
      // Of several requests at once, one may have learnt that the session is over before this one is answered.
      if (this.#session === session) this.#heed(answer, told.result, carried, before)
      return { ...what, session, carried, ...factsIn(answer), ...told } as Done
    })
  }

  #heed(answer: Answer, result: Done['result'], carried: Carried, before: Wallet): void {
    this.#wallet.take(answer)
    const session = this.#session
    if (result !== 'refused' || carried !== 'session' || session === undefined) return
    this.#bury({ session, wallet: before })
    this.forget()
  }

  async #tell(
    node: number,
    asked: Asked,
    told: (answer: Answer, common: ReturnType<typeof commonIn> & { by: string }) => Done,
  ): Promise<Done> {
    const start = instant()
    const answer = await ask(this.#agent, this.#world.ports[node]!, asked)
    const done = told(answer, { by: this.name, ...commonIn(node, start, answer) })
    this.#world.pen.write(done)
    return done
  }

  #loss(share: number): { readonly loss?: 'unheard' | number } {
    const { chance } = this.#world
    if (!chance.happens(share)) return {}
    return { loss: chance.happens(0.5) ? 'unheard' : chance.between(0, 25) }
  }
}

export function commonIn(node: number, start: number, { status, why }: Answer) {
  const result: Done['result'] =
    status >= 200 && status < 300 ? 'done' : status === 401 || why === 'session_limit' ? 'refused' : 'unknown'
  return { node, start, end: instant(), result, status, ...(why === undefined ? {} : { why }) }
}

function factsIn({ body, setCookies }: Answer) {
  const { rank, marks } = body
  return {
    ...(typeof rank === 'number' ? { rank } : {}),
    ...(Array.isArray(marks) ? { marks: marks as string[] } : {}),
    ...(setCookies.length > 0 ? { refreshed: true } : {}),
  }
}
