// The client: a `fetch` for the application's own server, and what it knows of the session.
//
// Whatever it sends to its own origin carries what the server wants to see (a CSRF token, or an access token); to any
// other origin it adds nothing. A refusal that is ours sets off one question, whoever else waits for its answer, and the
// refused request is sent once more. Only the server says that a session is over: no clock and no other failure does.

import { BearerCredentials, type BearerTokens, type Vault } from './bearer.ts'
import { Budget } from './budget.ts'
import { CookieCredentials } from './cookie.ts'
import { background as backgroundHeaders, doubts } from './credentials.ts'
import type { Credentials, SignOutScope, Verdict } from './credentials.ts'
import { Deadlines } from './deadlines.ts'
import { systemPlatform, type Platform } from './platform.ts'
import { ClientError, problemOf, type Problem } from './problem.ts'
import { Questions } from './questions.ts'
import { replay, type FetchInput, type Replay } from './replay.ts'
import type { ClientSession, SignOutReason } from './session.ts'
import { StateHolder, type ClientListener, type ClientState } from './state.ts'
import { Stopwatch } from './stopwatch.ts'
import { Tabs, type TabNews } from './tabs.ts'

export interface ClientOptions {
  /** Where the server is. Default: the origin of the page. */
  readonly url?: string
  /** Of the ready-made routes. Default: `/session`. */
  readonly prefix?: string
  /** How credentials are carried. Default: `cookie`. */
  readonly profile?: 'cookie' | 'bearer'
  /** Seconds before the end at which the person is warned. Default: 60. */
  readonly warnBefore?: number
  /** What a page that was rendered on the server brings along: its session, or null for a visitor. */
  readonly initial?: { readonly session: ClientSession | null; readonly csrfToken?: string }
  /** For the bearer profile: secure storage of the device. Default: memory only. */
  readonly vault?: Vault
  /** For tests, and for runtimes that lack something. */
  readonly platform?: Partial<Platform>
}

/** As `fetch` takes it; `background` marks what nobody caused, so that it keeps nobody signed in. */
export interface FetchInit extends RequestInit {
  readonly background?: boolean
}

export interface Client {
  /** Where the ready-made routes are, such as `https://app.example/session`. */
  readonly base: string
  /** `fetch`, with credentials for our own origin, and one repetition where a refusal could be cured. */
  readonly fetch: (input: FetchInput, init?: FetchInit) => Promise<Response>
  /** What is known. The same value until something changes. */
  readonly state: ClientState
  /** What the page brought along, for rendering it the same way again. */
  readonly initialState: ClientState
  /** Calls the listener after every change; returns what ends that. */
  readonly subscribe: (listener: ClientListener) => () => void
  /** Asks the server who is signed in. */
  readonly load: () => Promise<ClientState>
  /** Tells the client that the application has signed somebody in; for the bearer profile, with the tokens. */
  readonly signedIn: (tokens?: BearerTokens) => Promise<ClientState>
  /** "Stay signed in": counts as being seen. */
  readonly stay: () => Promise<ClientState>
  /** Resolves when the server has confirmed it, and rejects otherwise: then nobody is signed out. */
  readonly signOut: (scope?: SignOutScope) => Promise<void>
  /** Seconds until the session is over if nothing is done; undefined where there is none. */
  readonly secondsLeft: () => number | undefined
  /** Ends timers, listeners and the channel to other tabs. */
  readonly close: () => void
}

/** Makes a client. Nothing is sent, and nothing is listened to, before it is used. */
export function createClient(options: ClientOptions = {}): Client {
  const core = new Core(options)
  return {
    base: core.base,
    fetch: (input, init) => core.fetch(input, init),
    get state() {
      return core.holder.state
    },
    initialState: core.holder.state,
    subscribe(listener) {
      core.start()
      return core.holder.add(listener)
    },
    load: () => core.load(),
    signedIn: (tokens) => core.signedIn(tokens),
    stay: () => core.stay(),
    signOut: (scope = 'this') => core.signOut(scope),
    secondsLeft: () => core.secondsLeft(),
    close: () => core.close(),
  }
}

