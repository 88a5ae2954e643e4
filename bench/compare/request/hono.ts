// On Hono 4, on Node.

import { serve } from '@hono/node-server'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { sojournHono } from 'sojourn/hono'

import { imported } from '../imported.ts'
import { ByMap, nobody, person, secret, type Layers } from './layer.ts'
import { claims, httpOptions, sojournInMemory } from './sojourn.ts'

const signIn = '/sign-in/:number'

interface HonoJwt {
  jwt(options: object): MiddlewareHandler
  sign(claims: object, secret: string): Promise<string>
}

export const layers: Layers = {
  bare: {
    kind: 'bare',
    listen: () => serving(new Hono(), () => nobody),
  },
  Sojourn: {
    kind: 'ours',
    listen() {
      const app = new Hono().use(sojournHono(sojournInMemory(), httpOptions))
      app.get(signIn, async (c) => {
        await c.var.sojourn.signIn({ subject: person(c.req.param('number')), claims })
        return c.json({})
      })
      return serving(app, (c) => c.var.sojourn.session?.subject)
    },
  },
  'a Map by the cookie': {
    kind: 'raw',
    listen() {
      const sessions = new ByMap()
      const app = new Hono()
      app.get(signIn, (c) => c.json({}, 200, { 'Set-Cookie': sessions.signIn(c.req.param('number')) }))
      return serving(app, (c) => sessions.subject(c.req.header('cookie')))
    },
  },
  'hono/jwt': {
    kind: 'peer',
    async listen() {
      const { jwt, sign } = await imported<HonoJwt>('hono/jwt')
      const app = new Hono<{ Variables: { jwtPayload: { sub: string } } }>()
      app.get(signIn, async (c) => {
        const exp = Math.floor(Date.now() / 1000) + 3600
        const token = await sign({ ...claims, sub: person(c.req.param('number')), exp }, secret)
        return c.json({}, 200, { 'Set-Cookie': `token=${token}; Path=/; HttpOnly` })
      })
      app.use('/', jwt({ secret, cookie: 'token', alg: 'HS256' }))
      return serving(
        app as unknown as Hono,
        (c) => (c as Context<{ Variables: { jwtPayload: { sub: string } } }>).var.jwtPayload.sub,
      )
    },
  },
}

function serving(app: Hono, subjectOf: (c: Context) => string | undefined): Promise<number> {
  app.get('/', (c) => {
    const subject = subjectOf(c)
    return c.json({ subject: subject ?? null }, subject === undefined ? 401 : 200)
  })
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}
