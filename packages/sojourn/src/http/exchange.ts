// One request and its session: what the stages have found out, and what an application does with it (`req.sojourn`).
// Credentials go out as headers at the moment they change; nothing happens after the response.

import type { Access } from '../core/access-token.ts'
import type { Issued } from '../core/issued.ts'
import { isKnownTo, knowing } from '../core/device-token.ts'
import { SojournError, type ErrorCode } from '../core/errors.ts'
import type { Device, Session } from '../core/session.ts'
import { readSessionToken } from '../core/session-token.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Instant } from '../core/time.ts'
import type { SignIn } from '../core/verbs/create.ts'
import type { Change } from '../core/verbs/update.ts'
import { cookieName, cookieValues, longestAge, type CookieJar, type CookieKind } from './cookies.ts'
import { newVisitor, type Carried } from './credentials.ts'
import { offerRegistration } from './dbsc.ts'
import { keyForSignIn, proveKey } from './dpop.ts'
import { LiveSession } from './live.ts'
import type { HttpSettings } from './options.ts'
import { ownViewOf, type OwnSessionView } from './session-view.ts'
import type { Transport } from './transport.ts'
import { isHandshake, type Reply, type RequestView } from './view.ts'

/** Which sessions a sign-out ends. */
export type SignOutScope = 'this' | 'others' | 'all'

export class Exchange<Claims, Data> {
  readonly sojourn: Sojourn<Claims, Data>
  readonly settings: HttpSettings
  readonly view: RequestView
  readonly reply: Reply
  readonly now: Instant
  readonly transport: Transport
  /** What the client brought along. */
  readonly carried: Carried
  #access: Access<Claims> | undefined
  #minted: string | undefined
  #refusal: SojournError | undefined
  #isLapsed = false
  #visitor: string | undefined
  #proven: Promise<string | undefined> | undefined

  constructor(of: {
    sojourn: Sojourn<Claims, Data>
    settings: HttpSettings
    view: RequestView
    reply: Reply
    now: Instant
    transport: Transport
    carried: Carried
  }) {
    this.sojourn = of.sojourn
    this.settings = of.settings
    this.view = of.view
    this.reply = of.reply
    this.now = of.now
    this.transport = of.transport
    this.carried = of.carried
  }

  /** The caller's session as its access token tells it; undefined for a visitor. Read without the store. */
  get session(): Access<Claims> | undefined {
    return this.#access
  }

  /** The access token of the session, as the client brought it or as it was minted just now; for other services. */
  get accessToken(): string | undefined {
    return this.#access && (this.#minted ?? this.carried.bearer ?? this.carried.access)
  }

  /** Why credentials that were presented gave no session. */
  get refusal(): ErrorCode | undefined {
    return this.#refusal?.code
  }

  /** The error for a caller who needs a session and has none: what was wrong with the credentials, or that there were none. */
  noSession(): SojournError {
    return this.#refusal ?? new SojournError('sign_in_required')
  }

  /** Whether what was refused was ours, and its session may live on. */
  get isLapsed(): boolean {
    return this.#isLapsed
  }

  /** For the stages: the outcome of authenticating. */
  admit(access: Access<Claims>): void {
    this.#access = access
    this.#refusal = undefined
  }

  /** For the stages: the credentials were no good. `isLapsed`: they were ours, and their session may live on. */
  refuse(refusal: SojournError, isLapsed = false): void {
    this.#access = undefined
    this.#refusal = refusal
    this.#isLapsed = isLapsed
  }

  /** The whole session with its `data`, read from the store; undefined for a visitor. */
  async load(): Promise<Session<Claims, Data> | undefined> {
    return this.#access && this.sojourn.find(this.#access.sessionId)
  }

  /** The session as `GET /session` tells it, for a page that brings it along; null for a visitor. */
  async ownSession(): Promise<OwnSessionView | null> {
    const session = await this.load()
    return session ? ownViewOf(session, this.sojourn.settings.policy, this.now, true) : null
  }

