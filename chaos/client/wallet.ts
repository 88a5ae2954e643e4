// What a device keeps of the credentials that it is given, and how it shows them: a browser keeps cookies and does as
// each answer says, an application keeps two tokens and carries them in a header and a body.

import { randomUUID } from 'node:crypto'

import type { Answer, Asked } from './ask.ts'

export interface Wallet {
  /** How requests with everything that there is are carried. */
  readonly carried: 'session' | 'access'
  readonly isEmpty: boolean
  /** Headers with everything there is. */
  all(): Readonly<Record<string, string>>
  /** Headers with the access token alone; undefined where there is none. */
  accessOnly(): Readonly<Record<string, string>> | undefined
  /** The request that exchanges the session token. */
  refreshing(): Asked
  /** Keeps what an answer brings. */
  take(answer: Answer): void
  clear(): void
  copy(): Wallet
}

const names = { session: '__Host-Http-session', access: '__Host-Http-access' } as const

/** A browser, and a page that adds the CSRF token. */
export class Browser implements Wallet {
  readonly carried = 'session'
  readonly #cookies: Map<string, string>
  #csrfToken: string

  constructor(cookies: ReadonlyMap<string, string> = new Map(), csrfToken = '') {
    this.#cookies = new Map(cookies)
    this.#csrfToken = csrfToken
  }

  get isEmpty(): boolean {
    return !this.#cookies.has(names.session)
  }

  all(): Readonly<Record<string, string>> {
    return this.#with([...this.#cookies])
  }

  accessOnly(): Readonly<Record<string, string>> | undefined {
    const access = this.#cookies.get(names.access)
    return access === undefined ? undefined : this.#with([[names.access, access]])
  }

  refreshing(): Asked {
    return { method: 'POST', path: '/session/refresh', headers: this.all() }
  }

  take({ setCookies, body }: Answer): void {
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; Max-Age=0(;|$)/.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    if (typeof body['csrfToken'] === 'string') this.#csrfToken = body['csrfToken']
  }

  clear(): void {
    this.#cookies.clear()
  }

  copy(): Wallet {
    return new Browser(this.#cookies, this.#csrfToken)
  }

  #with(cookies: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
    const page = { 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': this.#csrfToken }
    if (cookies.length === 0) return page
    return { ...page, Cookie: cookies.map(([name, value]) => `${name}=${value}`).join('; ') }
  }
}

/** An application on a telephone: it repeats a refresh under the same Idempotency-Key until it is answered. */
export class NativeApp implements Wallet {
  readonly carried = 'access'
  #access: string | undefined
  #refresh: string | undefined
  #key: string | undefined

  constructor(access?: string, refresh?: string, key?: string) {
    this.#access = access
    this.#refresh = refresh
    this.#key = key
  }

  get isEmpty(): boolean {
    return this.#refresh === undefined
  }

  all(): Readonly<Record<string, string>> {
    return this.accessOnly() ?? {}
  }

  accessOnly(): Readonly<Record<string, string>> | undefined {
    return this.#access === undefined ? undefined : { Authorization: `Bearer ${this.#access}` }
  }

  refreshing(): Asked {
    this.#key ??= randomUUID()
    const headers = { 'Idempotency-Key': this.#key }
    return { method: 'POST', path: '/session/refresh', headers, body: { refreshToken: this.#refresh } }
  }

  take({ body }: Answer): void {
    const { accessToken, refreshToken } = body
    if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') return
    this.#access = accessToken
    this.#refresh = refreshToken
    this.#key = undefined
  }

  clear(): void {
    this.#access = undefined
    this.#refresh = undefined
    this.#key = undefined
  }

  copy(): Wallet {
    return new NativeApp(this.#access, this.#refresh, this.#key)
  }
}
