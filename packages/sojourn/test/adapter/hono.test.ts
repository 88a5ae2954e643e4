import { createAdaptorServer } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import type { Server } from 'node:http'
import { describe, it } from 'vitest'
import { signedIn, sojournHono, type HonoOptions } from '../../src/hono.ts'
import { adapterSuite, type Application, type Served } from '../../src/testing/adapter-suite.ts'
import { respond } from './fetch-routes.ts'
import { serving } from './serving.ts'

adapterSuite('Hono 4', serveHono, { describe, it })

function serveHono({ sojourn, options, routes }: Application): Promise<Served> {
  const app = new Hono()
  const connection: HonoOptions['connection'] = (c) => ({ peer: getConnInfo(c).remote.address })
  app.use(sojournHono(sojourn, { ...options, connection }))
  for (const route of routes) {
    if (route.needs) app.on(route.method, route.path, signedIn(route.needs))
    app.on(route.method, route.path, (c) => respond(route, c.req.raw, c.get('sojourn')))
  }
  app.onError((_error, c) => c.text('sorry', 500))
  return serving(createAdaptorServer(app) as Server)
}
