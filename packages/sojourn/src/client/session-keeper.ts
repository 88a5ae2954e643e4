// What the client knows of its session, and how it comes to know it: by asking the server, one question at a time,
// whoever else waits for the answer; by what other tabs have heard; and by deadlines, at which it asks again. Only the
// server says that a session is over: no clock and no other failure does.

import { BearerCredentials, type BearerTokens } from './bearer.ts'
import { Budget } from './budget.ts'
import type { ClientOptions } from './client.ts'
import { CookieCredentials } from './cookie.ts'
import { doubts, type Credentials, type SignOutScope, type Verdict } from './credentials.ts'
import { Deadlines } from './deadlines.ts'
import { systemPlatform, type Platform } from './platform.ts'
import { ClientError, type Problem } from './problem.ts'
import { Questions } from './questions.ts'
import type { Making, ProofKeys } from './sending.ts'
import type { ClientSession, SignOutReason } from './session.ts'
import { StateHolder, type ClientState } from './state.ts'
import { Stopwatch } from './stopwatch.ts'
import { Tabs, type TabNews } from './tabs.ts'

export class SessionKeeper {
  /** Of the ready-made routes. */
  readonly base: string
  readonly origin: string | undefined
  readonly isBearer: boolean
  /** The keys that the tokens are bound to. */
  readonly dpop: ProofKeys | undefined
  readonly platform: Platform
  readonly holder: StateHolder
  readonly #stopwatch: Stopwatch
  readonly #questions: Questions
  readonly #credentials: Credentials
  readonly #deadlines: Deadlines
  readonly #budget: Budget
  #tabs: Tabs | undefined
  #stopWaking: (() => void) | undefined
  #isClosed = false
  // What was asked before it has grown says nothing about the session that there is.
  #epoch = 0
  #loading: { readonly epoch: number; readonly done: Promise<void> } | undefined
  #renewing: { readonly epoch: number; readonly done: Promise<boolean> } | undefined