class Core {
  readonly base: string
  readonly holder: StateHolder
  readonly #platform: Platform
  readonly #stopwatch: Stopwatch
  readonly #origin: string | undefined
  readonly #questions: Questions
  readonly #credentials: Credentials
  readonly #deadlines: Deadlines
  readonly #budget: Budget
  readonly #isBearer: boolean
  #tabs: Tabs | undefined
  #stopWaking: (() => void) | undefined
  #isClosed = false
  // Grows whenever the session becomes another one: what was asked before then says nothing about it.
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
      platform,
    } = options
    this.#platform = { ...systemPlatform(), ...platform }
    this.#stopwatch = new Stopwatch(this.#platform)
    this.#budget = new Budget(this.#stopwatch)
    this.#origin = url === undefined ? this.#platform.pageOrigin : new URL(url).origin
    this.#isBearer = profile === 'bearer'
    const mode = this.#isBearer ? 'omit' : this.#isSamePage ? 'same-origin' : 'include'
    this.base = (this.#origin ?? '') + prefix
    this.#questions = new Questions(this.#platform, this.base, mode)
    this.#credentials = this.#isBearer
      ? new BearerCredentials({
          questions: this.#questions,
          stopwatch: this.#stopwatch,
          platform: this.#platform,
          vault,
          unsaved: (error) => this.holder.tell({ type: 'unsaved', error }),
        })
      : new CookieCredentials(this.#questions, initial?.csrfToken)
    this.#deadlines = new Deadlines(this.#platform, this.#stopwatch, warnBefore * 1000, {
      ask: async () => void (await this.load()),
      warn: (kind) => this.holder.warn(kind),
    })
    const session = initial?.session
    this.holder = new StateHolder(
      session ? { status: 'signed-in', session } : { status: session === null ? 'signed-out' : 'unknown' },
    )
  }

  get #isSamePage(): boolean {
    return this.#origin !== undefined && this.#origin === this.#platform.pageOrigin
  }

  start(): void {
    if (this.#tabs || this.#isClosed) return
    this.#tabs = new Tabs(this.#platform, `sojourn ${this.#origin}`, (news) => this.#hear(news))
    this.#stopWaking = this.#platform.onWake((restored) => {
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

  // -------------------------------------------------------------------------------------------- fetch

  async fetch(input: FetchInput, { background = false, ...init }: FetchInit = {}): Promise<Response> {
    this.start()
    const call = replay(input, init, this.#origin)
    if (call.url.origin !== this.#origin) return this.#platform.fetch(call.request({}))
    for (let isFirst = true; ; isFirst = false) {
      const epoch = this.#epoch
      const own = await this.#headersFor(call.method)
      const response = await this.#platform.fetch(this.#requestOf(call, own, background, init))
      const problem = isFirst ? await problemOf(response) : undefined
      if (!problem) return response
      const isCured = await this.#heed(problem, own, epoch)
      if (!isCured || !call.isRepeatable) return response
      void response.body?.cancel()
    }
  }

  async #headersFor(method: string): Promise<Readonly<Record<string, string>>> {
    await this.#credentials.ready()
    if (this.#credentials.isSpent() && (this.#renewing || this.#budget.take())) await this.#renew(true)
    return this.#credentials.headers(method)
  }

  #requestOf(
    call: Replay,
    own: Readonly<Record<string, string>>,
    background: boolean,
    init: RequestInit,
  ): Request {
    const headers = { ...own, ...(background ? backgroundHeaders : {}) }
    const holdsSecret = Object.keys(own).length > 0
    return call.request(headers, {
      ...(this.#isBearer || this.#isSamePage ? {} : { credentials: init.credentials ?? 'include' }),
      // A redirect to another origin would take our headers along: to such a one it is not followed, or, where the
      // platform cannot tell, none is.
      ...(!holdsSecret
        ? {}
        : this.#isSamePage
          ? { mode: 'same-origin' }
          : { redirect: init.redirect ?? 'error' }),
    })
  }

  /** Does what one of our problems asks for; whether the refused request is worth sending again. */
  async #heed(problem: Problem, sent: Readonly<Record<string, string>>, epoch: number): Promise<boolean> {
    if (this.#credentials.isCured(problem, sent)) return true
    if (problem.code === 'fresh_sign_in_required') this.holder.tell({ type: 'proof-required', problem })
    if (!doubts.has(problem.code)) return false
    if (epoch !== this.#epoch) return this.holder.session !== undefined
    // Who was not signed in is told nothing new.
    if (this.holder.state.status === 'signed-out') return false
    const isWaitedFor = this.#renewing?.epoch === epoch || this.#loading?.epoch === epoch
    if (!isWaitedFor && !this.#budget.take()) return false
    if (this.#isBearer || problem.code === 'token_rejected') return this.#renew(true, problem)
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
    if (!this.#isBearer) void this.#credentials.forget()
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
    if (this.#isBearer) return
    // Somebody has signed in there: it is the same jar of cookies.
    this.#epoch++
    void this.#credentials.forget()
    this.load().catch(() => {})
  }
}
