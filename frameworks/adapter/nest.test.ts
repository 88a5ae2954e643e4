import 'reflect-metadata'
import * as nest from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import type { Request, Response } from 'express'
import type { Server } from 'node:http'
import { describe, it } from 'vitest'
import { serving } from '../../packages/sojourn/test/adapter/serving.ts'
import { sojournExpress } from 'sojourn/express'
import { sojournNest } from 'sojourn/nest'
import { adapterSuite, type Application, type Route, type Served } from 'sojourn/testing'

adapterSuite('NestJS 12', serveNest, { describe, it })

async function serveNest({ sojourn, options, routes }: Application): Promise<Served> {
  const { SojournFilter, ...decorators } = sojournNest(nest)
  class AppModule {}
  nest.Module({ controllers: routes.map((route) => controllerOf(route, decorators)) })(AppModule)
  const app = await NestFactory.create(AppModule, { logger: false, bodyParser: false })
  app.use(express.urlencoded({ extended: false }), sojournExpress(sojourn, options), express.json())
  app.useGlobalFilters(new SojournFilter())
  await app.init()
  return serving(app.getHttpServer() as Server)
}

const verbs = { GET: nest.Get, POST: nest.Post, DELETE: nest.Delete }

// What the compiler makes of decorators: functions, applied one after the other. Node's types cannot be stripped from them.
function controllerOf(
  { method, path, needs, handle }: Route,
  { SignedIn, CurrentExchange }: Omit<ReturnType<typeof sojournNest>, 'SojournFilter'>,
): new () => object {
  class RouteController {
    async run(
      exchange: Parameters<Route['handle']>[0]['exchange'],
      request: Request,
      response: Response,
    ): Promise<void> {
      const { status, json, location } = await handle({
        exchange,
        body: request.body as unknown,
        setCookie: (line) => void response.append('Set-Cookie', line),
        begin: () => void response.writeHead(200, { 'content-type': 'application/json' }),
      })
      if (response.headersSent) response.end(JSON.stringify(json))
      else if (location !== undefined) response.redirect(status, location)
      else response.status(status).json(json)
    }
  }
  const run = Object.getOwnPropertyDescriptor(RouteController.prototype, 'run')!
  for (const decorate of [verbs[method](path), ...(needs ? [SignedIn(needs)] : [])])
    decorate(RouteController.prototype, 'run', run)
  for (const [index, parameter] of [CurrentExchange(), nest.Req(), nest.Res()].entries())
    parameter(RouteController.prototype, 'run', index)
  nest.Controller()(RouteController)
  return RouteController
}