  constructor(options: ClientOptions) {
    const {
      url,
      prefix = '/session',
      profile = 'cookie',
      warnBefore = 60,
      initial,
      vault,
      dpop,
      platform,
    } = options
    this.platform = { ...systemPlatform(), ...platform }
    this.#stopwatch = new Stopwatch(this.platform)
    this.#budget = new Budget(this.#stopwatch)
    this.origin = url === undefined ? this.platform.pageOrigin : new URL(url).origin
    this.isBearer = profile === 'bearer'
    if (dpop && !this.isBearer) throw new TypeError('dpop is for the profile bearer')
    this.dpop = dpop
    const mode = this.isBearer ? 'omit' : this.isSamePage ? 'same-origin' : 'include'
    this.base = (this.origin ?? '') + prefix
    this.#questions = new Questions(this.platform, this.base, mode, (make) => this.send(make))
    this.#credentials = this.isBearer
      ? new BearerCredentials({
          questions: this.#questions,
          stopwatch: this.#stopwatch,
          platform: this.platform,
          vault,
          dpop,
          unsaved: (error) => this.holder.tell({ type: 'unsaved', error }),
        })
      : new CookieCredentials(this.#questions, initial?.csrfToken)
    this.#deadlines = new Deadlines(this.platform, this.#stopwatch, warnBefore * 1000, {
      ask: async () => void (await this.load()),
      warn: (kind) => this.holder.warn(kind),
    })
    const session = initial?.session
    this.holder = new StateHolder(
      session ? { status: 'signed-in', session } : { status: session === null ? 'signed-out' : 'unknown' },
    )
  }

  /** Whether the server is that of the page. */
  get isSamePage(): boolean {
    return this.origin !== undefined && this.origin === this.platform.pageOrigin
  }

  start(): void {
    if (this.#tabs || this.#isClosed) return
    this.#tabs = new Tabs(this.platform, `sojourn ${this.base}`, (news) => this.#hear(news))
    this.#stopWaking = this.platform.onWake((restored) => {
      if (restored) this.load().catch(() => {})
      else this.#deadlines.look()
    })
    const { session } = this.holder
    if (session) this.#deadlines.set(session)
  }

  close(): void {
    this.#isClosed = true
    this.#tabs?.close()
    this.#stopWaking?.()
    this.#deadlines.clear()
    this.#questions.close()
  }

  secondsLeft(): number | undefined {
    const left = this.holder.session && this.#deadlines.left()
    return left === undefined ? undefined : Math.ceil(left / 1000)
  }

  // -------------------------------------------------------------------------------------------- for requests

  /** Grows whenever the session becomes another one. */
  get epoch(): number {
    return this.#epoch
  }

  /** Sends a request to our server, with a proof where its tokens are bound to a key. */
  send(make: Making, isRepeatable = true): Promise<Response> {
    const { platform } = this
    return this.dpop ? this.dpop.send(make, { isRepeatable, platform }) : platform.fetch(make())
  }

  /** What a request of this method carries, renewed where that is due. */
  async headersFor(method: string): Promise<Readonly<Record<string, string>>> {
    await this.#credentials.ready()
    if (this.#credentials.isSpent() && (this.#renewing || this.#budget.take())) await this.#renew(true)
    return this.#credentials.headers(method)
  }

  /** Does what one of our problems asks for; whether the refused request is worth sending again. */
  async heed(problem: Problem, sent: Readonly<Record<string, string>>, epoch: number): Promise<boolean> {
    if (this.#credentials.isCured(problem, sent)) return true
    if (problem.code === 'fresh_sign_in_required') this.holder.tell({ type: 'proof-required', problem })
    if (!doubts.has(problem.code)) return false
    if (epoch !== this.#epoch) return this.holder.session !== undefined
    // Who was not signed in is told nothing new.
    if (this.holder.state.status === 'signed-out') return false
    const isWaitedFor = this.#renewing?.epoch === epoch || this.#loading?.epoch === epoch
    if (!isWaitedFor && !this.#budget.take()) return false
    if (this.isBearer || problem.code === 'token_rejected') return this.#renew(true, problem)
    await this.#load(problem)
    return this.holder.session !== undefined
  }

  // -------------------------------------------------------------------------------------------- questions

  async load(): Promise<ClientState> {
    this.start()
    await this.#load()
    return this.holder.state
  }

  async stay(): Promise<ClientState> {
    this.start()
    await this.#renew(false)
    return this.load()
  }

  async signedIn(tokens?: BearerTokens): Promise<ClientState> {
    this.start()
    this.#epoch++
    if (this.#credentials instanceof BearerCredentials) {
      if (!tokens)
        throw new ClientError('tokens_missing', 'In the bearer profile, pass the tokens to signedIn().')
      await this.#credentials.take(tokens)
    } else {
      await this.#credentials.forget()
    }
    return this.load()
  }

  async signOut(scope: SignOutScope): Promise<void> {
    this.start()
    const { session } = this.holder
    await this.#credentials.signOut(scope)
    if (scope !== 'others') await this.#over('signed_out', session?.id)
  }

  // One question at a time. All who ask for the same session wait for the same answer.
  #load(cause?: Problem): Promise<void> {
    const epoch = this.#epoch
    if (this.#loading?.epoch === epoch) return this.#loading.done
    const done = (async () => {
      await this.#credentials.ready()
      await this.#apply(await this.#credentials.load(), epoch, cause)
    })().finally(() => {
      if (this.#loading?.done === done) this.#loading = undefined
    })
    this.#loading = { epoch, done }
    return done
  }

  // Resolves to whether there is something fresh to show.
  #renew(background: boolean, cause?: Problem): Promise<boolean> {
    const epoch = this.#epoch
    if (this.#renewing?.epoch === epoch) return this.#renewing.done
    const done = this.#credentials
      .renew(background)
      .then(async (verdict) => {
        await this.#apply(verdict, epoch, cause)
        return verdict.kind === 'alive'
      })
      .finally(() => {
        if (this.#renewing?.done === done) this.#renewing = undefined
      })
    this.#renewing = { epoch, done }
    return done
  }

  async #apply(verdict: Verdict, epoch: number, cause?: Problem): Promise<void> {
    if (epoch !== this.#epoch) return
    if (verdict.kind === 'over') return this.#over(this.#reasonOf(cause, verdict.problem))
    if (verdict.kind === 'alive' && verdict.session) this.#alive(verdict.session)
  }

  #alive(session: ClientSession): void {
    if (this.#isClosed) return
    if (this.holder.session?.id !== session.id) this.#begin()
    this.holder.signIn(session)
    this.#deadlines.set(session)
    const { id, expiresIn, idleExpiresIn } = session
    this.#tabs?.tell({ kind: 'alive', id, expiresIn, idleExpiresIn })
  }

  async #over(reason: SignOutReason | undefined, id = this.holder.session?.id): Promise<void> {
    this.#epoch++
    this.#deadlines.clear()
    this.holder.signOut(reason)
    if (id !== undefined) this.#tabs?.tell({ kind: 'over', id, reason: reason ?? 'ended' })
    await this.#credentials.forget()
  }

  // Another session in the same jar: what is known of the one before is of no use for it.
  #begin(): void {
    this.#epoch++
    if (!this.isBearer) void this.#credentials.forget()
  }

  /** Why it is over: what the refusal of a request said, or the one of our own question, or the deadline that passed. */
  #reasonOf(...problems: readonly (Problem | undefined)[]): SignOutReason | undefined {
    const { session } = this.holder
    const isSaid = (code: string): boolean => problems.some((problem) => problem?.code === code)
    if (isSaid('session_reused')) return 'reused'
    const isExpired = isSaid('session_expired')
    if (!session) return isExpired ? 'idle' : undefined
    return this.#deadlines.passed ?? (isExpired ? 'idle' : 'ended')
  }

  // -------------------------------------------------------------------------------------------- other tabs

  #hear(news: TabNews): void {
    const { session } = this.holder
    const isOurs = session?.id === news.id
    if (news.kind === 'over') {
      if (!isOurs) return
      this.#epoch++
      this.#deadlines.clear()
      this.holder.signOut(news.reason)
      void this.#credentials.forget()
      return
    }
    if (isOurs) return this.#deadlines.set(news, news.age)
    if (this.isBearer) return
    // Somebody has signed in there: it is the same jar of cookies.
    this.#epoch++
    void this.#credentials.forget()
    this.load().catch(() => {})
  }
}
