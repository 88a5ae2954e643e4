// The cookie profile. The browser carries the credentials where no script sees them; what a script has to bring is the
// CSRF token, which is asked for once and kept in memory for as long as the session stays the same.

import { background, refusalOf, safeMethods, verdictIn } from './credentials.ts'
import type { Credentials, SignOutScope, Verdict } from './credentials.ts'
import { isRecord, type Problem } from './problem.ts'
import type { Question, Questions, Told } from './questions.ts'

const header = 'X-CSRF-Token'

export class CookieCredentials implements Credentials {
  readonly #questions: Questions
  #token: Promise<string> | undefined
  #known: string | undefined

  constructor(questions: Questions, csrfToken?: string) {
    this.#questions = questions
    this.#known = csrfToken
  }

  async ready(): Promise<void> {}

  isSpent(): boolean {
    return false
  }

  async headers(method: string): Promise<Readonly<Record<string, string>>> {
    return safeMethods.has(method) ? {} : { [header]: this.#known ?? (await this.#askToken()) }
  }

  isCured(problem: Problem, sent: Readonly<Record<string, string>>): boolean {
    const { reason } = problem.members
    if (problem.code !== 'csrf_rejected' || (reason !== 'token' && reason !== 'token_missing')) return false
    // Another request may have asked for a new one already.
    if (this.#known === sent[header]) this.forget()
    return true
  }

  async load(): Promise<Verdict> {
    const told = await this.#ask({ method: 'GET', path: '', headers: background })
    // The access cookie is of another session than the session cookie: a refresh brings them together again.
    if (told.problem?.code !== 'token_rejected') return verdictIn(told)
    const renewed = await this.renew(true)
    return renewed.kind === 'alive'
      ? verdictIn(await this.#ask({ method: 'GET', path: '', headers: background }))
      : renewed
  }

  async renew(isBackground: boolean): Promise<Verdict> {
    const headers = isBackground ? background : {}
    return verdictIn(await this.#ask({ method: 'POST', path: '/refresh', headers }))
  }

  async signOut(scope: SignOutScope): Promise<void> {
    const { status, problem } = await this.#ask({ method: 'POST', path: '/logout', json: { scope } })
    if (status !== 204) throw refusalOf(status, problem)
  }

  forget(): void {
    this.#known = undefined
    this.#token = undefined
  }

  async #ask(question: Question): Promise<Told> {
    for (let isFirst = true; ; isFirst = false) {
      const own = await this.headers(question.method)
      const told = await this.#questions.ask({ ...question, headers: { ...question.headers, ...own } })
      if (!isFirst || !told.problem || !this.isCured(told.problem, own)) return told
    }
  }

  // One question for all who wait. What was asked before a sign-in is not kept after it.
  #askToken(): Promise<string> {
    if (this.#token) return this.#token
    const asked = this.#fetchToken()
    this.#token = asked
    const settle = (value?: string): void => {
      if (this.#token !== asked) return
      this.#token = undefined
      this.#known = value
    }
    asked.then(settle, () => settle())
    return asked
  }

  async #fetchToken(): Promise<string> {
    const { status, body, problem } = await this.#questions.ask({
      method: 'GET',
      path: '/csrf',
      headers: background,
    })
    const token = isRecord(body) ? body['csrfToken'] : undefined
    if (status !== 200 || typeof token !== 'string') throw refusalOf(status, problem)
    return token
  }
}
