import Koa, { type Context } from 'koa'
import { json as jsonOf, text as textOf } from 'node:stream/consumers'
import { describe, it } from 'vitest'
import { signedIn, sojournKoa } from '../../src/koa.ts'
import { adapterSuite, type Application, type Served } from '../../src/testing/adapter-suite.ts'
import { listening } from './serving.ts'

adapterSuite('Koa 3', serveKoa, { describe, it })

function serveKoa({ sojourn, options, routes }: Application): Promise<Served> {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    if (ctx.is('urlencoded'))
      Object.assign(ctx.request, { body: Object.fromEntries(new URLSearchParams(await textOf(ctx.req))) })
    await next()
  })
  app.use(sojournKoa(sojourn, options))
  app.use(async (ctx) => {
    const route = routes.find((one) => one.method === ctx.method && one.path === ctx.path)
    if (!route) return
    const go = (): Promise<void> => answer(ctx, route)
    await (route.needs ? signedIn(route.needs)(ctx, go) : go())
  })
  return listening(app.callback())
}

async function answer(ctx: Context, { handle }: Application['routes'][number]): Promise<void> {
  const { status, json, location } = await handle({
    exchange: ctx.sojourn,
    body: ctx.is('json') ? await jsonOf(ctx.req) : undefined,
    setCookie: (line) => ctx.append('set-cookie', line),
    begin: () => void ctx.res.writeHead(200, { 'content-type': 'application/json' }),
  })
  if (ctx.headerSent) {
    ctx.respond = false
    ctx.res.end(JSON.stringify(json))
  } else if (location !== undefined) {
    ctx.redirect(location)
    ctx.status = status
  } else {
    ctx.status = status
    ctx.body = json
  }
}
