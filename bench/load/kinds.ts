// What is asked of the server, over and over. Each connection has people of its own, enough of them that no limit for one
// session is reached.

import { requestText, type Connection } from './connection.ts'

/** Asks once more; throws if the answer is not what it must be. */
export type Ask = () => Promise<void>

/** Prepares a connection, and gives what it does over and over. */
export type Kind = (connection: Connection, apiKey: string, number: number) => Promise<Ask>

const peopleOfOne = 40

interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly cookie: string
}

async function signIn(
  connection: Connection,
  apiKey: string,
  subject: string,
  profile: string,
): Promise<SignedIn> {
  const body = JSON.stringify({ subject, profile, claims: { role: 'member' } })
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' }
  const answer = await connection.ask(requestText('POST', '/v1/sessions', headers, body))
  if (answer.status !== 201) throw new Error(`No session: ${answer.status} ${answer.body}`)
  const { accessToken, refreshToken, setCookie } = JSON.parse(answer.body) as {
    accessToken: string
    refreshToken: string
    setCookie: string[]
  }
  return { accessToken, refreshToken, cookie: setCookie.map((line) => line.split(';')[0]).join('; ') }
}

function everybody(
  connection: Connection,
  apiKey: string,
  number: number,
  profile: 'cookie' | 'bearer',
): Promise<readonly SignedIn[]> {
  return Array.from({ length: peopleOfOne }, (_, person) => `load-${number}-${person}`).reduce<
    Promise<SignedIn[]>
  >(
    async (before, subject) => [...(await before), await signIn(connection, apiKey, subject, profile)],
    Promise.resolve([]),
  )
}

function inTurn(connection: Connection, requests: readonly string[]): Ask {
  let next = 0
  return async () => {
    const answer = await connection.ask(requests[next++ % requests.length]!)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  }
}

export const kinds: Readonly<Record<string, Kind>> = {
  /** Beside the server's: a handler that does nothing but answer. */
  bare: async (connection) => inTurn(connection, [requestText('GET', '/', {})]),

  refresh: async (connection, apiKey, number) => {
    const people = await everybody(connection, apiKey, number, 'bearer')
    const tokens = people.map(({ refreshToken }) => refreshToken)
    // Each at an address of their own, as in life: refreshes are limited by address too.
    const headersOf = (person: number): Record<string, string> => ({
      'Content-Type': 'application/json',
      'X-Forwarded-For': `10.${number % 256}.${person}.1`,
    })
    let next = 0
    return async () => {
      const person = next++ % tokens.length
      const body = JSON.stringify({ refreshToken: tokens[person] })
      const answer = await connection.ask(requestText('POST', '/session/refresh', headersOf(person), body))
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
      tokens[person] = (JSON.parse(answer.body) as { refreshToken: string }).refreshToken
    }
  },

  introspect: async (connection, apiKey, number) => {
    const people = await everybody(connection, apiKey, number, 'bearer')
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    }
    return inTurn(
      connection,
      people.map(({ accessToken }) =>
        requestText('POST', '/oauth/introspect', headers, `token=${accessToken}`),
      ),
    )
  },

  'forward-auth': async (connection, apiKey, number) => {
    const people = await everybody(connection, apiKey, number, 'cookie')
    return inTurn(
      connection,
      people.map(({ cookie }) =>
        requestText('GET', '/forward-auth', {
          Cookie: cookie,
          'X-Forwarded-Method': 'GET',
          'X-Forwarded-Uri': '/account',
          'X-Forwarded-Host': 'app.example',
          'X-Forwarded-For': '192.0.2.1',
        }),
      ),
    )
  },
}
