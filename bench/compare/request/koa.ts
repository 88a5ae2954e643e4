// On Koa 3.

import type { AddressInfo } from 'node:net'

import Koa, { type Context, type Middleware } from 'koa'
import { sojournKoa } from 'sojourn/koa'

import { imported } from '../imported.ts'
import { ByMap, nobody, person, secret, signInNumber, type Layers } from './layer.ts'
import { claims, httpOptions, sojournInMemory } from './sojourn.ts'

export const layers: Layers = {
  bare: {
    kind: 'bare',
    listen: () =>
      serving(
        new Koa(),
        () => {},
        () => nobody,
      ),
  },
  Sojourn: {
    kind: 'ours',
    listen: () =>
      serving(
        new Koa().use(sojournKoa(sojournInMemory(), httpOptions)),
        async (ctx, subject) => void (await ctx.sojourn.signIn({ subject, claims })),
        (ctx) => ctx.sojourn.session?.subject,
      ),
  },
  'a Map by the cookie': {
    kind: 'raw',
    listen() {
      const sessions = new ByMap()
      return serving(
        new Koa(),
        (ctx, _subject, number) => ctx.set('Set-Cookie', sessions.signIn(number)),
        ({ headers }) => sessions.subject(headers.cookie),
      )
    },
  },
  'koa-session, in a signed cookie': { kind: 'peer', listen: () => koaSession({}) },
  'koa-session, memory': { kind: 'peer', listen: () => koaSession({ store: sessionsInMap() }) },
}

async function koaSession(more: object): Promise<number> {
  type WithSession = Context & { session: { subject?: string } }
  const { default: session } = await imported<{ default(options: object, app: Koa): Middleware }>(
    'koa-session',
  )
  const app = new Koa({ keys: [secret] })
  // Its cookie would need HTTPS.
  app.use(session({ secure: false, ...more }, app))
  return serving(
    app,
    (ctx, subject) => void ((ctx as WithSession).session.subject = subject),
    (ctx) => (ctx as WithSession).session.subject,
  )
}

/** It brings no store along. */
function sessionsInMap(): object {
  const sessions = new Map<string, object>()
  return {
    get: async (key: string) => sessions.get(key),
    set: async (key: string, session: object) => void sessions.set(key, session),
    destroy: async (key: string) => void sessions.delete(key),
  }
}

function serving(
  app: Koa,
  signIn: (ctx: Context, subject: string, number: string) => void | Promise<void>,
  subjectOf: (ctx: Context) => string | undefined,
): Promise<number> {
  app.use(async (ctx) => {
    const number = signInNumber(ctx.path)
    if (number !== undefined) await signIn(ctx, person(number), number)
    const subject = number === undefined ? subjectOf(ctx) : person(number)
    ctx.status = subject === undefined ? 401 : 200
    ctx.body = { subject: subject ?? null }
  })
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