  /**
   * The caller's session for something that stays open, a WebSocket or a stream: word when it is over, on whichever node
   * that was decided. Release it when the connection closes. Throws `sign_in_required` for a visitor.
   */
  live(): LiveSession<Claims, Data> {
    if (!this.#access) throw this.noSession()
    return new LiveSession(this.sojourn, this.#access)
  }

  /**
   * Signs somebody in: a new session, cookies set, and whatever session the visitor had before is gone. For the bearer
   * profile, hand `sessionToken`, `accessToken` and `tokenType` of the result to the client in the body; where DPoP is on
   * and the request has a proof, they are bound to its key.
   */
  async signIn(signIn: SignIn<Claims, Data>): Promise<Issued<Claims, Data>> {
    this.#requireOpenReply()
    const replaces = signIn.replaces ?? this.#sessionCookie
    const jkt = signIn.jkt ?? (signIn.profile === 'bearer' ? await keyForSignIn(this) : undefined)
    const issued = await this.sojourn.create({
      ...this.#knownDevice(signIn.subject),
      ...signIn,
      ...(jkt === undefined ? {} : { jkt }),
      device: { ...this.device(), ...signIn.device },
      ...(replaces === undefined ? {} : { replaces }),
    })
    // Nothing that came before the sign-in lives on after it.
    if (this.carried.visitor !== undefined || this.#visitor !== undefined)
      this.#replaceCookie(this.jar.clear('visitor'))
    this.#rememberDevice(issued.session)
    return this.deliver(issued)
  }

  /** Raises the session after its person has proved more. Bearer clients pass their session token. */
  async stepUp(
    proof: { readonly amr: readonly string[]; readonly acr?: string },
    sessionToken?: string,
  ): Promise<Issued<Claims, Data>> {
    this.#requireOpenReply()
    const token = sessionToken ?? this.#sessionCookie
    if (token === undefined) throw new SojournError('credentials_missing')
    return this.deliver(await this.sojourn.stepUp(token, proof))
  }

  /** Signs out here, everywhere else, or everywhere. Does nothing, and says so nowhere, when already signed out. */
  async signOut(scope: SignOutScope = 'this'): Promise<void> {
    if (scope !== 'others') this.#requireOpenReply()
    const own = await this.#presentedSession()
    if (own?.subject !== undefined && scope !== 'this') {
      const reason = scope === 'others' ? 'signed_out_elsewhere' : 'signed_out'
      const except = scope === 'others' ? own.id : undefined
      await this.sojourn.revokeAll(own.subject, except, reason, { kind: 'subject', session: own.id })
    }
    if (scope === 'others') return
    if (own) await this.sojourn.revoke(own.id, 'signed_out', { kind: 'subject' })
    this.forget()
  }

  /** Changes claims or data of the caller's session; in force on the next request, also elsewhere. */
  async update(change: Change<Claims, Data>): Promise<Session<Claims, Data>> {
    if (!this.#access) throw new SojournError('sign_in_required')
    const session = await this.sojourn.update(this.#access.sessionId, change)
    this.#access = { ...this.#access, claims: session.claims, claimsVersion: session.claimsVersion }
    return session
  }

  /** A CSRF token for a form or a script of this page. A visitor gets a cookie to which it is bound. */
  csrfToken(): string {
    if (this.#access) return this.sojourn.csrf.issue(this.#access.sessionId)
    return this.sojourn.csrf.issue(this.#visitorBinding())
  }

  // It stays when its person signs out, and it is only ever asked at a sign-in.
  get #deviceToken(): string | undefined {
    const values = cookieValues(this.view.header('cookie') ?? '', this.jar.names.device)
    return values.length === 1 ? values[0] : undefined
  }

  #knownDevice(subject: string | undefined): { readonly knownDevice?: boolean } {
    if (!this.settings.deviceCookie || subject === undefined) return {}
    return { knownDevice: isKnownTo(subject, this.#deviceToken, this.sojourn.settings.keys) }
  }

  #rememberDevice({ subject, profile }: Session): void {
    if (!this.settings.deviceCookie || subject === undefined || profile !== 'cookie') return
    const { keys, random } = this.sojourn.settings
    this.setCookie('device', knowing(subject, this.#deviceToken, keys, random), longestAge * 1000)
  }

  #visitorBinding(): string {
    const known = this.#visitor ?? this.carried.visitor
    if (known !== undefined) return `visitor ${known}`
    this.#requireOpenReply()
    this.#visitor = newVisitor(this.sojourn)
    this.setCookie('visitor', this.#visitor)
    return `visitor ${this.#visitor}`
  }

  // ------------------------------------------------------------------------------------------ for stages and routes

  get jar(): CookieJar {
    return this.transport.isSecure ? this.settings.secureJar : this.settings.plainJar
  }

  /** What is known of the client, for its person's device list. */
  device(): Device {
    const userAgent = this.view.header('user-agent')
    const { ip } = this.transport
    return { ...(userAgent === undefined ? {} : { userAgent }), ...(ip === undefined ? {} : { ip }) }
  }

  /** The key that the client proves to have with this request: see `proveKey` in dpop.ts. A proof is judged once. */
  proveKey(token?: { readonly accessToken: string; readonly jkt: string }): Promise<string | undefined> {
    return (this.#proven ??= proveKey(this, token))
  }

  /** Whether nobody need be there: the client says so, or a socket connects, as it does again and again by itself. */
  get isBackground(): boolean {
    return this.view.header(this.settings.backgroundHeader) !== undefined || isHandshake(this.view)
  }

  /** Who refreshes, and when its person was there. */
  presence(): { readonly background: boolean; readonly seenAt?: Instant; readonly device: Device } {
    const { access } = this.carried
    const seenAt = access === undefined ? undefined : this.sojourn.lastSeen(access)
    return {
      background: this.isBackground,
      device: this.device(),
      ...(seenAt === undefined ? {} : { seenAt }),
    }
  }

  /** Takes fresh credentials over, and sends them along where the client carries them as cookies. */
  deliver(issued: Issued<Claims, Data>): Issued<Claims, Data> {
    const { session } = issued
    if (issued.outcome === 'created') offerRegistration(this, session)
    this.admit(issued.access)
    this.#minted = issued.accessToken
    this.reply.setHeader('Cache-Control', 'no-store')
    if (session.profile === 'cookie')
      for (const line of credentialCookies(issued, this.jar, this.now)) this.#replaceCookie(line)
    return issued
  }

  /** Clears every cookie that Sojourn set, and asks the browser to forget what it kept of the person's pages. */
  forget(): void {
    this.#access = undefined
    this.reply.setHeader('Cache-Control', 'no-store')
    if (this.carried.bearer !== undefined) return
    for (const kind of ['session', 'access', 'visitor'] as const) this.#replaceCookie(this.jar.clear(kind))
    if (this.transport.isSecure && this.settings.clearSiteData !== '') {
      this.reply.setHeader('Clear-Site-Data', this.settings.clearSiteData)
    }
  }

  setCookie(kind: CookieKind, value: string, maxAge?: number): void {
    this.#replaceCookie(this.jar.set(kind, value, maxAge))
    this.reply.setHeader('Cache-Control', 'no-store')
  }

  clearFormerCookie(kind: CookieKind): void {
    const line = this.jar.clearFormer(kind)
    const isSet = this.reply.getCookies().some((cookie) => cookieName(cookie) === this.jar.names[kind])
    if (line === undefined || isSet) return
    this.#replaceCookie(line)
    this.reply.setHeader('Cache-Control', 'no-store')
  }

  // One Set-Cookie for each name (RFC 6265bis §4.1.1): the latest one counts.
  #replaceCookie(line: string): void {
    const name = cookieName(line)
    const others = this.reply.getCookies().filter((cookie) => cookieName(cookie) !== name)
    this.reply.setCookies([...others, line])
  }

  // The session that the credentials name, also when the access token is spent or the generation is an old one: whoever
  // holds a token that we made may sign out with it.
  async #presentedSession(): Promise<{ id: string; subject?: string } | undefined> {
    const token = this.#sessionCookie
    const presented = token === undefined ? undefined : readSessionToken(token, this.sojourn.settings.keys)
    const id = this.#access?.sessionId ?? presented?.sessionId
    if (id === undefined) return undefined
    const subject = this.#access?.subject ?? (await this.sojourn.find(id))?.subject
    return { id, ...(subject === undefined ? {} : { subject }) }
  }

  // Beside a bearer token no cookie counts: nothing is done with the session in it, and it is not touched.
  get #sessionCookie(): string | undefined {
    return this.carried.bearer === undefined ? this.carried.session : undefined
  }

  #requireOpenReply(): void {
    if (this.reply.isCommitted()) throw new SojournError('headers_sent')
  }
}

/**
 * The `Set-Cookie` lines that hand credentials to a browser; they outlive it only if its person asked for that. The access
 * cookie of a session that is bound to a device goes with its token, so that the browser sees when it has to refresh.
 */
export function credentialCookies(
  issued: Issued<unknown, unknown>,
  jar: CookieJar,
  now: Instant,
): readonly string[] {
  const age = issued.session.remember ? issued.expiresAt - now : undefined
  const isBound = issued.session.deviceKey !== undefined
  const accessAge = isBound ? Math.floor((issued.access.expiresAt - now) / 1000) * 1000 : age
  return [jar.set('session', issued.sessionToken, age), jar.set('access', issued.accessToken, accessAge)]
}
