// A browser that speaks Device Bound Session Credentials, written from the algorithms of the specification: "Create
// session", "Identify session needing refresh", "Cache challenge" and "Send request". Cookies run out by the test's clock.

import { generateJwk, publicJwk, type Jwk } from '../../src/core/algorithms.ts'
import {
  isInnerList,
  parseList,
  serializeItem,
  type BareItem,
  type Parameters,
} from '../../src/http/structured-fields.ts'
import type { Ask, TestClient, Told } from '../../src/testing/jar.ts'
import { jws, signerOf } from './forge.ts'

interface DeviceSession {
  readonly id: string
  readonly refreshUrl: string
  readonly credentials: readonly { readonly name: string; readonly attributes: string }[]
  readonly excluded: readonly string[]
  readonly key: Jwk
  challenge: string | undefined
}

export interface ProofParts {
  readonly header?: object
  readonly claims?: object
  readonly key?: Jwk
}

export interface UserAgent {
  readonly client: TestClient
  readonly sessions: Map<string, DeviceSession>
  /** Every request that the browser made by itself. */
  readonly sent: { readonly path: string; readonly status: number; readonly body: string }[]
  /** Registrations that were offered and are not carried out, while `registers` is false. */
  readonly offers: string[]
  registers: boolean
  /** Whether it refreshes; otherwise its requests go out as they are. */
  refreshes: boolean
  ask(method: string, path: string, ask?: Ask): Promise<Told>
  /** Lets the browser refresh at once, as it may at any time. */
  refresh(id: string): Promise<void>
}

const origin = 'https://app.example'

export function userAgent(client: TestClient, clock: () => number): UserAgent {
  const expiries = new Map<string, number>()
  const sessions = new Map<string, DeviceSession>()
  const sent: UserAgent['sent'] = []
  const agent: UserAgent = {
    client,
    sessions,
    sent,
    offers: [],
    registers: true,
    refreshes: true,
    async ask(method, path, ask) {
      dropExpired()
      for (const session of sessions.values())
        if (agent.refreshes && needsRefresh(session, path)) await sendRequest(session)
      const told = await send(method, path, ask)
      cacheChallenges(told)
      await createSessions(told)
      return told
    },
    async refresh(id) {
      const session = sessions.get(id)
      if (session) await sendRequest(session)
    },
  }

  function dropExpired(): void {
    for (const [name, at] of expiries) if (at <= clock()) client.cookies.delete(name)
  }

  async function send(method: string, path: string, ask: Ask = {}): Promise<Told> {
    const told = await client.ask(method, path, ask)
    for (const line of told.cookies) {
      const age = /; Max-Age=(\d+)/.exec(line)?.[1]
      const name = line.slice(0, line.indexOf('='))
      if (age === undefined) expiries.delete(name)
      else expiries.set(name, clock() + Number(age) * 1000)
    }
    return told
  }

  // Identify session needing refresh: in scope, and a credential is missing.
  function needsRefresh({ refreshUrl, credentials, excluded }: DeviceSession, target: string): boolean {
    const path = target.split('?')[0]!
    if (path === refreshUrl) return false
    if (excluded.some((one) => path === one || path.startsWith(one.endsWith('/') ? one : `${one}/`)))
      return false
    return credentials.some(({ name }) => !client.cookies.has(name))
  }

  // Cache challenge.
  function cacheChallenges(told: Told): void {
    for (const { value, parameters } of parseList(linesOf(told, 'secure-session-challenge')) ?? []) {
      const id = parameters.get('id')
      const session = typeof id === 'string' ? sessions.get(id) : undefined
      if (session && typeof value === 'string') session.challenge = value
    }
  }

  // Create session.
  async function createSessions(told: Told): Promise<void> {
    for (const entry of parseList(linesOf(told, 'secure-session-registration')) ?? []) {
      if (!isInnerList(entry)) continue
      const { path, challenge } = stringsIn(entry.parameters)
      const algorithms = entry.value.flatMap(({ value }) =>
        typeof value === 'object' && 'kind' in value && value.kind === 'token' ? [value.value] : [],
      )
      if (path === undefined || !algorithms.includes('ES256')) continue
      if (!agent.registers) agent.offers.push(challenge ?? '')
      else await register(path, challenge)
    }
  }

  async function register(path: string, challenge: string | undefined): Promise<void> {
    const key = generateJwk('ES256')
    const proof = deviceProof(key, challenge ?? '', {
      header: { jwk: bare(key) },
      claims: { aud: origin + path },
    })
    const told = await own(path, { 'secure-session-response': quoted(proof) })
    if (told.status < 200 || told.status >= 300 || told.text === '') return
    keep(told, key)
  }

  // Send request, for a refresh.
  async function sendRequest(session: DeviceSession, attempt = 1): Promise<void> {
    const proof = session.challenge === undefined ? undefined : deviceProof(session.key, session.challenge)
    const told = await own(session.refreshUrl, {
      'sec-secure-session-id': quoted(session.id),
      ...(proof === undefined ? {} : { 'secure-session-response': quoted(proof) }),
    })
    cacheChallenges(told)
    const { status } = told
    if (status === 407 || status === 429 || (status >= 300 && status < 400) || status >= 500) return
    if (status === 403) {
      if (attempt > 5) throw new Error('The server asks for proofs without end')
      return sendRequest(session, attempt + 1)
    }
    if (status >= 400) return void sessions.delete(session.id)
    if (told.text !== '') keep(told, session.key, session.id)
  }

  function keep(told: Told, key: Jwk, id?: string): void {
    const said = told.json() as {
      session_identifier: string
      refresh_url?: string
      continue?: boolean
      scope?: { scope_specification?: { type: string; path: string }[] }
      credentials?: { name: string; attributes: string }[]
    }
    const isFit = said.continue !== false && said.session_identifier !== '' && said.refresh_url !== undefined
    if (!isFit || (id !== undefined && id !== said.session_identifier)) {
      if (id !== undefined) sessions.delete(id)
      return
    }
    sessions.set(said.session_identifier, {
      id: said.session_identifier,
      refreshUrl: said.refresh_url ?? '',
      credentials: said.credentials ?? [],
      excluded: (said.scope?.scope_specification ?? [])
        .filter(({ type }) => type === 'exclude')
        .map(({ path }) => path),
      key,
      challenge: sessions.get(said.session_identifier)?.challenge,
    })
    cacheChallenges(told)
  }

  async function own(path: string, headers: Record<string, string>): Promise<Told> {
    const told = await send('POST', path, { headers: { ...headers, 'x-csrf-token': undefined } })
    sent.push({ path, status: told.status, body: told.text })
    return told
  }

  return agent
}

/** A proof of a device: honest unless `parts` say otherwise. */
export function deviceProof(key: Jwk, challenge: string, parts: ProofParts = {}): string {
  return jws(
    { typ: 'dbsc+jwt', alg: 'ES256', ...parts.header },
    { jti: challenge, ...parts.claims },
    signerOf(parts.key ?? key, 'ES256'),
  )
}

/** The public members of a key, as a browser sends them. */
export function bare(key: Jwk): Jwk {
  const { kty, crv, x, y } = publicJwk(key)
  return { kty, crv, x, y }
}

/** A text as a structured field string. */
export function quoted(text: string): string {
  return serializeItem({ value: text, parameters: new Map<string, BareItem>() })
}

function linesOf({ headers }: Told, name: string): readonly string[] {
  return [headers[name] ?? []].flat()
}

function stringsIn(parameters: Parameters): Record<string, string | undefined> {
  return Object.fromEntries(
    [...parameters].map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
  )
}
