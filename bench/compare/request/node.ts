// On node:http itself.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Sojourn } from 'sojourn'
import { sojournNode } from 'sojourn/node'

import { imported } from '../imported.ts'
import { betterAuth } from './better-auth.ts'
import { ByMap, nobody, person, secret, signInNumber, type Layers } from './layer.ts'
import { claims, httpOptions, sojournInMemory } from './sojourn.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** What a session layer does: signs in, and says who is there. */
interface Sessions {
  signIn(number: string, request: IncomingMessage, response: ServerResponse): void | Promise<void>
  subject(
    request: IncomingMessage,
    response: ServerResponse,
  ): string | undefined | Promise<string | undefined>
}

export const layers: Layers = {
  bare: {
    kind: 'bare',
    listen: () => listening((_request, response) => answer(response, nobody)),
  },
  Sojourn: { kind: 'ours', listen: () => sojournOnNode(sojournInMemory()) },
  'Sojourn, behind a proxy': {
    kind: 'ours',
    listen: () => sojournOnNode(sojournInMemory(), { trustedProxies: ['loopback'] }),
    headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.7' },
  },
  'a Map by the cookie': {
    kind: 'raw',
    listen: () => {
      const sessions = new ByMap()
      return layered({
        signIn: (number, _request, response) =>
          void response.setHeader('Set-Cookie', sessions.signIn(number)),
        subject: ({ headers }) => sessions.subject(headers.cookie),
      })
    },
  },
  'iron-session': { kind: 'peer', listen: () => ironSession() },
  'better-auth': { kind: 'peer', listen: () => better(false) },
  'better-auth with its cookie cache': { kind: 'peer', listen: () => better(true) },
}

/** A server with Sojourn. */
export function sojournOnNode(
  sojourn: Sojourn,
  more: { readonly trustedProxies?: readonly string[] } = {},
): Promise<number> {
  return listening(
    sojournNode(
      sojourn,
      async (request, response, exchange) => {
        const number = signInNumber(request.url ?? '/')
        if (number !== undefined) await exchange.signIn({ subject: person(number), claims })
        answer(response, exchange.session?.subject)
      },
      { ...httpOptions, ...more },
    ),
  )
}

interface IronSession {
  subject?: string
  save(): Promise<void>
}

interface IronSessionModule {
  getIronSession(request: IncomingMessage, response: ServerResponse, options: object): Promise<IronSession>
}

async function ironSession(): Promise<number> {
  const { getIronSession } = await imported<IronSessionModule>('iron-session')
  const options = { password: secret, cookieName: 'iron', cookieOptions: { secure: false } }
  return layered({
    async signIn(number, request, response) {
      const session = await getIronSession(request, response, options)
      session.subject = person(number)
      await session.save()
    },
    subject: async (request, response) => (await getIronSession(request, response, options)).subject,
  })
}

async function better(cookieCache: boolean): Promise<number> {
  const auth = await betterAuth({ session: { cookieCache: { enabled: cookieCache, maxAge: 300 } } })
  return layered({
    async signIn(number, _request, response) {
      response.setHeader('Set-Cookie', await auth.signIn(person(number)))
    },
    subject: ({ headers }) => auth.subject(headers.cookie),
  })
}

function layered(sessions: Sessions): Promise<number> {
  return listening((request, response) => {
    const number = signInNumber(request.url ?? '/')
    const go = async (): Promise<void> => {
      if (number !== undefined) {
        await sessions.signIn(number, request, response)
        answer(response, person(number))
        return
      }
      const subject = sessions.subject(request, response)
      answer(response, typeof subject === 'string' || subject === undefined ? subject : await subject)
    }
    void go()
  })
}

function answer(response: ServerResponse, subject: string | undefined): void {
  const body = JSON.stringify({ subject: subject ?? null })
  response.writeHead(subject === undefined ? 401 : 200, {
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
  })
  response.end(body)
}

/** A server on a free port. */
export function listening(listener: Listener): Promise<number> {
  const server = createServer(listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
