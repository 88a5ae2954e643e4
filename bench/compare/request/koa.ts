// On Koa 3.

import type { AddressInfo } from 'node:net'

import Koa, { type Context } from 'koa'
import { sojournKoa } from 'sojourn/koa'

import { ByMap, nobody, person, signInNumber, type Layers } from './layer.ts'
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
