// The bearer profile, for apps that are no browser. Tokens live in memory; a vault, such as the keychain of the device,
// keeps what the next start of the app needs: the refresh token, and the Idempotency-Key of its one refresh. The key is
// made when the token arrives and kept until there is an answer, so that a refresh whose answer was lost, even by the end
// of the process, is repeated as the same one (docs/guides/refresh.md).

import { background, refusalOf, verdictIn } from './credentials.ts'
import type { Credentials, SignOutScope, Verdict } from './credentials.ts'
import type { Platform } from './platform.ts'
import { ClientError, isRecord, type Problem } from './problem.ts'
import type { Questions } from './questions.ts'
import type { ProofKeys } from './sending.ts'
import { isSpan } from './session.ts'
import type { Stopwatch } from './stopwatch.ts'

/** What a vault keeps. */
export interface Kept {
  readonly refreshToken: string
  readonly idempotencyKey: string
}

/** Secure storage of a device. Never the storage of a web page: every script of the page can read that. */
export interface Vault {
  read(): Promise<Kept | undefined>
  write(kept: Kept): Promise<void>
  clear(): Promise<void>
}

/** The tokens that the application's own sign-in has handed out. */
export interface BearerTokens {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  /** `DPoP` or `Bearer`, where the sign-in says so: with the option `dpop`, the latter is refused. */
  readonly tokenType?: string
}

interface Held extends Kept {
  readonly access: { readonly token: string; readonly until: number } | undefined
}

// An access token is renewed when a tenth of its life is left, so that it is still good when it arrives.
const earliness = 0.1

export class BearerCredentials implements Credentials {
  readonly #questions: Questions
  readonly #stopwatch: Stopwatch
  readonly #platform: Platform
  readonly #vault: Vault | undefined
  readonly #unsaved: (error: unknown) => void
  readonly #dpop: ProofKeys | undefined
  #held: Held | undefined
  #ready: Promise<void> | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(of: {
    questions: Questions
    stopwatch: Stopwatch
    platform: Platform
    vault: Vault | undefined
    /** Told when the vault fails: the session goes on in memory. */
    unsaved: (error: unknown) => void
    /** The keys that the tokens are bound to. */
    dpop: ProofKeys | undefined
  }) {
    this.#questions = of.questions
    this.#stopwatch = of.stopwatch
    this.#platform = of.platform
    this.#vault = of.vault
    this.#unsaved = of.unsaved
    this.#dpop = of.dpop
  }

  ready(): Promise<void> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #open(): Promise<void> {
    const kept = await this.#vault?.read()
    if (kept && !this.#held) this.#held = { ...kept, access: undefined }
  }

  /** Takes over what a sign-in or a step-up has handed out. */
  async take(tokens: BearerTokens): Promise<void> {
    this.#dpop?.check(tokens.tokenType)
    const held = this.#heldOf(tokens, this.#stopwatch.now())
    this.#held = held
    await this.#save((vault) => vault.write(kept(held)))
  }

  isSpent(): boolean {
    const held = this.#held
    return held !== undefined && (held.access === undefined || this.#stopwatch.now() >= held.access.until)
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const shown = this.#shown()
    return shown === undefined ? {} : { Authorization: shown }
  }

  isCured(_problem: Problem, sent: Readonly<Record<string, string>>): boolean {
    const shown = this.#shown()
    return shown !== undefined && sent['Authorization'] !== shown && !this.isSpent()
  }

  #shown(): string | undefined {
    const token = this.#held?.access?.token
    return token === undefined ? undefined : `${this.#dpop ? 'DPoP' : 'Bearer'} ${token}`
  }

  async load(): Promise<Verdict> {
    await this.ready()
    if (!this.#held) return { kind: 'over' }
    if (this.isSpent()) return this.renew(true)
    const headers = { ...background, ...(await this.headers()) }
    const told = await this.#questions.ask({ method: 'GET', path: '', headers })
    // Of an access token no word is the last one: the refresh token says whether there is a session.
    return told.status === 401 ? this.renew(true) : verdictIn(told)
  }

  async renew(isBackground: boolean): Promise<Verdict> {
    await this.ready()
    const held = this.#held
    if (!held) return { kind: 'over' }
    const sentAt = this.#stopwatch.now()
    const told = await this.#questions.ask({
      method: 'POST',
      path: '/refresh',
      json: { refreshToken: held.refreshToken },
      headers: { 'Idempotency-Key': held.idempotencyKey, ...(isBackground ? background : {}) },
    })
    // A sign-in or a sign-out came in between: what was asked for the session before is of no interest.
    if (this.#held !== held) return this.#held ? { kind: 'alive' } : { kind: 'over' }
    // The key that it is bound to is gone from this device, and with it the use of what is held.
    if (told.problem?.code === 'session_bound') return { kind: 'over', problem: told.problem }
    const verdict = verdictIn(told)
    if (verdict.kind !== 'alive') return verdict
    if (!isTokens(told.body)) throw refusalOf(told.status, undefined)
    const next = this.#heldOf(told.body, sentAt)
    // Saved before it is used: a process that ends here goes on from what it used last.
    await this.#save((vault) => vault.write(kept(next)))
    if (this.#held === held) this.#held = next
    return verdict
  }

  async signOut(scope: SignOutScope): Promise<void> {
    // Signing out takes an access token that is good. The device may fall asleep between the two.
    for (let isFirst = true; ; isFirst = false) {
      const verdict = await this.renew(true)
      if (verdict.kind === 'over') return
      if (verdict.kind === 'superseded')
        throw new ClientError('session_superseded', 'Use the tokens that the step-up handed out.')
      const headers = await this.headers()
      const logout = { method: 'POST', path: '/logout', json: { scope }, headers } as const
      const { status, problem } = await this.#questions.ask(logout)
      if (status === 204) return
      if (!isFirst || problem?.code !== 'token_rejected') throw refusalOf(status, problem)
    }
  }

  async forget(): Promise<void> {
    this.#held = undefined
    await this.#save((vault) => vault.clear())
  }

  // In the order in which they were asked for, so that what is kept last is what is held.
  #save(change: (vault: Vault) => Promise<void>): Promise<void> {
    const vault = this.#vault
    if (!vault) return Promise.resolve()
    this.#saving = this.#saving.then(() => change(vault)).catch(this.#unsaved)
    return this.#saving
  }

  #heldOf(tokens: BearerTokens, since: number): Held {
    const until = since + tokens.expiresIn * 1000 * (1 - earliness)
    return {
      refreshToken: tokens.refreshToken,
      idempotencyKey: newKey(this.#platform),
      access: { token: tokens.accessToken, until },
    }
  }
}

function kept({ refreshToken, idempotencyKey }: Held): Kept {
  return { refreshToken, idempotencyKey }
}

function isTokens(body: unknown): body is BearerTokens {
  if (!isRecord(body)) return false
  const { accessToken, expiresIn, refreshToken } = body
  return typeof accessToken === 'string' && isSpan(expiresIn) && typeof refreshToken === 'string'
}

// It only has to differ from the one before: not every runtime of apps has randomUUID.
function newKey({ random, wall }: Platform): string {
  const part = (): string => Math.floor(random() * 2 ** 48).toString(36)
  return [Math.floor(wall()).toString(36), part(), part()].join('-')
}
