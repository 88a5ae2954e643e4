// On Fastify 5.

import type { AddressInfo } from 'node:net'

import fastify, { type FastifyInstance, type FastifyPluginCallback, type FastifyRequest } from 'fastify'
import { sojournFastify } from 'sojourn/fastify'

import { imported } from '../imported.ts'
import { ByMap, nobody, person, secret, type Layers } from './layer.ts'
import { claims, httpOptions, sojournInMemory } from './sojourn.ts'

type Numbered = FastifyRequest<{ Params: { number: string } }>
type Plugin = FastifyPluginCallback<Readonly<Record<string, unknown>>>
type Subject = string | undefined

const signIn = '/sign-in/:number'

export const layers: Layers = {
  bare: {
    kind: 'bare',
    listen: () => serving(fastify(), () => nobody),
  },
  Sojourn: {
    kind: 'ours',
    async listen() {
      const app = fastify()
      await app.register(sojournFastify(sojournInMemory(), httpOptions))
      app.get(signIn, async (request: Numbered) => {
        await request.sojourn.signIn({ subject: person(request.params.number), claims })
        return {}
      })
      return serving(app, (request) => request.sojourn.session?.subject)
    },
  },
  'a Map by the cookie': {
    kind: 'raw',
    async listen() {
      const sessions = new ByMap()
      const app = fastify()
      app.get(signIn, async (request: Numbered, reply) => {
        reply.header('Set-Cookie', sessions.signIn(request.params.number))
        return {}
      })
      return serving(app, ({ headers }) => sessions.subject(headers.cookie))
    },
  },
  '@fastify/session, memory': {
    kind: 'peer',
    async listen() {
      type Session = { set(name: string, value: string): void; get(name: string): Subject }
      const sessionOf = (request: unknown): Session => (request as { session: Session }).session
      const app = fastify()
      await app.register(await plugin('@fastify/cookie'))
      const options = { secret, cookie: { secure: false }, saveUninitialized: false, rolling: false }
      await app.register(await plugin('@fastify/session'), options)
      app.get(signIn, async (request: Numbered) => {
        sessionOf(request).set('subject', person(request.params.number))
        return {}
      })
      return serving(app, (request) => sessionOf(request).get('subject'))
    },
  },
  '@fastify/secure-session': {
    kind: 'peer',
    async listen() {
      type Session = { set(name: string, value: string): void; get(name: string): Subject }
      const sessionOf = (request: unknown): Session => (request as { session: Session }).session
      const app = fastify()
      const key = Buffer.from(secret, 'base64url').subarray(0, 32)
      await app.register(await plugin('@fastify/secure-session'), { key, cookie: { path: '/' } })
      app.get(signIn, async (request: Numbered) => {
        sessionOf(request).set('subject', person(request.params.number))
        return {}
      })
      return serving(app, (request) => sessionOf(request).get('subject'))
    },
  },
  '@fastify/jwt': { kind: 'peer', listen: () => fastifyJwt({}) },
  '@fastify/jwt with its cache': { kind: 'peer', listen: () => fastifyJwt({ verify: { cache: true } }) },
}

async function fastifyJwt(more: object): Promise<number> {
  interface Jwt {
    jwtVerify(options: object): Promise<{ sub: string }>
  }
  const app = fastify()
  await app.register(await plugin('@fastify/cookie'))
  const options = { secret, cookie: { cookieName: 'token', signed: false }, ...more }
  await app.register(await plugin('@fastify/jwt'), options)
  const { jwt } = app as unknown as { jwt: { sign(claims: object, options: object): string } }
  app.get(signIn, async (request: Numbered, reply) => {
    const token = jwt.sign({ ...claims, sub: person(request.params.number) }, { expiresIn: '1h' })
    reply.header('Set-Cookie', `token=${token}; Path=/; HttpOnly`)
    return {}
  })
  const only = { onlyCookie: true }
  return serving(app, async (request) => {
    try {
      return (await (request as unknown as Jwt).jwtVerify(only)).sub
    } catch {
      return undefined
    }
  })
}

async function plugin(name: string): Promise<Plugin> {
  return (await imported<{ default: Plugin }>(name)).default
}

async function serving(
  app: FastifyInstance,
  subjectOf: (request: FastifyRequest) => Subject | Promise<Subject>,
): Promise<number> {
  app.get('/', async (request, reply) => {
    const found = subjectOf(request)
    const subject = found instanceof Promise ? await found : found
    if (subject === undefined) reply.code(401)
    return { subject: subject ?? null }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
