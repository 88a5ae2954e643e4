// On Express 5.

import type { AddressInfo } from 'node:net'

import express, { type Express, type Request, type Response } from 'express'
import { sojournExpress } from 'sojourn/express'

import { imported } from '../imported.ts'
import { redisConnection } from '../../servers.ts'
import { ByMap, nobody, person, secret, type Layers } from './layer.ts'
import { claims, httpOptions, sojournInMemory } from './sojourn.ts'

type WithSession = Request & { session: { subject?: string } }

export const layers: Layers = {
  bare: {
    kind: 'bare',
    listen: () => serving(express(), () => nobody),
  },
  Sojourn: {
    kind: 'ours',
    listen() {
      const app = express().use(sojournExpress(sojournInMemory(), httpOptions))
      app.get('/sign-in/:number', async (request, response) => {
        await request.sojourn.signIn({ subject: person(request.params.number), claims })
        response.json({})
      })
      return serving(app, (request) => request.sojourn.session?.subject)
    },
  },
  'a Map by the cookie': {
    kind: 'raw',
    listen() {
      const sessions = new ByMap()
      const app = express()
      app.get('/sign-in/:number', (request, response) => {
        response.setHeader('Set-Cookie', sessions.signIn(request.params.number)).json({})
      })
      return serving(app, (request) => sessions.subject(request.headers.cookie))
    },
  },
  'express-session, memory': { kind: 'peer', listen: () => expressSession() },
  'express-session, Redis': {
    kind: 'peer',
    async listen(url) {
      const { RedisStore } = await imported<{ RedisStore: new (options: object) => object }>('connect-redis')
      const client = redisConnection(url)
      await client.connect()
      return expressSession(new RedisStore({ client }))
    },
  },
}

async function expressSession(store?: object): Promise<number> {
  type Make = (options: object) => Parameters<Express['use']>[0]
  const { default: session } = await imported<{ default: Make }>('express-session')
  const app = express()
  app.use(session({ secret, resave: false, saveUninitialized: false, ...(store ? { store } : {}) }))
  app.get('/sign-in/:number', (request, response) => {
    ;(request as unknown as WithSession).session.subject = person(request.params.number)
    response.json({})
  })
  return serving(app, (request) => (request as WithSession).session.subject)
}

function serving(app: Express, subjectOf: (request: Request) => string | undefined): Promise<number> {
  app.get('/', (request: Request, response: Response) => {
    const subject = subjectOf(request)
    response.status(subject === undefined ? 401 : 200).json({ subject: subject ?? null })
  })
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
