// A small application on Sojourn, as somebody would write one: it signs people in, keeps a rank in the claims and marks
// in the data of a session, and lets its own backend do the same to any session.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

import { SojournError, type Profile } from 'sojourn'
import type { Exchange, NodeListener } from 'sojourn/node'

/** What travels in access tokens. */
export interface Claims {
  readonly rank: number
}

/** What stays on the server. */
export interface Data {
  readonly marks: readonly string[]
}

type Words = Readonly<Record<string, string>>
type Route = (exchange: Exchange<Claims, Data>, words: Words) => Promise<object>

const routes: Readonly<Record<string, Route>> = {
  'POST /app/sign-in': signIn,
  'GET /app/me': async (exchange) => signedIn(exchange),
  'POST /app/update': (exchange, { mark = '' }) => update(exchange, signedIn(exchange).session, mark),
  'POST /app/promote': promote,
  'GET /app/marks': read,
  'POST /backend/update': (exchange, { session = '', mark = '' }) => update(exchange, session, mark),
  'POST /backend/revoke': async ({ sojourn }, { session = '' }) => ({ was: await sojourn.revoke(session) }),
  'POST /backend/list': async ({ sojourn }, { subject = '' }) => ({
    sessions: (await sojourn.list(subject)).map(({ id }) => id),
  }),
}

export const application: NodeListener<Claims, Data> = async (request, response, exchange) => {
  const route = routes[`${request.method} ${request.url}`]
  if (!route) throw new SojournError('not_found')
  send(response, await route(exchange, await wordsIn(request)))
}

async function signIn(exchange: Exchange<Claims, Data>, words: Words): Promise<object> {
  const profile: Profile = words['profile'] === 'bearer' ? 'bearer' : 'cookie'
  const { subject = '' } = words
  const issued = await exchange.signIn({ subject, profile, claims: { rank: 0 }, data: { marks: [] } })
  const { id } = issued.session
  if (profile === 'cookie') return { session: id, csrfToken: exchange.csrfToken() }
  return { session: id, accessToken: issued.accessToken, refreshToken: issued.sessionToken }
}

function signedIn({ session, refusal }: Exchange<Claims, Data>): { session: string; rank: number } {
  if (!session) throw new SojournError(refusal ?? 'sign_in_required')
  return { session: session.sessionId, rank: session.claims.rank }
}

async function update({ sojourn }: Exchange<Claims, Data>, session: string, mark: string): Promise<object> {
  const { version } = await sojourn.update(session, { data: ({ marks }) => ({ marks: [...marks, mark] }) })
  return { version }
}

async function promote(exchange: Exchange<Claims, Data>): Promise<object> {
  const { session } = signedIn(exchange)
  const { claims } = await exchange.sojourn.update(session, ({ rank }) => ({ rank: rank + 1 }))
  return { rank: claims.rank }
}

async function read(exchange: Exchange<Claims, Data>): Promise<object> {
  signedIn(exchange)
  const session = await exchange.load()
  if (!session) throw new SojournError('session_unknown')
  return { marks: session.data.marks, rank: session.claims.rank }
}

async function wordsIn(request: IncomingMessage): Promise<Words> {
  const body = await text(request)
  return body === '' ? {} : (JSON.parse(body) as Words)
}

function send(response: ServerResponse, body: object): void {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(body))
}
